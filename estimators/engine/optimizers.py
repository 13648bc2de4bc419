"""Optimizers as values: copied whole, compared whole, with what their configuration leaves out."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Hashable, Iterator, Mapping
from functools import cache
from numbers import Real
from operator import itemgetter
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import keras
import numpy as np

from estimators.engine.compiled.keras_keys import beyond_config, differing
from estimators.engine.compiled.keys import key_of
from estimators.engine.compiled.rates import decay_in_program

Optimizer = keras.optimizers.Optimizer


class OwnMethod(NamedTuple):
    """Stands for a method of the optimizer itself, among its settings."""

    name: str


def copy_optimizer(optimizer: Optimizer, learning_rate: Any = None) -> Optimizer:
    """Return an optimizer that does what `optimizer` would do, and has not trained yet.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Of any class; neither its constructor nor its configuration is asked.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, optional
        Replaces the optimizer's own.

    Raises
    ------
    ValueError
        Where it holds what cannot be copied, or has no learning rate of its own to replace.
    """
    if learning_rate is not None and not hasattr(optimizer, "learning_rate"):
        raise ValueError(
            f"learning_rate cannot replace those of a {type(optimizer).__name__}; give them to the "
            "optimizers within it."
        )
    try:
        return copy.deepcopy(WholeOptimizer(optimizer, learning_rate))
    except TypeError as error:
        raise ValueError(
            f"The optimizer {type(optimizer).__name__} holds something that cannot be copied "
            f"({error}); leave it out of its attributes."
        ) from error


def learning_rate_of(optimizer: Optimizer) -> float | None:
    """Return the learning rate, None for a schedule or where there are several."""
    rate = getattr(optimizer, "learning_rate", None)
    return float(rate.numpy()) if isinstance(rate, keras.Variable) else None


def optimizer_key(optimizer: Optimizer) -> Hashable:
    """Return what two optimizers must agree in to train alike, whatever their learning rates."""
    return _key_of(optimizer, {})


def program_key(optimizer: Optimizer) -> Hashable:
    """Return what two optimizers must agree in to train by one program, whatever their rates."""
    return _key_of(optimizer, decay_in_program(optimizer))


def _key_of(optimizer: Optimizer, instead: Mapping[str, Any]) -> Hashable:
    settings = settings_of(optimizer) | _schedule_of(optimizer) | instead
    return type(optimizer), key_of(dict(sorted(settings.items(), key=itemgetter(0))))


def settings_of(optimizer: Optimizer) -> dict[str, Any]:
    """Return all that an optimizer knows beside its learning rate, its name and its slots.

    Raises
    ------
    ValueError
        Where variables of one network are meant, which no other network has.
    """
    if getattr(optimizer, "_exclude_from_weight_decay", None):
        raise ValueError(
            "optimizer excludes variables of one network from weight decay, and the network that "
            "is trained has variables of its own; name them instead: "
            "exclude_from_weight_decay(var_names=['bias'])."
        )
    return {
        name: OwnMethod(value.__name__)
        if inspect.ismethod(value) and value.__self__ is optimizer
        else _untracked(value)
        for name, value in vars(optimizer).items()
        if name not in _bookkeeping()
        and not name.startswith("_self_")
        # Slots: they are made again for the variables of the next network.
        and not (optimizer.built and any(isinstance(v, keras.Variable) for v in _parts_of(value)))
    }


@beyond_config.register
def _(optimizer: Optimizer) -> dict[str, Any]:
    twin = type(optimizer).from_config(optimizer.get_config())
    return differing(*(settings_of(o) | _schedule_of(o) for o in (optimizer, twin)))


def _schedule_of(optimizer: Optimizer) -> dict[str, Any]:
    own = optimizer._learning_rate
    return {} if isinstance(own, keras.Variable) else {"_learning_rate": own}


class WholeOptimizer:
    """An optimizer on its way through a copy or a pickle, at whose end it is an optimizer again.

    Keras's own way asks the configuration, and writes down the hour.
    """

    def __init__(self, optimizer: Optimizer, learning_rate: Any = None) -> None:
        self._optimizer = optimizer
        self._rate = learning_rate

    def __reduce__(self) -> tuple:
        optimizer, settings = self._optimizer, settings_of(self._optimizer)
        own, given = optimizer._learning_rate, self._rate
        rate = float(own.numpy()) if isinstance(own, keras.Variable) else own
        parts = {id(part): _on_its_way(part) for part in _parts_of(settings)}
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            parts[id(optimizer.inner_optimizer)] = WholeOptimizer(optimizer.inner_optimizer, given)
        elif given is not None:
            rate = float(given) if isinstance(given, Real) else given
        # Keras numbers what has no name of its own.
        name = None if _is_numbered(optimizer) else optimizer.name
        return _new_optimizer, (type(optimizer), name, rate, copy.deepcopy(settings, parts))


def _new_optimizer(
    cls: type[Optimizer], name: str | None, learning_rate: Any, settings: Mapping[str, Any]
) -> Optimizer:
    optimizer = cls.__new__(cls)
    Optimizer.__init__(optimizer, learning_rate, name=name)
    for attribute, value in settings.items():
        is_own = isinstance(value, OwnMethod)
        setattr(optimizer, attribute, getattr(optimizer, value.name) if is_own else value)
    return optimizer


class _WholeVariable:
    """A variable that an optimizer of somebody's own had from the beginning, on its way."""

    def __init__(self, variable: keras.Variable) -> None:
        self._variable = variable

    def __reduce__(self) -> tuple:
        v = self._variable
        return _new_variable, (v.numpy(), v.dtype, v.trainable, v.name)


