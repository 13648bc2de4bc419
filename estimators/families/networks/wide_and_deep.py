"""The two sides of a wide and deep network: what each is given of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sklearn.utils._param_validation import HasMethods

from estimators.base.parameters import (
    FEATURE_SPEC,
    SHARED,
    Parameter,
    changed,
    weight_decay_text,
)
from estimators.families.networks.hidden_layers import (
    AUTO_WEIGHT_DECAY,
    FALLING_ADAM,
    HIDDEN_LAYERS,
)
from estimators.families.networks.numeric_embedding import NUMERIC_EMBEDDING
from estimators.families.networks.penalties import PENALTIES
from estimators.heads.optimizers import Auto

if TYPE_CHECKING:
    import keras

    from feature_specs import FeatureSpec

# What ``'auto'`` stands for on each side.
AUTO_OPTIMIZERS = {
    "linear": Auto("FTRL", 0.05),
    "dnn": Auto("Adam", 0.001, AUTO_WEIGHT_DECAY),
}

_OF_A_SIDE = ("optimizer", "learning_rate", "weight_decay")
# What belongs to neither alone: all that is shared but the optimizer.
BOTH_SIDES = tuple(parameter for parameter in SHARED if parameter.name not in _OF_A_SIDE)


def _prefixed(prefix: str, parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    return tuple(replace(parameter, name=prefix + parameter.name) for parameter in parameters)


def _side(side: str, auto: Auto, auto_text: str) -> tuple[Parameter, ...]:
    """Return what both sides have.

    Parameters
    ----------
    side : str
    auto : Auto
    auto_text : str
        What is said of `auto`.
    """
    columns = Parameter(
        "columns",
        annotation="Any",
        default=None,
        constraints=[str, list, callable, HasMethods(["__call__"]), None],
        kind="selector, str or list of str",
        text=f"Which features of `feature_spec` the {side} side takes; all by default.",
    )
    of_a_side = (parameter for parameter in SHARED if parameter.name in _OF_A_SIDE)
    return changed(
        (FEATURE_SPEC, columns, *of_a_side),
        feature_spec={"text": f"Columns of the {side} side where they differ from `feature_spec`."},
        optimizer={"text": f"Optimizer of the {side} side alone. ``'auto'`` is {auto_text}."},
        learning_rate={
            "text": f"Learning rate of the {side} side; {auto.learning_rate} with ``'auto'``, and "
            "``'cosine'`` lets it fall to 0 within each fit, ``'coslog4'`` in four waves, each "
            "twice as long as the one before."
        },
        weight_decay={"text": weight_decay_text(auto.weight_decay or 0)},
    )


LINEAR_SIDE = _prefixed(
    "linear_",
    (
        *_side("linear", AUTO_OPTIMIZERS["linear"], "FTRL"),
        *changed(
            PENALTIES,
            l1={"text": "Penalty on the absolute size of linear weights."},
            l2={"text": "Penalty on the squared size of linear weights."},
        ),
    ),
)

DNN_SIDE = _prefixed(
    "dnn_",
    (
        *_side("deep", AUTO_OPTIMIZERS["dnn"], FALLING_ADAM),
        *NUMERIC_EMBEDDING,
        *changed(
            HIDDEN_LAYERS,
            l1={"text": "Penalty on the absolute size of the deep side's kernels."},
            l2={"text": "Penalty on the squared size of the deep side's kernels."},
        ),
    ),
)


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
