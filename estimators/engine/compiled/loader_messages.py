"""What TensorFlow says wrongly whenever it takes a program from disk, kept from the user's screen.

XLA calls a preference of its own compiler, to be had on every CPU with AVX-512, a feature that the
machine lacks, in a line of 2,000 letters (https://github.com/openxla/xla/issues/44565); and the
file is read as text first, which is said to have failed. There is no way to ask for less.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_KEPT_BACK = (b"cpu_aot_loader.cc:", b"parsing text-format tensorflow.XlaSerializedCacheEntry")
_STDERR = 2
_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_lock = threading.Lock()
_inside = 0
_filter: _Filter | None = None


@contextmanager
def without_loader_messages() -> Iterator[None]:
    """Pass on what the process writes to standard error, but for lines about programs on disk.

    For as long as a program is loaded. Threads may be inside at the same time.
    """
    global _inside, _filter
    if os.name != "posix" or os.environ.get(_LEVEL) == "3":
        yield
        return
    with _lock:
        _inside += 1
        if _filter is None:
            with suppress(OSError, ValueError):  # without a standard error nothing is to be kept
                _filter = _Filter()
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _filter is not None:
                _filter.end()
                _filter = None


class _Filter:
    """Stands before standard error, as a pipe that a thread reads."""

    def __init__(self) -> None:
        self._screen = os.dup(_STDERR)
        reading, writing = os.pipe()
        os.dup2(writing, _STDERR)
        os.close(writing)
        self._thread = threading.Thread(target=self._pass_on, args=(reading,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Let the process write to the screen itself again."""
        os.dup2(self._screen, _STDERR)
        # A process that was started meanwhile may hold the pipe open, and is read on.
        self._thread.join(timeout=0.5)

    def _pass_on(self, reading: int) -> None:
        with open(reading, "rb") as lines, open(self._screen, "wb", buffering=0) as screen:
            for line in lines:
                if not any(each in line for each in _KEPT_BACK):
                    screen.write(line)
