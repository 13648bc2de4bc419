"""Keras objects within an estimator on their way through copies and pickles.

By themselves they pickle as an archive that holds the hour and only their configuration.
"""

from __future__ import annotations

import sys
from copy import copy
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
        without = copy(self)
        optimizers = {
            name: value
            for name, value in self.get_params(deep=False).items()
            if _is_optimizer(value)
        }
        vars(without).update(dict.fromkeys(optimizers))
        cloned = super(ReproduciblePickles, without).__sklearn_clone__()
        for name, optimizer in optimizers.items():
            from estimators.engine.optimizers import copy_optimizer

            setattr(cloned, name, copy_optimizer(optimizer))
        return cloned


class _KerasObject:
    """A layer, network, loss or metric on its way."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __reduce__(self) -> tuple:
        import keras

        value, weights = self._value, []
        config = keras.saving.serialize_keras_object(value)
        if isinstance(value, keras.layers.Layer):
            weights = value.get_weights() if value.built else []
        return _new_keras_object, (config, weights)


def _new_keras_object(config: dict[str, Any], weights: list) -> Any:
    import keras

    value = keras.saving.deserialize_keras_object(config, safe_mode=False)
    if weights:
        value.set_weights(weights)
    return value


def _on_its_way(value: Any) -> Any:
    """Return `value` with what Keras would pickle by itself replaced."""
    if isinstance(value, dict):
        return {name: _on_its_way(item) for name, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_on_its_way, value))
    if _is_optimizer(value):
        from estimators.engine.optimizers import WholeOptimizer

        return WholeOptimizer(value)
    return _KerasObject(value) if _is_keras_object(value) else value


def _is_optimizer(value: Any) -> bool:
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(value, keras.optimizers.Optimizer)


def _is_keras_object(value: Any) -> bool:
    keras = sys.modules.get("keras")
    kinds = keras and (keras.layers.Layer, keras.losses.Loss, keras.metrics.Metric)
    return keras is not None and isinstance(value, kinds)
