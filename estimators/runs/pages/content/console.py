"""What a run printed, as it would stand in a terminal, in a bounded number of characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES, TAIL_BYTES = 40_000, 160_000
_LONGEST = 2_000
# Colours and cursor movements, titles of windows, alphabets, and other bytes that print nothing.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]+[0-~]|\x1b[@-_]"
)
_CONTROLS = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Console:
    """The beginning and the end of a run's output.

    Attributes
    ----------
    head, tail : str
        The tail is empty where the head is everything.
    size : int
        Bytes of the whole output.
    omitted : int
        Bytes between head and tail.
    """

    head: str = ""
    tail: str = ""
    size: int = 0
    omitted: int = 0


def read_console(path: Path, head: int = HEAD_BYTES, tail: int = TAIL_BYTES) -> Console:
    """Read a log, of a long one only its beginning and its end.

    Parameters
    ----------
    path : Path
    head, tail : int
        So many bytes of each.

    Returns
    -------
    Console
        Empty where there is no such file.
    """
    try:
        with path.open("rb") as file:
            whole = file.seek(0, 2)
            file.seek(0)
            if whole <= head + tail:
                return Console(as_shown(_decode(file.read())), size=whole)
            first = file.read(head)
            file.seek(whole - tail)
            last = file.read(tail)
    except OSError:
        return Console()
    # Both parts end and begin with whole lines where there are any.
    first = first[: first.rfind(b"\n") + 1] or first
    last = last[last.find(b"\n", 0, tail // 2) + 1 :]
    omitted = whole - len(first) - len(last)
    return Console(as_shown(_decode(first)), as_shown(_decode(last)), whole, omitted)


def as_shown(text: str) -> str:
    r"""Return text as a terminal leaves it: bars overwritten in place, no colours, no endless line.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> from estimators.runs.pages.content.console import as_shown
    >>> as_shown("\x1b[32m 1/2\x1b[0m\r 2/2 done\nbye")
    ' 2/2 done\nbye'
    """
    text = _ESCAPES.sub("", text).replace("\r\n", "\n")
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    if "\r" in line or "\b" in line:
        parts = [part for part in re.split(r"\r|\x08+", line) if part.strip()]
        line = parts[-1] if parts else ""
    line = _CONTROLS.sub("", line)
    if len(line) > _LONGEST:
        return f"{line[:_LONGEST]} … {len(line) - _LONGEST:,} more characters"
    return line


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
