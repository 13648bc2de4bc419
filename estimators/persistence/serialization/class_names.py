"""What files call our classes: by package and class, wherever their modules are or were."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras

_OURS = ("estimators", "feature_specs")
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
    """Return whether `value` is written by its attributes.

    That is so for the classes that a file may hold, for others' subclasses of ours, and for Keras's
    callbacks.
    """
    cls = type(value)
    if isinstance(value, keras.callbacks.Callback) or cls in _own_classes().values():
        return True
    return not _is_of_house(cls) and any(map(_is_of_house, cls.__mro__))


def _is_of_house(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in _OURS


@cache
def _own_classes() -> dict[str, type]:
    """Return the classes that a file may hold, by their names."""
    from estimators.persistence.serialization.schemas import TUPLES, schemas

    return {_identity(name_of(cls)): cls for cls in (*schemas(), *TUPLES)}


def _identity(name: str) -> str:
    package, _, rest = name.partition(".")
    if package not in _OURS:
        return name
    short = f"{package}.{rest.rpartition('.')[2]}"
    return _RENAMED.get(short, short)
