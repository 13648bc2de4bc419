"""Parameters of estimators, each described once: type, default, what is legal, what it does.

In come descriptions; out go the checks of scikit-learn and the sections of docstrings.
"""

from estimators.base.parameters.instance_of import InstanceOf
from estimators.base.parameters.parameter import (
    REQUIRED,
    Parameter,
    changed,
    constraints_of,
    keep_parameters,
    values_of,
)
from estimators.base.parameters.shared import (
    FEATURE_SPEC,
    MONOTONIC_CST,
    SHARED,
    SHARED_CONSTRAINTS,
    epochs_text,
    optimizer_text,
    weight_decay_text,
)

__all__ = [
    "FEATURE_SPEC",
    "MONOTONIC_CST",
    "REQUIRED",
    "SHARED",
    "SHARED_CONSTRAINTS",
    "InstanceOf",
    "Parameter",
    "changed",
    "constraints_of",
    "epochs_text",
    "keep_parameters",
    "optimizer_text",
    "values_of",
    "weight_decay_text",
]
