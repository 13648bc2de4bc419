"""Whether a value is what its attribute may hold, in the words of Python's own type hints."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np

_SCALARS = {bool: (bool, np.bool_), int: (int, np.integer), float: (int, float, np.number)}
# Fewest that any file may count up to.
_COUNTED_ANYWAY = 1 << 20


def fits(value: Any, expected: Any, size: int) -> bool:
    """Return whether `value` is of the type `expected`.

    Parameters
    ----------
    value : object
    expected : type or type hint
        A class, a union, a `Literal`, a list, set, tuple or dict of types, or an `Annotated` type
        with conditions.
    size : int
        Bytes of the file, by which a `Count` is measured.

    Examples
    --------
    >>> fits([1, "a"], list[int | str], 0), fits(True, int, 0)
    (True, False)
    """
    origin, arguments = get_origin(expected), get_args(expected)
    if origin in (Union, UnionType):
        return any(fits(value, one, size) for one in arguments)
    if origin is Annotated:
        kind, condition = arguments
        return fits(value, kind, size) and condition(value, size)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in arguments)
    if origin is dict:
        return isinstance(value, dict) and all(
            fits(key, arguments[0], size) and fits(item, arguments[1], size)
            for key, item in value.items()
        )
    if origin is tuple and arguments[-1] is not ...:
        return (
            isinstance(value, tuple)
            and len(value) == len(arguments)
            and all(fits(item, one, size) for item, one in zip(value, arguments, strict=True))
        )
    if origin in (list, tuple, set, frozenset):
        return isinstance(value, origin) and all(fits(v, arguments[0], size) for v in value)
    if expected in _SCALARS:
        is_bool = isinstance(value, _SCALARS[bool])
        return isinstance(value, _SCALARS[expected]) and is_bool == (expected is bool)
    return isinstance(value, NoneType if expected is None else expected)


def _is_function(value: Any, size: int) -> bool:
    return callable(value) and not isinstance(value, type)


def _is_finite(value: np.ndarray, size: int) -> bool:
    return value.dtype.kind in "biu" or (
        value.dtype.kind in "fc" and bool(np.isfinite(value).all())
    )


def _is_count(value: int, size: int) -> bool:
    return 0 <= value <= max(size, _COUNTED_ANYWAY)


# What a network has no fewer weights than, so that a larger file must come with a larger count.
Count = Annotated[int, _is_count]
Finite = Annotated[np.ndarray, _is_finite]
# Decoding lets none in but Keras's own and those that are trusted.
Function = Annotated[object, _is_function]
