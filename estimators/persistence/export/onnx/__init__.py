"""Fitted estimators as ONNX models: the graph of a SavedModel, operation by operation.

tf2onnx converts it. What tf2onnx lacks is written here with operations of ONNX, and what ONNX lacks
is refused by the name of its column.
"""
