"""Keys of Keras objects that compute: one of the user's may do more than its configuration says."""

from __future__ import annotations

from collections.abc import Hashable

import keras
import tensorflow as tf

from estimators.engine.compiled.keys import config_key, content_key, key_of

COMPUTING = (
    keras.losses.Loss,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
    keras.optimizers.schedules.LearningRateSchedule,
)


def says_everything(value: object) -> bool:
    """Return whether an object made from the configuration of `value` would be no other."""
    if type(value).__module__.startswith("keras."):
        return True
    try:
        twin = type(value).from_config(value.get_config())
    except Exception:  # whatever a class of the user's raises of itself
        return False
    return content_key(twin) == content_key(value)


def _computing_key(value: object, within: tuple[int, ...] = ()) -> Hashable:
    return config_key(value) if says_everything(value) else content_key(value, within)


def _values_key(value: keras.Variable | tf.Tensor, within: tuple[int, ...] = ()) -> Hashable:
    return key_of(value.numpy())


for _kind in COMPUTING:
    key_of.register(_kind)(_computing_key)
for _kind in (keras.Variable, tf.Variable, tf.Tensor):
    key_of.register(_kind)(_values_key)
