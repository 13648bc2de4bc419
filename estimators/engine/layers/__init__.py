"""Layers and schedules that Keras lacks or that run faster here.

Each is an ordinary Keras class that its file, `.keras` or SavedModel, can hold.
"""
