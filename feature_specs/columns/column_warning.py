"""What a spec decides or doubts of a column without stopping: told once, at the caller's line."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from traceback import walk_stack

# The caller of a pipeline or a search is whoever called scikit-learn.
_BETWEEN = ("feature_specs", "estimators", "sklearn", "joblib")
_told: ContextVar[set[str] | None] = ContextVar("told", default=None)
_MOST_NAMES = 3


class ColumnWarning(UserWarning):
    """A column is not what it seems: what is made of it, or doubted of it, and what to do.

    Examples
    --------
    >>> import warnings
    >>> from feature_specs import ColumnWarning
    >>> warnings.simplefilter("ignore", ColumnWarning)
    """


def warn_of_column(message: str) -> None:
    """Warn at the line that called the library, however deep the library is in its work.

    Parameters
    ----------
    message : str
        One sentence: which column, what is made of it, what to do if that is wrong.
    """
    told = _told.get()
    if told is not None:
        if message in told:
            return
        told.add(message)
    warnings.warn(message, ColumnWarning, stacklevel=level_of_caller())


def level_of_caller() -> int:
    """Return the ``stacklevel`` by which a function warns at the line that called the library.

    However deep the library is in its work.
    """
    outside = (
        level
        for level, (frame, _) in enumerate(walk_stack(sys._getframe(1)), start=1)
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _BETWEEN
    )
    return next(outside, 1)


@contextmanager
def told_once() -> Iterator[None]:
    """Tell the same of the same column once, however many specs read it within.

    Within another such block it is that one that counts.
    """
    if _told.get() is not None:
        yield
        return
    token = _told.set(set())
    try:
        yield
    finally:
        _told.reset(token)


def some_of(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are.

    Examples
    --------
    >>> some_of(["a", "b", "c", "d", "e"])
    "'a', 'b', 'c' and 2 more"
    """
    shown = ", ".join(map(repr, names[:_MOST_NAMES]))
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
