"""Saved attributes of Keras objects that Keras's configurations leave out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras

from estimators.persistence.serialization.attribute_types import fits

_PLAIN = bool | int | float | str | None
_BEYOND: dict[type, dict[str, Any]] = {
    keras.optimizers.Optimizer: {
        "_exclude_from_weight_decay": set[str],
        "_exclude_from_weight_decay_pattern": re.Pattern | None,
        "_learning_rate": keras.optimizers.schedules.LearningRateSchedule,
        "inner_optimizer": keras.optimizers.Optimizer,
    },
    keras.losses.Loss: {"_fn_kwargs": dict[str, _PLAIN]},
}


def is_known_beyond(value: Any, attributes: Mapping[str, Any], size: int) -> bool:
    """Return whether a Keras object may have these attributes beside its configuration.

    Parameters
    ----------
    value : object
    attributes : mapping of str to object
    size : int
        Bytes of the file.
    """
    known = next((types for kind, types in _BEYOND.items() if isinstance(value, kind)), {})
    return all(name in known and fits(item, known[name], size) for name, item in attributes.items())
