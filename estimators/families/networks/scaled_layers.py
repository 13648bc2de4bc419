"""Hidden layers that are scaled by their width and learn at rates of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from estimators.families.networks.hidden_layers import checked_widths

if TYPE_CHECKING:
    import keras

# Of the scale of inputs, of biases, and of what units learn of their activation.
_RATES = {"scale": 6.0, "bias": 0.1, "share": 0.1}


def scaled_layers(
    features: keras.KerasTensor,
    units: int,
    *,
    hidden_units: int | Sequence[int],
    activation: str | Callable,
    dropout: float,
    is_clipped: bool,
) -> keras.KerasTensor:
    """Return outputs made of `features`, clipped to those of the training target where asked for.

    Sparse features are neither scaled nor divided by the root of their number.

    Raises
    ------
    ValueError
        Without a hidden layer, or for what is no width.
    """
    from estimators.heads.keras_names import find_activation
    from estimators.layers import ClippedOutputs, NTKOutputs, ParametricActivation

    def activate(hidden: keras.KerasTensor) -> keras.KerasTensor:
        return ParametricActivation(find_activation(activation), _RATES["share"])(hidden)

    hidden = scaled_hidden_layers(features, hidden_units, activate, dropout)
    outputs = NTKOutputs(units, name="logits")(hidden)
    return ClippedOutputs()(outputs) if is_clipped else outputs


def scaled_embedding(
    features: keras.KerasTensor,
    components: int,
    *,
    hidden_units: int | Sequence[int],
    activation: str | Callable,
    dropout: float,
) -> keras.KerasTensor:
    """Return a point in a space of so many components, made of `features`.

    Raises
    ------
    ValueError
        Without a hidden layer, or for what is no width.
    """
    import keras

    from estimators.heads.keras_names import find_activation

    def activate(hidden: keras.KerasTensor) -> keras.KerasTensor:
        return keras.layers.Activation(find_activation(activation))(hidden)

    hidden = scaled_hidden_layers(features, hidden_units, activate, dropout)
    return _ntk_dense(components, name="embedding")(hidden)


def scaled_hidden_layers(
    features: keras.KerasTensor,
    hidden_units: int | Sequence[int],
    activate: Callable[[keras.KerasTensor], keras.KerasTensor],
    dropout: float,
) -> keras.KerasTensor:
    """Return the last hidden layer above scaled features, or above sparse ones as they are."""
    from estimators.engine.layers.dropout import HashedDropout
    from estimators.layers import Scale
    from feature_specs.networks.sparse_layers import dense_layer_for

    widths = checked_widths(hidden_units)
    if not widths:
        raise ValueError("hidden_units is empty; give the width of one layer at least.")
    first, *others = widths
    if features.sparse:
        hidden = dense_layer_for(features)(first)(features)
    else:
        hidden = _ntk_dense(first)(Scale(_RATES["scale"])(features))
    for width in (*others, None):
        hidden = activate(hidden)
        if dropout:
            hidden = HashedDropout(dropout)(hidden)
        if width is not None:
            hidden = _ntk_dense(width)(hidden)
    return hidden


def _ntk_dense(units: int, **kwargs: str) -> keras.Layer:
    from estimators.layers import NTKDense

    return NTKDense(units, bias_learning_rate_multiplier=_RATES["bias"], **kwargs)
