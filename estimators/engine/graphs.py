"""Traced graphs: what TensorFlow keeps of them for ever, and what of that can be let go.

XLA's executable of a graph and the body that it was compiled from stay until the process ends;
TensorFlow has no way to drop them. All else goes with the graph's owner.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import tensorflow as tf

try:  # There is no public way to any of these; without them more memory is kept.
    from tensorflow.python.eager import context as _context
    from tensorflow.python.framework import func_graph as _func_graph
    from tensorflow.python.framework import ops as _ops
    from tensorflow.python.util import tf_stack as _tf_stack
except ImportError:
    _context = _func_graph = _ops = _tf_stack = None

_PACKAGE = str(Path(__file__).parents[1])


@contextmanager
def short_stacks(*kept: str) -> Iterator[None]:
    """Let operations made meanwhile remember the user's files alone, and the files `kept`.

    TensorFlow keeps the stack of every operation that XLA compiles: 80 frames, most of them
    Keras's, 4 MB a network of three layers.
    """
    with _filter(kept):
        yield


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
    for function in list(graph._functions.values()):
        inner = getattr(function, "_cached_graph", None)
        if inner is not None:
            _dismantle(inner)
    for operation in graph.get_operations():
        # No gradient will be asked of these again.
        if operation.type == "IdentityN" and "_gradient_op_type" in operation.node_def.attr:
            name = operation.get_attr("_gradient_op_type").decode()
            if name.startswith("CustomGradient-"):
                _ops.gradient_registry._registry.pop(name, None)
    _func_graph.dismantle_func_graph(graph)


def _filter(kept: tuple[str, ...]):
    try:
        stacks = _short_stacks(kept)
        # XLA takes the last frame of a stack without asking whether there is one.
        with tf.Graph().as_default(), stacks:
            is_safe = len(tf.constant(0).op.traceback or ()) > 0
    except (AttributeError, TypeError):
        is_safe = False
    return _short_stacks(kept) if is_safe else nullcontext()


def _short_stacks(kept: tuple[str, ...]):
    # TensorFlow cuts the innermost frames off by their number, after it has filtered them.
    kept = {__file__, _ops.__file__, _tf_stack.__file__, *kept}
    places = (_PACKAGE, *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    hidden = frozenset(
        file for file in files if file and file.startswith(places) and file not in kept
    )

    class ShortStacks(_tf_stack.StackTraceFilter):
        def get_filtered_filenames(self) -> frozenset[str]:
            return hidden | self.parent.get_filtered_filenames()

    return ShortStacks()
