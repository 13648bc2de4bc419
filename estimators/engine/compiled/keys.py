"""Hashable descriptions of parameters: equal for equal settings, so that programs are shared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping

import numpy as np


def key_of(value: object) -> Hashable:
    """Return a hashable key of a parameter: its class and configuration for a Keras object.

    Parameters
    ----------
    value : object
        A number, string, container of these, array, Keras object or function.

    Returns
    -------
    hashable
    """
    if isinstance(value, Mapping):
        return tuple((name, key_of(item)) for name, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(key_of(item) for item in value)
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return value.shape, value.dtype.str, digest
    if hasattr(value, "get_config") and not isinstance(value, type):
        config = value.get_config()
        # Keras numbers unnamed objects; the number says nothing about what they do.
        config = {name: item for name, item in config.items() if name != "name"}
        return type(value), json.dumps(config, sort_keys=True, default=repr)
    return value
