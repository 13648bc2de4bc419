"""Fully connected layers that never fall with some of their inputs and never rise with others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from estimators.families.networks.hidden_layers import checked_widths
from estimators.families.networks.penalties import penalty
from estimators.heads.keras_names import find_activation

if TYPE_CHECKING:
    import keras

# Those that never fall, by their names in Keras: without a bound above, and others.
_UNBOUNDED = ("relu", "leaky_relu", "elu", "selu", "softplus")
_OTHERS = ("linear", "relu6", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh")


def monotonic_layers(
    features: keras.KerasTensor,
    signs: Sequence[int],
    units: int,
    *,
    hidden_units: int | Sequence[int],
    activation: str | Callable,
    dropout: float,
    batch_norm: bool,
    l1: float,
    l2: float,
) -> keras.KerasTensor:
    """Return outputs that rise and fall with `features` by their signs.

    Beside each hidden layer stands one of the same width that sees the free features alone, and
    that enters the next one with weights of any sign.

    Parameters
    ----------
    features : KerasTensor
    signs : sequence of int
        1, -1 or 0 for each feature.
    units : int
        Number of outputs.
    hidden_units, activation, dropout, batch_norm, l1, l2
        As for `hidden_layers`.

    References
    ----------
    Runje and Shankaranarayana, Constrained Monotonic Neural Networks, 2023.
    """
    import keras

    from feature_specs.networks.layers import SelectColumns
    from feature_specs.networks.monotonic_activation import MonotonicActivation
    from feature_specs.networks.monotonic_dense import MonotonicDense

    check_monotonic(activation, batch_norm=batch_norm)
    activate, regularizer = find_activation(activation), penalty(l1, l2)
    has_mirror = activate.__name__ in _UNBOUNDED
    free = [place for place, sign in enumerate(signs) if not sign]
    # The columns of a sparse matrix enter the first layer alone.
    beside = SelectColumns(free)(features) if free and not features.sparse else None
    initial = "glorot_uniform"
    for width in checked_widths(hidden_units):
        hidden = MonotonicDense(
            width, signs, kernel_regularizer=regularizer, kernel_initializer=initial
        )(features)
        kind = MonotonicActivation if has_mirror else keras.layers.Activation
        features, signs = _dropped(kind(activate)(hidden), dropout), [1] * width
        if beside is not None:
            hidden = keras.layers.Dense(width, kernel_regularizer=regularizer)(beside)
            beside = _dropped(keras.layers.Activation(activate)(hidden), dropout)
            features = keras.layers.Concatenate()([features, beside])
            signs += [0] * width
        # Units that all rise add up, where those of weights of both signs make up for each other.
        initial = keras.initializers.VarianceScaling(1 / width, "fan_avg", "uniform")
    return MonotonicDense(units, signs, name="logits", kernel_initializer=initial)(features)


def check_monotonic(activation: str | Callable, *, batch_norm: bool) -> None:
    """Raise where layers of these settings might fall where they are to rise.

    Raises
    ------
    ValueError
        For an activation that falls somewhere or may do so, and for batch normalisation.
    """
    import keras

    if batch_norm:
        raise ValueError(
            "batch_norm=True multiplies by scales that may become negative, which would turn "
            "monotonic_cst around; leave one of the two out."
        )
    activate, known = find_activation(activation), (*_UNBOUNDED, *_OTHERS)
    if not any(activate is getattr(keras.activations, name, None) for name in known):
        raise ValueError(
            f"activation={activation!r} is none that is known never to fall, as monotonic_cst "
            f"asks; take one of {', '.join(known)}."
        )


def _dropped(hidden: keras.KerasTensor, dropout: float) -> keras.KerasTensor:
    from estimators.engine.layers.dropout import HashedDropout

    return HashedDropout(dropout)(hidden) if dropout else hidden
