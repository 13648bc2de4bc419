"""What a saved object of one class may consist of, and whether one is such an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from estimators.persistence.serialization.attribute_types import fits


@dataclass(frozen=True)
class Schema:
    """What a saved object of one class may consist of.

    Parameters
    ----------
    types : mapping of str to type
        By attribute, what it may be; others are none of the file's business.
    needed : collection of str
        Attributes without which there is no such object.
    agrees : callable
        Whether attributes that each are right fit together; called on the object.
    made_again : collection of str
        Attributes that are left out and ignored, since they follow from others.
    rebuild : callable, optional
        Makes the object of its attributes where it has to be derived from them.
    """

    types: Mapping[str, Any]
    needed: frozenset[str] = frozenset()
    agrees: Callable[[Any], bool] = lambda value: True
    made_again: frozenset[str] = field(default=frozenset())
    rebuild: Callable[[Mapping[str, Any]], Any] | None = None


def schema(
    types: Mapping[str, Any],
    *,
    optional: Mapping[str, Any] | None = None,
    agrees: Callable[[Any], bool] = lambda value: True,
    made_again: tuple[str, ...] = (),
    rebuild: Callable[[Mapping[str, Any]], Any] | None = None,
) -> Schema:
    """Return a schema with attributes that every object has, and others that some have."""
    return Schema(
        {**types, **(optional or {})},
        frozenset(types),
        agrees,
        frozenset(made_again),
        rebuild,
    )


def misfit_of(value: Any, state: Mapping[str, Any], known: Schema, size: int) -> str | None:
    """Return what is wrong with an object of these attributes, None where nothing is.

    Parameters
    ----------
    value : object
        Whose class says what an attribute is that `state` lacks.
    state : mapping of str to object
    known : Schema
    size : int
        Bytes of the file.
    """
    for name, item in state.items():
        if name not in known.types:
            return f"has an attribute {name!r}, which no {type(value).__name__} has"
        if not fits(item, known.types[name], size):
            return f"has an attribute {name!r} that is no such {type(item).__name__}"
    for name in known.needed:
        if name not in state and not hasattr(type(value), name):
            return f"lacks {name!r}"
    return None
