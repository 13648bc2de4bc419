"""Fully connected hidden layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING

from sklearn.utils._param_validation import Interval

from estimators.base.parameters import Parameter
from estimators.families.networks.penalties import PENALTIES, penalty
from estimators.heads.keras_names import find_activation

if TYPE_CHECKING:
    import keras

# What ``optimizer='auto'`` takes off the kernels of deep networks on tables.
AUTO_WEIGHT_DECAY = 1.0
FALLING_ADAM = (
    "Adam with a rate of 0.001, or of 0.002 that halves every 15 epochs where ``'auto'`` stops the "
    "training"
)

HIDDEN_LAYERS = (
    Parameter(
        "hidden_units",
        annotation="Sequence[int]",
        default=(128, 128),
        constraints=["array-like", Interval(Integral, 1, None, closed="left")],
        kind="sequence of int",
        text="Width of every hidden layer.",
    ),
    Parameter(
        "activation",
        annotation="str | Callable",
        default="relu",
        constraints=[str, callable],
        kind="str or callable",
        text="Activation of the hidden layers.",
    ),
    Parameter(
        "dropout",
        annotation="float",
        default=0.0,
        constraints=[Interval(Real, 0, 1, closed="left")],
        kind="float",
        text="Share of hidden units silenced in each training step.",
    ),
    Parameter(
        "batch_norm",
        annotation="bool",
        default=False,
        constraints=["boolean"],
        kind="bool",
        text="Whether hidden layers are followed by normalisation.",
    ),
    *PENALTIES,
)


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
    import keras

    from estimators.engine.layers.dropout import HashedDropout
    from feature_specs.networks.sparse_layers import dense_layer_for

    activate = find_activation(activation)
    for units in checked_widths(hidden_units):
        features = dense_layer_for(features)(
            units, use_bias=not batch_norm, kernel_regularizer=penalty(l1, l2)
        )(features)
        if batch_norm:
            features = keras.layers.BatchNormalization()(features)
        features = keras.layers.Activation(activate)(features)
        if dropout:
            features = HashedDropout(dropout)(features)
    return features


def checked_widths(hidden_units: int | Sequence[int]) -> list[int]:
    """Return the width of every layer.

    Raises
    ------
    ValueError
        For what is no width.
    """
    widths = [hidden_units] if isinstance(hidden_units, Integral) else hidden_units
    if not all(isinstance(units, Integral) and units > 0 for units in widths):
        raise ValueError(
            f"hidden_units must be whole numbers of at least 1, one a layer; got {hidden_units!r}."
        )
    return [int(units) for units in widths]
