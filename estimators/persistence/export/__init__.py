"""Fitted estimators as SavedModel, LiteRT and ONNX models on raw columns.

In comes a fitted estimator; whoever runs what comes out needs neither this library nor Keras.
"""