def _new_variable(value: np.ndarray, dtype: str, trainable: bool, name: str) -> keras.Variable:
    return keras.Variable(value, dtype=dtype, trainable=trainable, name=name)


def _on_its_way(part: Optimizer | keras.Variable) -> WholeOptimizer | _WholeVariable:
    return (WholeOptimizer if isinstance(part, Optimizer) else _WholeVariable)(part)


@cache
def _bookkeeping() -> frozenset[str]:
    """Return the attributes that every optimizer has for Keras, not for its user."""
    given = {
        name
        for cls in Optimizer.__mro__
        if "__init__" in vars(cls) and cls is not object
        for name in inspect.signature(cls.__init__).parameters
    }
    return (vars(Optimizer(1.0)).keys() - given) | {"name", "_exclude_from_weight_decay_cache"}


def _untracked(value: Any) -> Any:
    """Return a container as it was before Keras put another in its place to watch it."""
    if not type(value).__module__.startswith(("keras.", "tensorflow.")):
        return value
    for kind in (list, set):
        if isinstance(value, kind):
            return kind(map(_untracked, value))
    if isinstance(value, dict):
        return {name: _untracked(item) for name, item in value.items()}
    return value


def _parts_of(value: Any, seen: set[int] | None = None) -> Iterator[Optimizer | keras.Variable]:
    """Yield the optimizers and variables that are to be found within `value`."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, _WITHOUT_PARTS):
        return
    seen.add(id(value))
    if isinstance(value, Optimizer | keras.Variable):
        yield value
        return
    if isinstance(value, Mapping):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner = list(value)
    else:
        inner = list(getattr(value, "__dict__", {}).values())
    for item in inner:
        yield from _parts_of(item, seen)


_WITHOUT_PARTS = (str, bytes, int, float, type(None), np.ndarray, type, ModuleType, FunctionType)


@key_of.register
def _(value: Optimizer, within: tuple[int, ...] = ()) -> Hashable:
    return learning_rate_of(value), optimizer_key(value)


def _is_numbered(optimizer: Optimizer) -> bool:
    plain = re.sub(r"_\d+$", "", optimizer.name).replace("_", "")
    return plain == type(optimizer).__name__.replace("_", "").lower()
