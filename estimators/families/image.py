"""Images: convolutions and pooling, then hidden layers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import validate_data

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import SHARED_CONSTRAINTS, documented
from estimators.engine.compiled.keys import key_of
from estimators.engine.layers.convolution import PooledConv2D
from estimators.families.dnn import HIDDEN_LAYER_CONSTRAINTS, hidden_layers, penalty
from estimators.families.pixels import Pixels, as_images
from estimators.heads.heads import Head
from estimators.heads.keras_names import find_activation
from estimators.heads.tasks import ClassificationTask, RegressionTask
from estimators.persistence.checkpoints import Checkpoints

_COUNT = Interval(Integral, 1, None, closed="left")
_SHARE = Interval(Real, 0, 1, closed="left")
_NEVER_FALLING = tuple(
    getattr(keras.activations, name)
    for name in ("linear", "relu", "leaky_relu", "elu", "selu", "softplus", "softsign", "sigmoid")
) + (keras.activations.tanh, keras.activations.hard_sigmoid)
_SIZES = [_COUNT, list, tuple]
_CONVOLUTION_CONSTRAINTS: dict[str, list] = {
    "filters": ["array-like", _COUNT],
    "kernel_size": _SIZES,
    "pool_size": _SIZES,
    "padding": [StrOptions({"same", "valid"})],
    "activation": [str, callable, list, tuple],
    "dropout": [_SHARE, list, tuple],
    "augment": [keras.layers.Layer, list, tuple, None],
}

_TEXTS = {
    "filters": (
        "sequence of int, default=(16, 32)",
        "Number of filters of each block: a convolution, an activation, a pooling.",
    ),
    "kernel_size": (
        "int or sequence of int, default=5",
        "Side of the filters, one for all blocks or one for each.",
    ),
    "pool_size": (
        "int or sequence of int, default=2",
        "Side of the squares of which a block keeps the maximum, one for all or one for each; 1 "
        "keeps everything.",
    ),
    "padding": (
        "{'same', 'valid'}, default='same'",
        "Whether filters and squares reach beyond the edge, so that images keep their size until "
        "they are pooled.",
    ),
    "hidden_units": (
        "sequence of int, default=(128,)",
        "Width of every hidden layer behind the blocks.",
    ),
    "activation": (
        "str, callable or sequence of them, default='relu'",
        "One for all, or one for each block and each hidden layer.",
    ),
    "dropout": (
        "float or sequence of float, default=0.25",
        "Share of outputs silenced in each training step; one for all, or one for each block and "
        "each hidden layer.",
    ),
    "batch_norm": (
        "bool, default=False",
        "Whether convolutions and hidden layers are followed by normalisation.",
    ),
    "augment": (
        "keras.layers.Layer or list of them, default=None",
        "Layers that change images at random, in training alone; they are copied. Pixels have been "
        "rescaled by then: where a layer asks for ``value_range``, it is ``(0, 1)``.",
    ),
    "image_shape": (
        "sequence of int, default=None",
        "Height and width, or height, width and channels, of images that come as flat rows; one of "
        "them may be -1.",
    ),
    "rescale": (
        "float or 'auto', default='auto'",
        "What pixels are multiplied by; ``'auto'`` is 1/255 for whole numbers, and takes floats as "
        "they are.",
    ),
}


class Image(KerasEstimator):
    """The family of convolutional networks on images, for any task."""

    _parameter_constraints = {
        **{name: rule for name, rule in SHARED_CONSTRAINTS.items() if name != "feature_spec"},
        **HIDDEN_LAYER_CONSTRAINTS,
        **_CONVOLUTION_CONSTRAINTS,
        "image_shape": [list, tuple, None],
        "rescale": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
    }

    def __init__(
        self,
        filters: Sequence[int] = (16, 32),
        *,
        kernel_size: int | Sequence[int] = 5,
        pool_size: int | Sequence[int] = 2,
        padding: str = "same",
        hidden_units: Sequence[int] = (128,),
        activation: str | Callable | Sequence[str | Callable] = "relu",
        dropout: float | Sequence[float] = 0.25,
        batch_norm: bool = False,
        l1: float = 0.0,
        l2: float = 0.0,
        augment: keras.layers.Layer | Sequence[keras.layers.Layer] | None = None,
        image_shape: Sequence[int] | None = None,
        rescale: float | str = "auto",
        loss: str | Callable | None = None,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None,
        epochs: int = 10,
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
        self.filters = filters
        self.kernel_size = kernel_size
        self.pool_size = pool_size
        self.padding = padding
        self.hidden_units = hidden_units
        self.activation = activation
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.l1 = l1
        self.l2 = l2
        self.augment = augment
        self.image_shape = image_shape
        self.rescale = rescale
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

    def _new_specs(self) -> dict[str, Pixels]:
        return {"": Pixels(self.rescale)}

    def _check_X(self, X: Any, *, reset: bool) -> np.ndarray:
        if not hasattr(X, "dtype") and not hasattr(X, "columns"):
            X = np.asarray(X)
        dimensions = getattr(X, "ndim", 2)
        is_nested = dimensions == 1 and X.dtype.kind == "O"
        if is_nested or (dimensions > 2 and X.dtype.kind not in "fiub"):
            raise ValueError(
                f"X is an array of {X.dtype} and shape {X.shape} where numbers of shape (rows, "
                "height, width) are needed; stack the images with numpy.stack."
            )
        if dimensions <= 2:
            X = validate_data(self, X, reset=reset, dtype="numeric")
        else:
            X = check_array(X, dtype="numeric", allow_nd=True, estimator=self, input_name="X")
        return as_images(X, self.image_shape)

    def _build(self, specs: Mapping[str, Pixels], head: Head) -> keras.Model:
        inputs = specs[""].inputs()
        features = specs[""].rescaled(inputs)
        for layer in _as_list(self.augment):
            features = type(layer).from_config(layer.get_config())(features)
        filters, hidden = _as_list(self.filters), _as_list(self.hidden_units)
        layers = len(filters) + len(hidden)
        activations = _one_each("activation", self.activation, layers)
        dropouts = _one_each("dropout", self.dropout, layers)
        kernel_sizes = _one_each("kernel_size", self.kernel_size, len(filters))
        pool_sizes = _one_each("pool_size", self.pool_size, len(filters))
        _check_each("filters", filters, _COUNT)
        _check_each("kernel_size", kernel_sizes, _COUNT)
        _check_each("pool_size", pool_sizes, _COUNT)
        _check_each("dropout", dropouts, _SHARE)
        for block, count in enumerate(filters):
            _check_size(features.shape, kernel_sizes[block], pool_sizes[block], self.padding, block)
            features = convolved(
                features,
                int(count),
                kernel_sizes[block],
                pool_sizes[block],
                padding=self.padding,
                activation=find_activation(activations[block]),
                batch_norm=self.batch_norm,
                kernel_regularizer=penalty(self.l1, self.l2),
            )
            if dropouts[block]:
                features = keras.layers.Dropout(dropouts[block])(features)
        features = keras.layers.Flatten()(features)
        for units, activation, dropout in zip(
            hidden, activations[len(filters) :], dropouts[len(filters) :], strict=True
        ):
            features = hidden_layers(
                features,
                units,
                activation=activation,
                dropout=dropout,
                batch_norm=self.batch_norm,
                l1=self.l1,
                l2=self.l2,
            )
        return keras.Model(inputs, keras.layers.Dense(head.units, name="logits")(features))

    def _architecture_key(self) -> Hashable:
        names = dict.fromkeys([*HIDDEN_LAYER_CONSTRAINTS, *_CONVOLUTION_CONSTRAINTS])
        return key_of([getattr(self, name) for name in names])

    def __sklearn_tags__(self):  # noqa: ANN204
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = False
        tags.input_tags.string = False
        tags.input_tags.categorical = False
        return tags


def convolved(
    images: keras.KerasTensor,
    filters: int,
    kernel_size: int,
    pool_size: int,
    *,
    padding: str,
    activation: Callable,
    batch_norm: bool,
    kernel_regularizer: keras.regularizers.Regularizer | None,
) -> keras.KerasTensor:
    """Return `images` passed through a convolution, normalisation, activation and pooling.

    An activation that never falls may as well follow the pooling, a quarter of the work.
    """
    how = {"padding": padding, "kernel_regularizer": kernel_regularizer}
    if activation in _NEVER_FALLING and not batch_norm and pool_size > 1:
        pooled = PooledConv2D(filters, kernel_size, pool_size, **how)(images)
        return keras.layers.Activation(activation)(pooled)
    images = keras.layers.Conv2D(filters, kernel_size, use_bias=not batch_norm, **how)(images)
    if batch_norm:
        images = keras.layers.BatchNormalization()(images)
    images = keras.layers.Activation(activation)(images)
    return (
        keras.layers.MaxPooling2D(pool_size, padding=padding)(images) if pool_size > 1 else images
    )


def _as_list(given: Any) -> list:
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple | np.ndarray) else [given]


def _one_each(name: str, given: Any, count: int) -> list:
    """Return one setting for each of `count` layers.

    Raises
    ------
    ValueError
        Where there are more or fewer.
    """
    if not isinstance(given, list | tuple):
        return [given] * count
    if len(given) != count:
        raise ValueError(
            f"{name} has {len(given)} entries for {count} layers; give one for each, or one for "
            "all."
        )
    return list(given)


def _check_each(name: str, given: list, allowed: Interval) -> None:
    """Raise for an entry that would be refused where it stood alone."""
    for entry in given:
        if not allowed.is_satisfied_by(entry):
            raise ValueError(f"{name} holds {entry!r}; each of its entries must be {allowed}.")


def _check_size(
    shape: tuple[int | None, ...], kernel_size: int, pool_size: int, padding: str, block: int
) -> None:
    if padding == "valid" and min(shape[1:3]) - kernel_size + 1 < pool_size:
        raise ValueError(
            f"Images are {shape[1]} x {shape[2]} where block {block} begins, too small for its "
            f"kernel_size {kernel_size} and pool_size {pool_size}; take padding='same' or fewer "
            "filters."
        )


@documented(**_TEXTS)
class ImageRegressor(RegressionTask, Image):
    """Convolutional network from images to real values, counts or quantiles.

    {parameters}

    Attributes
    ----------
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from pixels to values.
    n_iter_ : int
        Number of epochs trained.

    See Also
    --------
    ImageClassifier : The same network for classes.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators import ImageRegressor
    >>> images = np.random.default_rng(0).random((200, 8, 8))
    >>> brightness = images.mean((1, 2))
    >>> model = ImageRegressor((4,), kernel_size=3, dropout=0, learning_rate=0.01, random_state=0)
    >>> bool(model.set_params(epochs=30).fit(images, brightness).score(images, brightness) > 0.5)
    True

    References
    ----------
    LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998.
    """


@documented(**_TEXTS)
class ImageClassifier(ClassificationTask, Image):
    """Convolutional network from images to two classes, several classes, or several labels.

    {parameters}

    Attributes
    ----------
    classes_ : ndarray
        Labels, in the order of the columns of ``predict_proba``.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from pixels to logits.
    n_iter_ : int
        Number of epochs trained.

    See Also
    --------
    ImageRegressor : The same network for values.
    DNNClassifier : Takes images as well, as so many columns.
    estimators.displays : Plots of images, predictions and class probabilities.

    Notes
    -----
    On a CPU convolutions run through oneDNN, which is faster there than XLA; on a GPU through XLA.

    Examples
    --------
    >>> from estimators import ImageClassifier
    >>> from sklearn.datasets import load_digits
    >>> digits = load_digits()
    >>> X, y = digits.images.astype("uint8"), digits.target
    >>> model = ImageClassifier((8,), kernel_size=3, rescale=1 / 16, epochs=5, random_state=0)
    >>> bool(model.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.8)
    True

    References
    ----------
    LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998.
    """
