"""What a spec decides or doubts of a column without stopping: told once, at the caller's line."""

from __future__ import annotations

import sys
import warnings
from traceback import walk_stack

_OURS = ("feature_specs", "estimators")


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
    outside = (
        level
        for level, (frame, _) in enumerate(walk_stack(sys._getframe()), start=1)
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _OURS
    )
    warnings.warn(message, ColumnWarning, stacklevel=next(outside, 1))
