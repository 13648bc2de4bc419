"""What to say about a column that is not there: the sentence every module uses."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None when none is alike.

    Examples
    --------
    >>> nearest_name("agee", ["age", "fare"])
    'age'
    >>> nearest_name("tax", ["age", "fare"]) is None
    True
    """
    lowered = {known_name.lower(): known_name for known_name in known}
    matches = get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return lowered[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of an error message: the nearest known name, or the known names.

    Examples
    --------
    >>> did_you_mean("agee", ["age", "fare"])
    "did you mean 'age'?"
    >>> did_you_mean("tax", ["age", "fare"])
    "there are 'age', 'fare'."
    """
    known = list(dict.fromkeys(known))
    nearest = nearest_name(name, known)
    if nearest is not None:
        return f"did you mean {nearest!r}?"
    listed = ", ".join(map(repr, known[:8])) + (", ..." if len(known) > 8 else "")
    return f"there are {listed}." if known else "there are none."
