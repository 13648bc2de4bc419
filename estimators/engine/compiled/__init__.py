"""Networks compiled for training and prediction, kept and shared by all fits of a process.

In come Keras networks and arrays; nothing here knows epochs.
"""
