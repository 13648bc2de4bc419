"""Deep networks: fully connected hidden layers on the encoded features."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import keras
from sklearn.utils._param_validation import Interval

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import SHARED_CONSTRAINTS, documented
from estimators.engine.compiled.keys import key_of
from estimators.engine.layers.dropout import HashedDropout
from estimators.families.family import Family
from estimators.heads.head import Head
from estimators.heads.keras_names import find_activation
from estimators.heads.tasks import ClassificationTask, RegressionTask
from estimators.persistence.checkpoints import Checkpoints
from feature_specs import FeatureSpec

HIDDEN_LAYER_CONSTRAINTS: dict[str, list] = {
    "hidden_units": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [str, callable],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "batch_norm": ["boolean"],
    "l1": [Interval(Real, 0, None, closed="left")],
    "l2": [Interval(Real, 0, None, closed="left")],
}


class DNN(Family):
    """The family of deep networks, for any task."""

    _parameter_constraints = {**SHARED_CONSTRAINTS, **HIDDEN_LAYER_CONSTRAINTS}

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        hidden_units: Sequence[int] = (64, 64),
        activation: str | Callable = "relu",
        dropout: float = 0.0,
        batch_norm: bool = False,
        l1: float = 0.0,
        l2: float = 0.0,
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
        self.hidden_units = hidden_units
        self.activation = activation
        self.dropout = dropout
        self.batch_norm = batch_norm
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

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        inputs = specs[""].inputs()
        features = specs[""].dense_features(inputs)
        hidden = hidden_layers(
            features,
            self.hidden_units,
            activation=self.activation,
            dropout=self.dropout,
            batch_norm=self.batch_norm,
            l1=self.l1,
            l2=self.l2,
        )
        return keras.Model(inputs, keras.layers.Dense(head.units, name="logits")(hidden))

    def _architecture_key(self) -> Hashable:
        return key_of([getattr(self, name) for name in HIDDEN_LAYER_CONSTRAINTS])


def hidden_layers(
    features: keras.KerasTensor,
    hidden_units: int | Sequence[int],
    *,
    activation: str | Callable,
    dropout: float,
    batch_norm: bool,
    l1: float,
    l2: float,
) -> keras.KerasTensor:
    """Return `features` passed through fully connected layers.

    A layer is Dense, batch normalisation where asked for, activation, dropout where asked for.
    """
    widths = [hidden_units] if isinstance(hidden_units, Integral) else hidden_units
    if not all(isinstance(units, Integral) and units > 0 for units in widths):
        raise ValueError(
            f"hidden_units must be whole numbers of at least 1, one a layer; got {hidden_units!r}."
        )
    activate = find_activation(activation)
    for units in widths:
        features = keras.layers.Dense(
            int(units), use_bias=not batch_norm, kernel_regularizer=penalty(l1, l2)
        )(features)
        if batch_norm:
            features = keras.layers.BatchNormalization()(features)
        features = keras.layers.Activation(activate)(features)
        if dropout:
            features = HashedDropout(dropout)(features)
    return features


def penalty(l1: float, l2: float) -> keras.regularizers.Regularizer | None:
    """Return the regularizer of a kernel, None for no penalty."""
    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None


@documented()
class DNNRegressor(RegressionTask, DNN):
    """Deep network for real values, counts or quantiles.

    {parameters}

    Attributes
    ----------
    feature_spec_ : FeatureSpec
        The fitted feature spec.
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
    DNNClassifier : The same network for classes.
    LinearRegressor : No hidden layers.

    Examples
    --------
    >>> from estimators import DNNRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = DNNRegressor(hidden_units=(32,), epochs=50, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.5)
    True

    References
    ----------
    ``tf.estimator.DNNRegressor``; ``sklearn.neural_network.MLPRegressor``.
    """


@documented()
class DNNClassifier(ClassificationTask, DNN):
    """Deep network for two classes, several classes, or several labels at once.

    {parameters}

    Attributes
    ----------
    classes_ : ndarray
        Labels, in the order of the columns of ``predict_proba``.
    feature_spec_ : FeatureSpec
        The fitted feature spec.
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
    DNNRegressor : The same network for values.
    LinearClassifier : No hidden layers.

    Examples
    --------
    >>> from estimators import DNNClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = DNNClassifier(hidden_units=(16,), learning_rate=0.01, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True

    References
    ----------
    ``tf.estimator.DNNClassifier``; ``sklearn.neural_network.MLPClassifier``.
    """
