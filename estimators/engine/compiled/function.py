"""A function compiled once for every combination of shapes, without TensorFlow's dispatch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import tensorflow as tf

_tracing = threading.RLock()


class Compiled:
    """Calls `function` as a graph of its own for each combination of shapes and dtypes.

    Looking the graph up here takes a third of the time that ``tf.function`` takes, and spares the
    user TensorFlow's warnings about retracing, which the coarse sizes of rows keep rare.

    Parameters
    ----------
    function : callable
        Takes and returns nested tensors.
    jit_compile : bool
        Whether XLA compiles it.
    """

    def __init__(self, function: Callable, *, jit_compile: bool) -> None:
        self._function = tf.function(function, jit_compile=jit_compile, autograph=False)
        self._graphs: dict[tuple, Callable] = {}

    def __call__(self, *arguments: Any) -> Any:
        """Return what `function` returns."""
        key = tuple((t.dtype, tuple(t.shape)) for t in tf.nest.flatten(arguments))
        graph = self._graphs.get(key)
        if graph is None:
            with _tracing:
                graph = self._graphs[key] = self._function.get_concrete_function(*arguments)
        return graph(*arguments)
