"""Traced graphs: what TensorFlow keeps of them for ever, and what of that can be let go.

XLA's executable of a graph and the body that it was compiled from stay until the process ends;
TensorFlow has no way to drop them. All else goes with the graph's owner.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import sysconfig
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import tensorflow as tf

try:  # There is no public way to any of these; without them more memory is kept.
    from tensorflow.python.eager import context as _context
    from tensorflow.python.framework import func_graph as _func_graph
    from tensorflow.python.framework import ops as _ops
    from tensorflow.python.ops import control_flow_v2_func_graphs as _control_flow
    from tensorflow.python.util import tf_stack as _tf_stack
except ImportError:
    _context = _func_graph = _ops = _control_flow = _tf_stack = None

_PACKAGE = str(Path(__file__).parents[2])


def trace(function: Callable, arguments: tuple) -> Callable:
    """Return the concrete function of a ``tf.function``, its operations with short stacks.

    TensorFlow keeps the stack of every operation that XLA compiles: 80 frames, most of them
    Keras's, 4 MB a network of three layers. These hold the user's files alone.
    """
    with _short_stacks():
        return function.get_concrete_function(*arguments)


def let_go(graph: Callable) -> None:
    """Free a concrete function that nobody will call again.

    Its graphs refer to themselves where Python's collector does not see it, and
    ``tf.custom_gradient``, which every step of a Keras optimizer goes through, registers a
    closure over their tensors under a new name each time.
    """
    try:
        _dismantle(graph.graph)
    except (AttributeError, TypeError, ValueError):
        # Another version of TensorFlow, or a process that is about to end.
        return


def free_memory() -> None:
    """Collect garbage and give memory back to the system.

    The kernels that TensorFlow keeps of every operation that ran eagerly are made again when
    they are next needed: each variable ever made has one, of 60 kB.
    """
    # The graphs that the first round lets go of are garbage themselves.
    gc.collect()
    gc.collect()
    if _context is not None and hasattr(_context.Context, "clear_kernel_cache"):
        _context.context().clear_kernel_cache()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _dismantle(graph: tf.Graph) -> None:
    # Conditions and loops are the graph's own. A function that it calls, a layer's say, may have
    # other callers.
    for function in list(graph._functions.values()):
        inner = getattr(function, "_cached_graph", None)
        if isinstance(inner, _control_flow.ControlFlowFuncGraph) and inner.outer_graph is graph:
            _dismantle(inner)
    for operation in graph.get_operations():
        # No gradient will be asked of these again.
        if operation.type == "IdentityN" and "_gradient_op_type" in operation.node_def.attr:
            name = operation.get_attr("_gradient_op_type").decode()
            if name.startswith("CustomGradient-"):
                _ops.gradient_registry._registry.pop(name, None)
    _func_graph.dismantle_func_graph(graph)


def _short_stacks():
    try:
        hidden = _hidden_files()
        # XLA takes the last frame of a stack without asking whether there is one.
        with tf.Graph().as_default(), _Filter(hidden):
            is_safe = len(tf.constant(0).op.traceback or ()) > 0
        return _Filter(hidden) if is_safe else nullcontext()
    except (AttributeError, TypeError):
        return nullcontext()


@cache
def _hidden_files():
    """Return the set of files that stacks do without: one, since every stack keeps its set."""
    # TensorFlow cuts the innermost frames off by their number, after it has filtered them.
    kept = {__file__, _ops.__file__, _tf_stack.__file__}
    places = (_PACKAGE, *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    hidden = _tf_stack._tf_stack.PyBindFileSet()
    hidden.update_to({f for f in files if f and f.startswith(places) and f not in kept})
    return hidden


class _Filter(getattr(_tf_stack, "StackTraceFilter", nullcontext)):
    """Hides files from the stacks of operations that this thread makes."""

    def __init__(self, hidden: object) -> None:
        self.internal_set = hidden

    def update(self) -> None:
        """Leave the set as it is."""

    def get_filtered_filenames(self) -> frozenset[str]:
        """Return what filters inside this one add to; they are TensorFlow's own and few."""
        return frozenset()
