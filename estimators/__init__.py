"""Estimators for tables, texts and images: scikit-learn outside, Keras on TensorFlow inside."""

from estimators.dnn import DNNClassifier, DNNRegressor
from estimators.dnn_linear_combined import DNNLinearCombinedClassifier, DNNLinearCombinedRegressor
from estimators.dnn_linear_combined_auto import DNNLinearCombined
from estimators.engine.history import History
from estimators.image import ImageClassifier, ImageRegressor
from estimators.linear import LinearClassifier, LinearRegressor
from estimators.losses import QuantileLoss
from estimators.network import KerasClassifier, KerasRegressor
from estimators.persistence.checkpoints import Checkpoints, latest_checkpoint
from estimators.persistence.model_file import load_model
from estimators.text import TextClassifier, TextRegressor

__all__ = [
    "Checkpoints",
    "DNNClassifier",
    "DNNLinearCombined",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "History",
    "ImageClassifier",
    "ImageRegressor",
    "KerasClassifier",
    "KerasRegressor",
    "LinearClassifier",
    "LinearRegressor",
    "QuantileLoss",
    "TextClassifier",
    "TextRegressor",
    "latest_checkpoint",
    "load_model",
]
