"""Keys of Keras objects that compute, some of which do more than their configuration says."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import singledispatch
from typing import Any

import keras
import tensorflow as tf

from estimators.engine.compiled.keys import config_key, content_key, key_of

_COMPUTING = (
    keras.losses.Loss,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
    keras.optimizers.schedules.LearningRateSchedule,
)


@singledispatch
def beyond_config(value: object) -> dict[str, Any]:
    """Return the attributes that an object made from the configuration of `value` would lack.

    ``keras.losses.Huber(delta=2.0)`` says nothing of its delta.

    Raises
    ------
    Exception
        Whatever a class of the user's raises where nothing can be made of its configuration.
    """
    return {}


def differing(held: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `held` is not in `made`, or otherwise."""
    return {
        name: value
        for name, value in held.items()
        if name not in made or key_of(value) != key_of(made[name])
    }


def _beyond(value: Any) -> dict[str, Any]:
    beyond = differing(vars(value), vars(type(value).from_config(value.get_config())))
    return {name: item for name, item in beyond.items() if name != "name"}


def _computing_key(value: Any, within: tuple[int, ...] = ()) -> Hashable:
    try:
        beyond = _beyond(value)
    except Exception:  # whatever a class of the user's raises of itself
        return content_key(value, within)
    return (*config_key(value), key_of(beyond, within)) if beyond else config_key(value)


def _values_key(value: keras.Variable | tf.Tensor, within: tuple[int, ...] = ()) -> Hashable:
    return key_of(value.numpy())


for _kind in _COMPUTING:
    beyond_config.register(_kind)(_beyond)
    key_of.register(_kind)(_computing_key)
for _kind in (keras.Variable, tf.Variable, tf.Tensor):
    key_of.register(_kind)(_values_key)
