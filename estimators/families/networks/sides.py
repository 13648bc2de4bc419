"""Networks of several sides, each of which may see the columns by a feature spec of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

    from feature_specs import FeatureSpec


def spec_of(specs: Mapping[str, FeatureSpec], side: str) -> FeatureSpec:
    """Return the feature spec of a side: its own, or the one of both."""
    return specs[""] if "" in specs else specs[f"{side}:"]


def inputs_of_all(specs: Mapping[str, FeatureSpec]) -> dict[str, keras.KerasTensor]:
    """Return the inputs of a network whose sides may have feature specs of their own."""
    from feature_specs.networks.inputs import keras_inputs

    inputs = {
        f"{side}{name}": tensor
        for side, spec in specs.items()
        for name, tensor in spec.inputs().items()
    }
    return keras_inputs(
        {name: (tensor.shape[1:], tensor.dtype) for name, tensor in inputs.items()},
        [name for name, tensor in inputs.items() if tensor.sparse],
    )


def inputs_of(
    specs: Mapping[str, FeatureSpec], inputs: Mapping[str, keras.KerasTensor], side: str
) -> dict[str, keras.KerasTensor]:
    """Return the inputs that a side takes, by the names in its own feature spec."""
    prefix = "" if "" in specs else f"{side}:"
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in inputs.items()
        if name.startswith(prefix)
    }
