"""Hashable descriptions of parameters: equal for equal settings, so that programs are shared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping
from functools import partial, singledispatch
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

import numpy as np


@singledispatch
def key_of(value: object, within: tuple[int, ...] = ()) -> Hashable:
    """Return a hashable key of a parameter: for an object its class and what it holds.

    Parameters
    ----------
    value : object
        A number, string, container of these, array, Keras object, function or anything else.
    within : tuple of int
        Objects that hold `value`, by their ids.

    Returns
    -------
    hashable
    """
    if isinstance(value, type | FunctionType | BuiltinFunctionType | ModuleType):
        return value
    if hasattr(value, "get_config"):
        return config_key(value)
    is_told_by_content = hasattr(value, "__dict__") and type(value).__hash__ is object.__hash__
    return content_key(value, within) if is_told_by_content or _is_unhashable(value) else value


def config_key(value: object) -> Hashable:
    """Return a key of a Keras object's class and its configuration."""
    # Keras numbers unnamed objects; the number says nothing about what they do.
    config = {name: item for name, item in value.get_config().items() if name != "name"}
    return type(value), json.dumps(config, sort_keys=True, default=repr)


def content_key(value: object, within: tuple[int, ...] = ()) -> Hashable:
    """Return a key of an object's class and its attributes, whatever it says of itself."""
    if id(value) in within:
        return "itself"
    if not hasattr(value, "__dict__"):
        return object()  # like nothing else
    within = (*within, id(value))
    return type(value), tuple(
        (name, key_of(item, within)) for name, item in vars(value).items() if name != "name"
    )


def _is_unhashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return True
    return False


@key_of.register
def _(value: Mapping, within: tuple[int, ...] = ()) -> Hashable:
    return tuple((key_of(name, within), key_of(item, within)) for name, item in value.items())


@key_of.register(list)
@key_of.register(tuple)
def _(value: list | tuple, within: tuple[int, ...] = ()) -> Hashable:
    return tuple(key_of(item, within) for item in value)


@key_of.register(set)
@key_of.register(frozenset)
def _(value: set | frozenset, within: tuple[int, ...] = ()) -> Hashable:
    return frozenset(key_of(item, within) for item in value)


@key_of.register
def _(value: np.ndarray, within: tuple[int, ...] = ()) -> Hashable:
    if value.dtype.hasobject:
        return value.shape, key_of(value.ravel().tolist(), within)
    digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
    return value.shape, value.dtype.str, digest


@key_of.register
def _(value: MethodType, within: tuple[int, ...] = ()) -> Hashable:
    return value.__func__, key_of(value.__self__, within)


@key_of.register
def _(value: partial, within: tuple[int, ...] = ()) -> Hashable:
    return key_of(value.func, within), key_of(value.args, within), key_of(value.keywords, within)
