"""Linear models: a weight for every feature and category, starting from zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.utils._param_validation import Interval

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import SHARED_CONSTRAINTS, documented
from estimators.engine.layers.schedules import DecayWithinFit
from estimators.families.dnn import penalty
from estimators.families.family import Family
from estimators.heads.classification import ClassHead
from estimators.heads.head import Head
from estimators.heads.regression import RegressionHead
from estimators.heads.tasks import ClassificationTask, RegressionTask
from estimators.persistence.checkpoints import Checkpoints
from feature_specs import FeatureSpec

_TEXTS = {
    "auto": (
        "Adam, with a learning rate that falls from 0.1 to 0 within each fit, or one of 0.02 "
        "with early stopping"
    ),
    "l2": (
        "float, default=None",
        "Penalty on the squared size of the weights. None is 0 for values and about 1 / (2 rows) "
        "for classes, the penalty of ``sklearn.linear_model.LogisticRegression``.",
    ),
}


class Linear(Family):
    """The family of linear models, for any task."""

    _parameter_constraints = {
        **SHARED_CONSTRAINTS,
        "l1": [Interval(Real, 0, None, closed="left")],
        "l2": [Interval(Real, 0, None, closed="left"), None],
    }

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        l1: float = 0.0,
        l2: float | None = None,
        loss: str | Callable | None = None,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None,
        epochs: int = 100,
        batch_size: int | str = "auto",
        shuffle: bool = True,
        standardize_target: bool = True,
        validation_fraction: float | None = None,
        early_stopping: bool | int | keras.callbacks.EarlyStopping = False,
        class_weight: dict | list | str | None = None,
        callbacks: keras.callbacks.Callback | Sequence[keras.callbacks.Callback] | None = None,
        warm_start: bool = False,
        warm_start_from: KerasEstimator | str | Path | None = None,
        jit_compile: bool | str = "auto",
        model_dir: str | Path | Checkpoints | None = None,
        log_dir: str | Path | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.feature_spec = feature_spec
        self.l1 = l1
        self.l2 = l2
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.standardize_target = standardize_target
        self.validation_fraction = validation_fraction
        self.early_stopping = early_stopping
        self.class_weight = class_weight
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.warm_start_from = warm_start_from
        self.jit_compile = jit_compile
        self.model_dir = model_dir
        self.log_dir = log_dir
        self.random_state = random_state
        self.verbose = verbose

    @property
    def _auto_learning_rate(self) -> float | DecayWithinFit:
        # A rate that has yet to fall would make early stopping stop at once.
        return DecayWithinFit(0.1) if self.early_stopping is False else 0.02

    @property
    def coef_(self) -> np.ndarray:
        """Weights of the encoded features, named by ``feature_spec_.get_feature_names_out()``.

        Shape (features,) for one output, else (outputs, features), as in scikit-learn; a binary
        classifier has shape (1, features).
        """
        coefficients, _ = self._coefficients("coef_")
        return _one_output(self, coefficients.T)

    @property
    def intercept_(self) -> np.ndarray | float:
        """Output where every encoded feature is 0, shape as scikit-learn has it."""
        _, intercept = self._coefficients("intercept_")
        is_vector = isinstance(self, RegressionTask) and self.head_.is_vector_
        return float(intercept[0]) if is_vector else intercept

    def _coefficients(self, attribute: str) -> tuple[np.ndarray, np.ndarray]:
        network = self._fitted(attribute).network(self.builder_._architecture())
        coefficients, intercept, _ = self.feature_spec_.linear_coefficients(network)
        coefficients, intercept = coefficients.astype(float), intercept.astype(float)
        if isinstance(self.head_, RegressionHead):
            scale = self.head_.scale_
            return coefficients * scale, intercept * scale + self.head_.offset_
        return coefficients, intercept + getattr(self.head_, "offset_", 0.0)

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        inputs = specs[""].inputs()
        logits = specs[""].linear_logits(
            inputs, head.units, kernel_regularizer=penalty(self.l1, self._l2(head))
        )
        return keras.Model(inputs, logits)

    def _architecture_key(self) -> Hashable:
        return self.l1, self._l2(self.head_)

    def _l2(self, head: Head) -> float:
        if self.l2 is not None:
            return self.l2
        if not isinstance(head, ClassHead):
            return 0.0
        # Classes that a line can separate would draw the weights to infinity. The power of two
        # keeps the folds of a search on one compiled program.
        return 0.5 / 2 ** round(math.log2(head.total_weight))


def _one_output(estimator: Linear, coefficients: np.ndarray) -> np.ndarray:
    is_vector = isinstance(estimator, RegressionTask) and estimator.head_.is_vector_
    return coefficients[0] if is_vector else coefficients


@documented(**_TEXTS)
class LinearRegressor(RegressionTask, Linear):
    """Linear model of real values, counts or quantiles.

    {parameters}

    Attributes
    ----------
    coef_ : ndarray of shape (features,) or (outputs, features)
        Weights of the encoded features.
    intercept_ : float or ndarray of shape (outputs,)
        Value where every encoded feature is 0.
    feature_spec_ : FeatureSpec
        The fitted feature spec; its ``get_feature_names_out()`` names the coefficients.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from encoded features to values.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    LinearClassifier : The same model for classes.
    DNNRegressor : With hidden layers.

    Examples
    --------
    >>> from estimators import LinearRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = LinearRegressor(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.51)
    True

    References
    ----------
    ``tf.estimator.LinearRegressor``; ``sklearn.linear_model.LinearRegression``.
    """


@documented(**_TEXTS)
class LinearClassifier(ClassificationTask, Linear):
    """Logistic regression: two classes, several classes, or several labels at once.

    {parameters}

    Attributes
    ----------
    classes_ : ndarray
        Labels, in the order of the columns of ``predict_proba``.
    coef_ : ndarray of shape (1, features) or (classes, features)
        Weights of the encoded features.
    intercept_ : ndarray of shape (1,) or (classes,)
        Logits where every encoded feature is 0.
    feature_spec_ : FeatureSpec
        The fitted feature spec; its ``get_feature_names_out()`` names the coefficients.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from encoded features to logits.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    LinearRegressor : The same model for values.
    DNNClassifier : With hidden layers.

    Examples
    --------
    >>> from estimators import LinearClassifier
    >>> from sklearn.datasets import load_breast_cancer
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = LinearClassifier(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.97)
    True

    References
    ----------
    ``tf.estimator.LinearClassifier``; ``sklearn.linear_model.LogisticRegression``.
    """
