"""How a network is trained and how it predicts: a plan goes in, a trained network comes out.

In come Keras networks and arrays; nothing here knows scikit-learn, pandas or a table.
"""
