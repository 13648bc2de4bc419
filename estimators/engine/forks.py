"""Forked processes: TensorFlow's threads stay behind, so what waits for them waits for ever."""

from __future__ import annotations

import os
import sys

_is_lost = False


def check_not_forked() -> None:
    """Raise RuntimeError in a process that was forked from one in which TensorFlow was running."""
    if _is_lost:
        raise RuntimeError(
            "This process was forked from one in which TensorFlow was already running, and "
            "TensorFlow would hang in it; start processes by 'spawn' or 'forkserver' "
            "(multiprocessing.get_context('spawn')), use joblib's backend 'loky', or fork before "
            "anything is fitted."
        )


def _look_back() -> None:
    global _is_lost
    # There is no public way to ask; the import alone starts nothing.
    context = getattr(sys.modules.get("tensorflow.python.eager.context"), "_context", None)
    _is_lost = bool(getattr(context, "_initialized", False))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_look_back)
