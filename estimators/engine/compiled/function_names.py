"""Names of traced functions that say what they compute, where TensorFlow counts all that it made.

XLA finds a program on disk by the names within it, too: counted ones differ as soon as a process
has made one thing more before.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from types import BuiltinFunctionType, FunctionType

try:  # There is no public way to any of these; without them fewer programs are found on disk.
    from keras.src.backend.common import global_state as _keras_state
    from tensorflow.python.eager.polymorphic_function import concrete_function as _concrete
    from tensorflow.python.ops import control_flow_util_v2 as _control_flow

    _concrete._inference_name, _control_flow.unique_fn_name  # noqa: B018  there they are
except (ImportError, AttributeError):
    _keras_state = _concrete = _control_flow = None

_KERAS_COUNTS = "object_name_uids"
_used: set[str] = set()


def label_of(key: Hashable) -> str:
    """Return a text that stands for a key of `keys.key_of` in every process alike.

    Two keys that differ may have one label, as those of two functions of one name.
    """
    return hashlib.sha256(_told(key).encode()).hexdigest()


def _told(key: Hashable) -> str:
    if isinstance(key, tuple):
        return f"({','.join(map(_told, key))})"
    if isinstance(key, frozenset):
        return f"{{{','.join(sorted(map(_told, key)))}}}"
    if isinstance(key, type | FunctionType | BuiltinFunctionType):
        return f"{key.__module__}.{key.__qualname__}"
    if isinstance(key, str | bytes | int | float | complex | None):
        return repr(key)
    held = [getattr(key, f.name) for f in fields(key)] if is_dataclass(key) else ()
    return f"{type(key).__module__}.{type(key).__qualname__}{_told(tuple(held))}"


def traced_by_name(trace: Callable[[], Callable], name: str) -> Callable:
    """Return what `trace` returns, its functions called by `name` where nothing ever was before.

    XLA takes what it has compiled of a name for whatever is called so later, in one process.

    Parameters
    ----------
    trace : callable
        Returns a concrete function. Nobody else may trace by a name meanwhile.
    name : str
    """
    if _concrete is None or name in _used:
        return trace()
    _used.add(name)
    with _called(name):
        return trace()


@contextmanager
def _called(name: str) -> Iterator[None]:
    """Let the functions that this thread traces be called by `name` and counted from 1."""
    thread, count = threading.get_ident(), 0
    inference, inner = _concrete._inference_name, _control_flow.unique_fn_name

    def numbered(prefix: str) -> str:
        nonlocal count
        count += 1
        return f"{prefix}_{name}_{count}".replace("/", "_")

    def inference_name(given: str) -> str:
        is_own = threading.get_ident() == thread
        return numbered("__inference") if is_own else inference(given)

    def inner_name(scope: str, given: str) -> str:
        is_own = threading.get_ident() == thread
        return numbered(f"{scope}{given}") if is_own else inner(scope, given)

    _concrete._inference_name, _control_flow.unique_fn_name = inference_name, inner_name
    try:
        yield
    finally:
        _concrete._inference_name, _control_flow.unique_fn_name = inference, inner


@contextmanager
def keras_names_from_the_start() -> Iterator[None]:
    """Let Keras count the layers that this thread makes from 1, and then go on where it was."""
    if _keras_state is None:
        yield
        return
    before = _keras_state.get_global_attribute(_KERAS_COUNTS)
    _keras_state.set_global_attribute(_KERAS_COUNTS, None)
    try:
        yield
    finally:
        _keras_state.set_global_attribute(_KERAS_COUNTS, before)
