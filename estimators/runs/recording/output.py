"""What a process prints, written to a file as well while it goes on to the screen."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

__all__ = ["Copying", "silenced"]


class Copying:
    """Copies what is printed from now on to a file.

    Parameters
    ----------
    path : pathlib.Path
        Is appended to.
    """

    def __init__(self, path: Path) -> None:
        # Unbuffered: after a kill, all that was printed is there.
        self._file = path.open("ab", buffering=0)
        self._streams = {name: _Copied(getattr(sys, name), self._file) for name in _NAMES}
        for name, stream in self._streams.items():
            setattr(sys, name, stream)

    def stop(self) -> None:
        """Copy no more."""
        for name, stream in self._streams.items():
            stream.is_over = True
            # Somebody else may have put a stream on top of ours in the meantime.
            if getattr(sys, name) is stream:
                setattr(sys, name, stream.screen)
        self._file.close()


@contextmanager
def silenced() -> Iterator[None]:
    """Show nothing of what is printed inside the block.

    Examples
    --------
    >>> from estimators.runs.recording.output import silenced
    >>> with silenced():
    ...     print("heard by nobody")
    """
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
    ):
        yield


class _Copied(io.TextIOBase):
    """A stream as it was, whose text goes to a file too."""

    def __init__(self, screen: TextIO, file: io.RawIOBase) -> None:
        self.screen, self._file = screen, file
        self.is_over = False

    def write(self, text: str) -> int:
        if not self.is_over:
            self._file.write(text.encode("utf-8", "backslashreplace"))
        # A program without a console has no screen to print to.
        return self.screen.write(text) if self.screen is not None else len(text)

    def flush(self) -> None:
        if self.screen is not None:
            self.screen.flush()

    def isatty(self) -> bool:
        return self.screen is not None and self.screen.isatty()

    def fileno(self) -> int:
        return self.screen.fileno()

    @property
    def encoding(self) -> str:
        return getattr(self.screen, "encoding", "utf-8")

    @property
    def errors(self) -> str | None:
        return getattr(self.screen, "errors", None)

    @property
    def buffer(self) -> Any:
        return self.screen.buffer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.screen, name)

    def close(self) -> None:
        """Leave the screen open, whoever is done with it."""


_NAMES = ("stdout", "stderr")
