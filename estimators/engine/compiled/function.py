"""A function compiled once for every combination of shapes, without TensorFlow's dispatch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from inspect import ismethod
from typing import Any
from weakref import WeakMethod

import tensorflow as tf

from estimators.engine.compiled.graphs import let_go, trace
from estimators.engine.compiled.memory_maps import check_memory_maps

_tracing = threading.RLock()


class Compiled:
    """Calls `function` as a graph of its own for each combination of shapes and dtypes.

    Looking the graph up here takes a third of the time that ``tf.function`` takes, and spares the
    user TensorFlow's warnings about retracing, which the coarse sizes of rows keep rare. The
    graphs are freed with the object.

    Parameters
    ----------
    function : callable
        Takes and returns nested tensors. Of a method the object is not kept alive: it is the
        one to own this, and so goes as soon as nobody needs it.
    jit_compile : bool
        Whether XLA compiles it.
    """

    def __init__(self, function: Callable, *, jit_compile: bool) -> None:
        self._graphs: dict[tuple, Callable] = {}
        self._jit_compile = jit_compile
        called = _weakly(function) if ismethod(function) else function
        self._function = tf.function(called, jit_compile=jit_compile, autograph=False)

    def __call__(self, *arguments: Any) -> Any:
        """Return what `function` returns."""
        key = tuple((t.dtype, tuple(t.shape)) for t in tf.nest.flatten(arguments))
        graph = self._graphs.get(key)
        if graph is None:
            if self._jit_compile:
                check_memory_maps()
            with _tracing:
                graph = self._graphs[key] = trace(self._function, arguments)
        return graph(*arguments)

    def __del__(self) -> None:
        for graph in self._graphs.values():
            let_go(graph)


def _weakly(method: Callable) -> Callable:
    reference = WeakMethod(method)
    return lambda *arguments: reference()(*arguments)
