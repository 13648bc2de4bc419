"""A function compiled once for every combination of shapes, without TensorFlow's dispatch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import ismethod
from typing import Any
from weakref import WeakMethod

import tensorflow as tf

from estimators.engine.compiled import program_cache
from estimators.engine.compiled.direct_calls import DirectCall
from estimators.engine.compiled.direct_gradients import direct_gradients
from estimators.engine.compiled.function_names import label_of, traced_by_name
from estimators.engine.compiled.graphs import let_go, trace
from estimators.engine.compiled.loader_messages import without_loader_messages
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
    label : str, optional
        What tells it from others in any process, by which later ones find its programs on disk.
    """

    def __init__(self, function: Callable, *, jit_compile: bool, label: str = "") -> None:
        self._graphs: dict[tuple, Callable] = {}
        self._uncalled: set[int] = set()
        self._label = label
        self._jit_compile = jit_compile
        called = _weakly(function) if ismethod(function) else function
        self._function = tf.function(called, jit_compile=jit_compile, autograph=False)

    def __call__(self, *arguments: Any) -> Any:
        """Return what `function` returns."""
        graph = self.graph(arguments)
        return self.call(graph, arguments, graph.captured_inputs)

    def call(self, graph: Callable, arguments: tuple, captured: Sequence[tf.Tensor]) -> Any:
        """Return what `graph`, one of these, returns with what it captured or others like that."""
        return self.call_flat(graph, tf.nest.flatten(arguments), captured)

    def call_flat(
        self, graph: Callable, arguments: list[tf.Tensor], captured: Sequence[tf.Tensor]
    ) -> Any:
        """Return what `call` does, for flat arguments."""
        # Called by its name, a graph looks at every argument anew: twice the time of small ones.
        if id(graph) not in self._uncalled:
            return graph._call_flat(arguments, captured)
        with without_loader_messages():
            returned = graph._call_flat(arguments, captured)
        self._uncalled.discard(id(graph))
        return returned

    def direct(self, arguments: tuple, held_count: int) -> DirectCall:
        """Return a quick call of the graph for arguments like these, the first of them these."""
        graph = self.graph(arguments)
        held = tf.nest.flatten(arguments[:held_count])
        return DirectCall(graph, held, partial(self._call_usually, graph))

    def _call_usually(self, graph: Callable, arguments: list[tf.Tensor]) -> Any:
        return self.call_flat(graph, arguments, graph.captured_inputs)

    def graph(self, arguments: tuple) -> Callable:
        """Return the graph for arguments of these shapes, made now if it is new."""
        key = tuple((t.dtype, tuple(t.shape)) for t in tf.nest.flatten(arguments))
        graph = self._graphs.get(key)
        if graph is None:
            if self._jit_compile:
                check_memory_maps()
                program_cache.begin()
            with _tracing:
                graph = self._graphs.get(key)
                if graph is None:
                    graph = self._traced(arguments, key)
                    self._uncalled.add(id(graph))
                    self._graphs[key] = graph
        return graph

    def _traced(self, arguments: tuple, key: tuple) -> Callable:
        make = partial(trace, self._function, arguments)
        if not self._jit_compile:
            return make()
        with direct_gradients():
            if not self._label:
                return make()
            return traced_by_name(make, label_of((self._label, repr(key))))

    def __del__(self) -> None:
        for graph in self._graphs.values():
            let_go(graph)


class OnOtherVariables:
    """Calls the graphs of a `Compiled` with other variables of the same shapes.

    So that two threads train at once, each on variables of its own, by one compiled program.

    Parameters
    ----------
    compiled : Compiled
    function : callable
        The function of `compiled`, on the other variables; compiled by itself where its graph
        holds a variable that has no counterpart.
    handles : mapping of int to tensor
        By the ``id`` of the handle of a variable, that of the variable in its place.
    jit_compile : bool
        Whether XLA compiles `function`.
    """

    def __init__(
        self,
        compiled: Compiled,
        function: Callable,
        handles: Mapping[int, tf.Tensor],
        *,
        jit_compile: bool,
    ) -> None:
        self._compiled = compiled
        self._handles = handles
        self._own = Compiled(function, jit_compile=jit_compile)
        self._captured: dict[int, list[tf.Tensor] | None] = {}

    def __call__(self, *arguments: Any) -> Any:
        """Return what `function` returns."""
        graph = self._compiled.graph(arguments)
        if id(graph) not in self._captured:
            self._captured[id(graph)] = self._captured_by(graph)
        captured = self._captured[id(graph)]
        if captured is None:
            return self._own(*arguments)
        return self._compiled.call(graph, arguments, captured)

    def _captured_by(self, graph: Callable) -> list[tf.Tensor] | None:
        if any(id(variable.handle) not in self._handles for variable in graph.variables):
            return None
        return [self._handles.get(id(tensor), tensor) for tensor in graph.captured_inputs]


def _weakly(method: Callable) -> Callable:
    reference = WeakMethod(method)
    return lambda *arguments: reference()(*arguments)
