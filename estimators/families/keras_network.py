"""Bring your own network: any Keras model, or a function that returns one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import SHARED_CONSTRAINTS, documented
from estimators.engine.compiled.keys import key_of
from estimators.engine.initial_weights import KeptWeights
from estimators.families.family import Family
from estimators.heads.classification import BinaryHead, ClassHead, MultiClassHead
from estimators.heads.head import Head
from estimators.heads.tasks import ClassificationTask, RegressionTask
from estimators.persistence.checkpoints import Checkpoints
from feature_specs import FeatureSpec

_TEXTS = {
    "network": (
        "callable or keras.Model",
        "A function of any of ``inputs`` (the encoded features, a Keras tensor), ``units`` "
        "(number of outputs wanted) and the names in `network_params`, which returns an output "
        "tensor or an unconnected model. Or a Keras model, whose weights training starts from; "
        "it is copied, never trained in place. A last softmax or sigmoid is recognised.",
    ),
    "network_params": (
        "dict, default=None",
        "Further arguments of the function `network`.",
    ),
}


class Network(Family):
    """The family of networks that callers bring, for any task."""

    _parameter_constraints = {
        **SHARED_CONSTRAINTS,
        "network": [callable, keras.Model],
        "network_params": [dict, None],
    }

    def __init__(
        self,
        network: Callable | keras.Model,
        feature_spec: FeatureSpec | None = None,
        *,
        network_params: dict | None = None,
        loss: str | Callable | None = None,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None,
        epochs: int = 100,
        batch_size: int | str = "auto",
        shuffle: bool = True,
        standardize_target: bool = False,
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
        self.network = network
        self.feature_spec = feature_spec
        self.network_params = network_params
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
    def _draw_weights(self) -> Callable | None:
        return KeptWeights if isinstance(self.network, keras.Model) else None

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        inputs = specs[""].inputs()
        features = specs[""].dense_features(inputs)
        if isinstance(self.network, keras.Model):
            output = _connect(_copy(self.network), inputs, features)
        else:
            output = _call(self.network, features, head.units, self.network_params or {})
            if isinstance(output, keras.Model):
                output = _connect(output, inputs, features)
        if output.shape[1:] != (head.units,):
            raise ValueError(
                f"network returns outputs of shape {tuple(output.shape[1:])} a row where "
                f"({head.units},) is needed; give its last layer `units` units."
            )
        return keras.Model(inputs, output)

    def _architecture_key(self) -> Hashable:
        weights = ()
        if isinstance(self.network, keras.Model):
            weights = key_of([np.asarray(w) for w in self.network.get_weights()])
        return key_of(self.network), weights, key_of(self.network_params or {})

    def _adapt_head(self) -> None:
        if isinstance(self.head_, ClassHead):
            last = _last_layer(self._architecture().predictor().network)
            activation = getattr(getattr(last, "activation", None), "__name__", None)
            wanted = "softmax" if self.head_.exclusive else "sigmoid"
            self.head_.from_probabilities = activation == wanted


def _call(
    network: Callable, features: keras.KerasTensor, units: int, params: dict[str, Any]
) -> keras.KerasTensor | keras.Model:
    accepted = inspect.signature(network).parameters
    offered = {"inputs": features, "units": units}
    return network(**{n: v for n, v in offered.items() if n in accepted}, **params)


def _copy(network: keras.Model) -> keras.Model:
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


def _connect(
    network: keras.Model, inputs: dict[str, keras.KerasTensor], features: keras.KerasTensor
) -> keras.KerasTensor:
    """Apply `network` to the encoded columns by name where it has several inputs, else to all."""
    if not network.built or len(network.inputs) == 1:
        shape = tuple(network.inputs[0].shape[1:]) if network.built else (None,)
        if len(shape) != 1:
            features = keras.layers.Reshape(shape)(features)
        return network(features)
    return network({tensor.name: inputs[tensor.name] for tensor in network.inputs})


def _last_layer(network: keras.Model) -> keras.Layer:
    last = network.layers[-1]
    return _last_layer(last) if isinstance(last, keras.Model) else last


@documented(**_TEXTS)
class KerasRegressor(RegressionTask, Network):
    """A network of your own for real values, counts or quantiles.

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
    KerasClassifier : The same for classes.

    Examples
    --------
    >>> import keras
    >>> from estimators import KerasRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> def network(inputs, units):
    ...     hidden = keras.layers.Dense(16, activation="relu")(inputs)
    ...     return keras.layers.Dense(units)(hidden)
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = KerasRegressor(network, standardize_target=True, epochs=50, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.5)
    True

    References
    ----------
    ``tf.keras.estimator.model_to_estimator``; ``scikeras.wrappers.KerasRegressor``.
    """


@documented(**_TEXTS)
class KerasClassifier(ClassificationTask, Network):
    """A network of your own for two classes, several classes, or several labels at once.

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
        The trained network, from encoded features to its own outputs.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    KerasRegressor : The same for values.

    Examples
    --------
    >>> import keras
    >>> from estimators import KerasClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> def network(units, width):
    ...     return keras.Sequential([
    ...         keras.layers.Dense(width, activation="relu"),
    ...         keras.layers.Dense(units, activation="softmax"),
    ...     ])
    >>> model = KerasClassifier(network, network_params={"width": 16}, learning_rate=0.01)
    >>> model = model.set_params(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True

    References
    ----------
    ``tf.keras.estimator.model_to_estimator``; ``scikeras.wrappers.KerasClassifier``.
    """

    def _new_head(self, y: np.ndarray, weight: np.ndarray, classes: Any) -> Head:
        head = super()._new_head(y, weight, classes)
        is_model = isinstance(self.network, keras.Model)
        if isinstance(head, BinaryHead) and is_model and self.network.output_shape[-1] == 2:
            return MultiClassHead(self.loss).fit(y, classes)
        return head
