"""Wide and deep: a linear model and a deep network whose logits are added and trained together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import keras
from sklearn.utils._param_validation import HasMethods, Interval

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import SHARED_CONSTRAINTS, documented
from estimators.engine.compiled.keys import key_of
from estimators.families.dnn import HIDDEN_LAYER_CONSTRAINTS, hidden_layers, penalty
from estimators.families.family import Family
from estimators.heads.head import Head
from estimators.heads.keras_names import find_optimizer
from estimators.heads.tasks import ClassificationTask, RegressionTask
from estimators.persistence.checkpoints import Checkpoints
from feature_specs import FeatureSpec
from feature_specs.networks.inputs import keras_inputs

_SIDE_CONSTRAINTS: dict[str, list] = {
    "linear_l1": [Interval(Real, 0, None, closed="left")],
    "linear_l2": [Interval(Real, 0, None, closed="left")],
    **{f"dnn_{name}": legal for name, legal in HIDDEN_LAYER_CONSTRAINTS.items()},
    **{
        f"{side}_{name}": legal
        for side in ("linear", "dnn")
        for name, legal in {
            "feature_spec": SHARED_CONSTRAINTS["feature_spec"],
            "columns": [str, list, callable, HasMethods(["__call__"]), None],
            "optimizer": SHARED_CONSTRAINTS["optimizer"],
            "learning_rate": SHARED_CONSTRAINTS["learning_rate"],
        }.items()
    },
}

SIDE_TEXTS = {
    "linear_feature_spec": (
        "FeatureSpec, default=None",
        "Columns of the linear side where they differ from `feature_spec`.",
    ),
    "linear_columns": (
        "selector, str or list of str, default=None",
        "Which features of `feature_spec` the linear side takes; all by default.",
    ),
    "linear_optimizer": (
        "str or keras.optimizers.Optimizer, default='auto'",
        "Optimizer of the linear side alone. ``'auto'`` is FTRL.",
    ),
    "linear_learning_rate": (
        "float or LearningRateSchedule, default=None",
        "Learning rate of the linear side; 0.05 with ``'auto'``.",
    ),
    "linear_l1": ("float, default=0.0", "Penalty on the absolute size of linear weights."),
    "linear_l2": ("float, default=0.0", "Penalty on the squared size of linear weights."),
    "dnn_feature_spec": (
        "FeatureSpec, default=None",
        "Columns of the deep side where they differ from `feature_spec`.",
    ),
    "dnn_columns": (
        "selector, str or list of str, default=None",
        "Which features of `feature_spec` the deep side takes; all by default.",
    ),
    "dnn_optimizer": (
        "str or keras.optimizers.Optimizer, default='auto'",
        "Optimizer of the deep side alone. ``'auto'`` is Adam.",
    ),
    "dnn_learning_rate": (
        "float or LearningRateSchedule, default=None",
        "Learning rate of the deep side; 0.001 with ``'auto'``.",
    ),
    "dnn_hidden_units": ("sequence of int, default=(64, 64)", "Width of every hidden layer."),
    "dnn_activation": ("str or callable, default='relu'", "Activation of the hidden layers."),
    "dnn_dropout": (
        "float, default=0.0",
        "Share of hidden units silenced in each training step.",
    ),
    "dnn_batch_norm": (
        "bool, default=False",
        "Whether hidden layers are followed by normalisation.",
    ),
    "dnn_l1": ("float, default=0.0", "Penalty on the absolute size of the deep side's kernels."),
    "dnn_l2": ("float, default=0.0", "Penalty on the squared size of the deep side's kernels."),
}


class Combined(Family):
    """The family of wide and deep networks, for any task."""

    _parameter_constraints = {
        **{
            name: legal
            for name, legal in SHARED_CONSTRAINTS.items()
            if name not in ("optimizer", "learning_rate")
        },
        **_SIDE_CONSTRAINTS,
    }
    _auto_optimizers = {"linear": ("ftrl", 0.05), "dnn": ("adam", 1e-3)}

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        linear_feature_spec: FeatureSpec | None = None,
        linear_columns: Any = None,
        linear_optimizer: str | keras.optimizers.Optimizer = "auto",
        linear_learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None,
        linear_l1: float = 0.0,
        linear_l2: float = 0.0,
        dnn_feature_spec: FeatureSpec | None = None,
        dnn_columns: Any = None,
        dnn_optimizer: str | keras.optimizers.Optimizer = "auto",
        dnn_learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None,
        dnn_hidden_units: Sequence[int] = (64, 64),
        dnn_activation: str | Callable = "relu",
        dnn_dropout: float = 0.0,
        dnn_batch_norm: bool = False,
        dnn_l1: float = 0.0,
        dnn_l2: float = 0.0,
        loss: str | Callable | None = None,
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
        self.linear_feature_spec = linear_feature_spec
        self.linear_columns = linear_columns
        self.linear_optimizer = linear_optimizer
        self.linear_learning_rate = linear_learning_rate
        self.linear_l1 = linear_l1
        self.linear_l2 = linear_l2
        self.dnn_feature_spec = dnn_feature_spec
        self.dnn_columns = dnn_columns
        self.dnn_optimizer = dnn_optimizer
        self.dnn_learning_rate = dnn_learning_rate
        self.dnn_hidden_units = dnn_hidden_units
        self.dnn_activation = dnn_activation
        self.dnn_dropout = dnn_dropout
        self.dnn_batch_norm = dnn_batch_norm
        self.dnn_l1 = dnn_l1
        self.dnn_l2 = dnn_l2
        self.loss = loss
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
    def linear_feature_spec_(self) -> FeatureSpec:
        """The fitted feature spec of the linear side."""
        self._fitted("linear_feature_spec_")
        return _spec_of(self._specs_, "linear")

    @property
    def dnn_feature_spec_(self) -> FeatureSpec:
        """The fitted feature spec of the deep side."""
        self._fitted("dnn_feature_spec_")
        return _spec_of(self._specs_, "dnn")

    def _new_specs(self) -> dict[str, FeatureSpec | None]:
        """Return one spec for both sides, or two whose inputs are told apart by a prefix."""
        if self.linear_feature_spec is None and self.dnn_feature_spec is None:
            return {"": self.feature_spec}
        return {
            "linear:": _first_given(self.linear_feature_spec, self.feature_spec),
            "dnn:": _first_given(self.dnn_feature_spec, self.feature_spec),
        }

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        inputs = keras_inputs(
            {
                f"{side}{name}": (tensor.shape[1:], tensor.dtype)
                for side, spec in specs.items()
                for name, tensor in spec.inputs().items()
            }
        )
        linear = _spec_of(specs, "linear").linear_logits(
            _inputs_of(specs, inputs, "linear"),
            head.units,
            columns=self.linear_columns,
            kernel_regularizer=penalty(self.linear_l1, self.linear_l2),
        )
        features = _spec_of(specs, "dnn").dense_features(
            _inputs_of(specs, inputs, "dnn"), columns=self.dnn_columns
        )
        hidden = hidden_layers(
            features,
            self.dnn_hidden_units,
            **{
                name: getattr(self, f"dnn_{name}")
                for name in ("activation", "dropout", "batch_norm", "l1", "l2")
            },
        )
        dnn = keras.layers.Dense(head.units, name="dnn_logits")(hidden)
        sides = {"linear": linear, "dnn": dnn}
        # In a row, not by name: TensorBoard cannot draw models inside a model otherwise.
        tensors = list(inputs.values())
        parts = {name: keras.Model(tensors, logits, name=name) for name, logits in sides.items()}
        logits = keras.layers.Add(name="logits")([part(tensors) for part in parts.values()])
        return keras.Model(inputs, logits)

    def _architecture_key(self) -> Hashable:
        names = ("linear_columns", "dnn_columns", "linear_l1", "linear_l2")
        hidden = [f"dnn_{name}" for name in HIDDEN_LAYER_CONSTRAINTS]
        return key_of([getattr(self, name) for name in (*names, *hidden)])

    def _optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        optimizers = {}
        for side, (default, default_rate) in self._auto_optimizers.items():
            optimizer = getattr(self, f"{side}_optimizer")
            rate = getattr(self, f"{side}_learning_rate")
            if optimizer == "auto":
                optimizer, rate = default, default_rate if rate is None else rate
            optimizers[side] = find_optimizer(optimizer, rate)
        return optimizers


def _first_given(*specs: FeatureSpec | None) -> FeatureSpec | None:
    return next((spec for spec in specs if spec is not None), None)


def _spec_of(specs: Mapping[str, FeatureSpec], side: str) -> FeatureSpec:
    return specs[""] if "" in specs else specs[f"{side}:"]


def _inputs_of(
    specs: Mapping[str, FeatureSpec], inputs: Mapping[str, keras.KerasTensor], side: str
) -> dict[str, keras.KerasTensor]:
    prefix = "" if "" in specs else f"{side}:"
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in inputs.items()
        if name.startswith(prefix)
    }


@documented(**SIDE_TEXTS)
class DNNLinearCombinedRegressor(RegressionTask, Combined):
    """Wide and deep network for real values, counts or quantiles.

    Each side has an optimizer of its own, which updates that side's weights only.

    {parameters}

    Attributes
    ----------
    linear_feature_spec_ : FeatureSpec
        The fitted feature spec of the linear side.
    dnn_feature_spec_ : FeatureSpec
        The fitted feature spec of the deep side.
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
    DNNLinearCombinedClassifier : The same network for classes.

    Examples
    --------
    >>> from estimators import DNNLinearCombinedRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = DNNLinearCombinedRegressor(dnn_hidden_units=(16,), epochs=30, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.5)
    True

    References
    ----------
    ``tf.estimator.DNNLinearCombinedRegressor``; Cheng et al., Wide & Deep Learning for
    Recommender Systems, 2016.
    """


@documented(**SIDE_TEXTS)
class DNNLinearCombinedClassifier(ClassificationTask, Combined):
    """Wide and deep network for two classes, several classes, or several labels at once.

    Each side has an optimizer of its own, which updates that side's weights only.

    {parameters}

    Attributes
    ----------
    classes_ : ndarray
        Labels, in the order of the columns of ``predict_proba``.
    linear_feature_spec_ : FeatureSpec
        The fitted feature spec of the linear side.
    dnn_feature_spec_ : FeatureSpec
        The fitted feature spec of the deep side.
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
    DNNLinearCombinedRegressor : The same network for values.

    Examples
    --------
    >>> from estimators import DNNLinearCombinedClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = DNNLinearCombinedClassifier(dnn_hidden_units=(16,), epochs=50, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.9)
    True

    References
    ----------
    ``tf.estimator.DNNLinearCombinedClassifier``; Cheng et al., Wide & Deep Learning for
    Recommender Systems, 2016.
    """
