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
    from estimators.engine.layers.dropout import HashedDropout
    from estimators.heads.keras_names import find_activation
    from estimators.layers import ClippedOutputs, NTKDense, NTKOutputs, ParametricActivation, Scale
    from feature_specs.networks.sparse_layers import dense_layer_for

    widths = checked_widths(hidden_units)
    if not widths:
        raise ValueError("hidden_units is empty; give the width of one layer at least.")
    first, *others = widths
    if features.sparse:
        hidden = dense_layer_for(features)(first)(features)
    else:
        scaled = Scale(_RATES["scale"])(features)
        hidden = NTKDense(first, bias_learning_rate_multiplier=_RATES["bias"])(scaled)
    activate = find_activation(activation)
    for width in (*others, None):
        hidden = ParametricActivation(activate, _RATES["share"])(hidden)
        if dropout:
            hidden = HashedDropout(dropout)(hidden)
        if width is not None:
            hidden = NTKDense(width, bias_learning_rate_multiplier=_RATES["bias"])(hidden)
    outputs = NTKOutputs(units, name="logits")(hidden)
    return ClippedOutputs()(outputs) if is_clipped else outputs
