"""Estimators for tables and texts: scikit-learn's contract outside, Keras on TensorFlow inside."""

from estimators.dnn import DNNClassifier, DNNRegressor
from estimators.dnn_linear_combined import DNNLinearCombinedClassifier, DNNLinearCombinedRegressor
from estimators.dnn_linear_combined_auto import DNNLinearCombined
from estimators.engine.history import History
from estimators.linear import LinearClassifier, LinearRegressor
from estimators.losses import QuantileLoss
from estimators.network import KerasClassifier, KerasRegressor
from estimators.text import TextClassifier, TextRegressor

__all__ = [
    "DNNClassifier",
    "DNNLinearCombined",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "History",
    "KerasClassifier",
    "KerasRegressor",
    "LinearClassifier",
    "LinearRegressor",
    "QuantileLoss",
    "TextClassifier",
    "TextRegressor",
]
