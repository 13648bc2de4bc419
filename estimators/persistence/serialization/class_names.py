"""What files call our classes: by package and class, wherever their modules are or were."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Any

import keras
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import LabelEncoder

from estimators.persistence.checkpoints import Checkpoints

_OURS = ("estimators", "feature_specs")
# Rooms of the house that no fitted estimator lives in.
_ELSEWHERE = ("estimators.datasets", "estimators.persistence", "estimators.runs")
# Plain enough for their attributes to be written as they are.
_BORROWED = (FrozenEstimator, LabelEncoder)
# What classes were called in files of earlier versions.
_RENAMED = {"estimators.Session": "estimators.TrainedNetwork"}


def own_class(name: str) -> type | None:
    """Return the class of this library that a file calls `name`, None where there is none."""
    return _own_classes().get(_identity(name))


def class_name(cls: type) -> str:
    """Return what a file calls a class: ours by package and class, wherever its module is."""
    name = name_of(cls)
    return _identity(name) if _own_classes().get(_identity(name)) is cls else name


def name_of(value: Any) -> str:
    """Return the full name of a class or function."""
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def is_ours(value: Any) -> bool:
    """Return whether `value` is written by its attributes: our classes and Keras's callbacks."""
    if isinstance(value, keras.callbacks.Callback):
        return True
    own = _own_classes()
    return any(own.get(_identity(name_of(cls))) is cls for cls in type(value).__mro__)


@cache
def _own_classes() -> dict[str, type]:
    """Return the classes of this library, and the plain ones it borrows, by their names."""
    classes = {_identity(name_of(cls)): cls for cls in (*_BORROWED, Checkpoints)}
    for package in _OURS:
        for module in _modules(package):
            for cls in vars(module).values():
                if inspect.isclass(cls) and cls.__module__.partition(".")[0] in _OURS:
                    classes[_identity(name_of(cls))] = cls
    return classes


def _identity(name: str) -> str:
    package, _, rest = name.partition(".")
    if package not in _OURS:
        return name
    short = f"{package}.{rest.rpartition('.')[2]}"
    return _RENAMED.get(short, short)


def _modules(package: str) -> Iterator[Any]:
    root = importlib.import_module(package)
    for found in pkgutil.iter_modules(root.__path__, f"{package}."):
        if found.name in _ELSEWHERE:
            continue
        yield from _modules(found.name) if found.ispkg else [importlib.import_module(found.name)]
