"""The two sides of a wide and deep network: what each is given of its own."""

from __future__ import annotations

from dataclasses import replace

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
