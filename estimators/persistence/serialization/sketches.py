"""Networks whose variables have shapes and no values, so that large ones cost no memory.

What a file says of a network is compared with the weights that it brings before either is made.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
from keras.src.backend.common import global_state

from estimators.persistence.archive import ModelFileError
from estimators.persistence.serialization.keras_names import has_variables
from estimators.persistence.serialization.trusted import Known

_WAITING = "uninitialized_variables"
_FEW = 1 << 20


@contextmanager
def without_values() -> Iterator[None]:
    """Let Keras make variables that have a shape and never a value."""
    waiting = global_state.get_global_attribute(_WAITING, [])
    # Keras would fill those of this list in when any other scope ends.
    global_state.set_global_attribute(_WAITING, [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(_WAITING, waiting)


def check_sketch(config: Any, shapes: Sequence[tuple[int, ...]] | None, known: Known) -> None:
    """Raise where a Keras object would have other weights than those that come with it.

    Parameters
    ----------
    config : object
        Checked already.
    shapes : sequence of tuple of int, or None
        Of the weights; None where it comes without.
    known : Known
    """
    if known.has_trusted or not has_variables(config):
        return
    with without_values():
        sketch = keras.saving.deserialize_keras_object(_uncompiled(config), safe_mode=True)
    there = [tuple(weight.shape) for weight in getattr(sketch, "weights", sketch.variables)]
    is_small = sum(map(math.prod, there)) <= max(known.size, _FEW)
    if there != shapes if shapes is not None else not is_small:
        raise ModelFileError(
            f"The file holds a {type(sketch).__name__} whose weights have other shapes than those "
            "that come with it."
        )


def _uncompiled(config: Any) -> Any:
    """Return a configuration without optimizers, whose variables have values from the start."""
    if isinstance(config, dict):
        return {n: _uncompiled(item) for n, item in config.items() if n != "compile_config"}
    return [_uncompiled(item) for item in config] if isinstance(config, list | tuple) else config
