"""Keras objects within an estimator on their way through copies and pickles.

By themselves they pickle as an archive that holds the hour and only their configuration.
"""

from __future__ import annotations

import json
import sys
from copy import copy, deepcopy
from operator import attrgetter
from typing import Any

from sklearn.base import BaseEstimator


class ReproduciblePickles(BaseEstimator):
    """Pickles and clones of an estimator: optimizers are whole, equal estimators give equal bytes.

    So ``joblib.Memory`` knows an estimator again.
    """

    def __copy__(self) -> ReproduciblePickles:
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        return other

    def __reduce_ex__(self, protocol: int) -> tuple:
        make, arguments, state, *others = super().__reduce_ex__(protocol)
        return make, arguments, _on_its_way(state), *others

    def __sklearn_clone__(self) -> ReproduciblePickles:
        whole = {
            name: value for name, value in self.get_params(deep=False).items() if _is_whole(value)
        }
        without = copy(self)
        vars(without).update(dict.fromkeys(whole))
        cloned = super(ReproduciblePickles, without).__sklearn_clone__()
        vars(cloned).update(deepcopy(_on_its_way(whole)))
        return cloned


def _on_its_way(value: Any) -> Any:
    """Return `value` with what Keras would pickle by itself replaced."""
    if type(value) is dict:
        return {name: _on_its_way(item) for name, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_on_its_way, value))
    if _is_kind("optimizers.Optimizer", value):
        from estimators.engine.optimizers import WholeOptimizer

        return WholeOptimizer(value)
    if _is_kind("losses.Loss", value) or type(value).__module__.startswith("estimators.heads."):
        return _PlainObject(value)
    is_other = _is_kind("layers.Layer", value) or _is_kind("metrics.Metric", value)
    return _KerasObject(value) if is_other else value


class _PlainObject:
    """A loss, or a head that holds one, on its way with all its attributes."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __reduce__(self) -> tuple:
        attributes = {}
        for name, item in vars(self._value).items():
            sent = _on_its_way(item)
            # Whether two objects share an attribute would show in the bytes.
            attributes[name] = deepcopy(item) if sent is item else sent
        return _new_plain_object, (type(self._value), attributes)


def _new_plain_object(cls: type, attributes: dict[str, Any]) -> Any:
    value = cls.__new__(cls)
    vars(value).update(attributes)
    return value


class _KerasObject:
    """A layer, network or metric on its way."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __reduce__(self) -> tuple:
        import keras

        value, weights = self._value, []
        config = json.dumps(keras.saving.serialize_keras_object(value))
        if isinstance(value, keras.layers.Layer):
            weights = value.get_weights() if value.built else []
        return _new_keras_object, (config, weights)


def _new_keras_object(config: str, weights: list) -> Any:
    import keras

    value = keras.saving.deserialize_keras_object(json.loads(config), safe_mode=False)
    if weights:
        value.set_weights(weights)
    return value


def _is_whole(value: Any) -> bool:
    return _is_kind("optimizers.Optimizer", value) or _is_kind("losses.Loss", value)


def _is_kind(name: str, value: Any) -> bool:
    """Return whether `value` is of a class of Keras's, which nobody need have imported."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(value, attrgetter(name)(keras))
