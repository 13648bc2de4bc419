"""Blocks of convolution, activation and pooling, and the hidden layers behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from estimators.base.parameters import Parameter, changed
from estimators.families.networks.hidden_layers import HIDDEN_LAYERS, hidden_layers
from estimators.families.networks.penalties import penalty
from estimators.heads.keras_names import find_activation

if TYPE_CHECKING:
    import keras

_COUNT = Interval(Integral, 1, None, closed="left")
_SHARE = Interval(Real, 0, 1, closed="left")

CONVOLUTIONS = (
    Parameter(
        "filters",
        annotation="Sequence[int]",
        default=(16, 32),
        constraints=["array-like", _COUNT],
        kind="sequence of int",
        text="Number of filters of each block: a convolution, an activation, a pooling.",
    ),
    Parameter(
        "kernel_size",
        annotation="int | Sequence[int]",
        default=5,
        constraints=[_COUNT, list, tuple],
        kind="int or sequence of int",
        text="Side of the filters, one for all blocks or one for each.",
    ),
    Parameter(
        "pool_size",
        annotation="int | Sequence[int]",
        default=2,
        constraints=[_COUNT, list, tuple],
        kind="int or sequence of int",
        text="Side of the squares of which a block keeps the maximum, one for all or one for each; "
        "1 keeps everything.",
    ),
    Parameter(
        "padding",
        annotation="str",
        default="same",
        constraints=[StrOptions({"same", "valid"})],
        kind="{'same', 'valid'}",
        text="Whether filters and squares reach beyond the edge, so that images keep their size "
        "until they are pooled.",
    ),
    *changed(
        HIDDEN_LAYERS,
        hidden_units={"default": (128,), "text": "Width of every hidden layer behind the blocks."},
        activation={
            "annotation": "str | Callable | Sequence[str | Callable]",
            "constraints": [str, callable, list, tuple],
            "kind": "str, callable or sequence of them",
            "text": "One for all, or one for each block and each hidden layer.",
        },
        dropout={
            "annotation": "float | Sequence[float]",
            "default": 0.25,
            "constraints": [_SHARE, list, tuple],
            "kind": "float or sequence of float",
            "text": "Share of outputs silenced in each training step; one for all, or one for each "
            "block and each hidden layer.",
        },
        batch_norm={
            "text": "Whether convolutions and hidden layers are followed by normalisation."
        },
    ),
)


def convolutions(
    images: keras.KerasTensor,
    filters: int | Sequence[int],
    *,
    kernel_size: int | Sequence[int],
    pool_size: int | Sequence[int],
    padding: str,
    hidden_units: int | Sequence[int],
    activation: str | Callable | Sequence[str | Callable],
    dropout: float | Sequence[float],
    batch_norm: bool,
    l1: float,
    l2: float,
) -> keras.KerasTensor:
    """Return `images` passed through blocks of convolutions, flattened, and hidden layers."""
    import keras

    filters, hidden = _as_list(filters), _as_list(hidden_units)
    layers = len(filters) + len(hidden)
    activations = _one_each("activation", activation, layers)
    dropouts = _one_each("dropout", dropout, layers)
    kernel_sizes = _one_each("kernel_size", kernel_size, len(filters))
    pool_sizes = _one_each("pool_size", pool_size, len(filters))
    _check_each("filters", filters, _COUNT)
    _check_each("hidden_units", hidden, _COUNT)
    _check_each("kernel_size", kernel_sizes, _COUNT)
    _check_each("pool_size", pool_sizes, _COUNT)
    _check_each("dropout", dropouts, _SHARE)
    features = images
    for block, count in enumerate(filters):
        _check_size(features.shape, kernel_sizes[block], pool_sizes[block], padding, block)
        features = _convolved(
            features,
            int(count),
            kernel_sizes[block],
            pool_sizes[block],
            padding=padding,
            activation=find_activation(activations[block]),
            batch_norm=batch_norm,
            kernel_regularizer=penalty(l1, l2),
        )
        if dropouts[block]:
            features = keras.layers.Dropout(dropouts[block])(features)
    features = keras.layers.Flatten()(features)
    for units, activate, share in zip(
        hidden, activations[len(filters) :], dropouts[len(filters) :], strict=True
    ):
        features = hidden_layers(
            features,
            units,
            activation=activate,
            dropout=share,
            batch_norm=batch_norm,
            l1=l1,
            l2=l2,
        )
    return features


def _convolved(
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
    import keras

    from estimators.engine.layers.convolution import PooledConv2D

    how = {"padding": padding, "kernel_regularizer": kernel_regularizer}
    if _never_falls(activation) and not batch_norm and pool_size > 1:
        pooled = PooledConv2D(filters, kernel_size, pool_size, **how)(images)
        return keras.layers.Activation(activation)(pooled)
    images = keras.layers.Conv2D(filters, kernel_size, use_bias=not batch_norm, **how)(images)
    if batch_norm:
        images = keras.layers.BatchNormalization()(images)
    images = keras.layers.Activation(activation)(images)
    return (
        keras.layers.MaxPooling2D(pool_size, padding=padding)(images) if pool_size > 1 else images
    )


_NEVER_FALLING = (
    *("linear", "relu", "leaky_relu", "elu", "selu", "softplus", "softsign", "sigmoid"),
    *("tanh", "hard_sigmoid"),
)


def _never_falls(activation: Callable) -> bool:
    import keras

    return activation in [getattr(keras.activations, name) for name in _NEVER_FALLING]


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
