"""What was asked of held-out rows, and whether there are rows enough to answer it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from feature_specs.columns.column_warning import level_of_caller

if TYPE_CHECKING:
    from estimators.heads.held_out import HeldOutRows


def checked_coverage(coverage: Any) -> float:
    """Return `coverage` as a number, or raise where it is none between 0 and 1."""
    is_number = isinstance(coverage, Real) and not isinstance(coverage, bool)
    if not is_number or not 0 < coverage < 1:
        raise ValueError(
            f"coverage must be a number above 0 and below 1, such as 0.9, got {coverage!r}."
        )
    return float(coverage)


def checked_method(method: Any, known: Sequence[str]) -> str:
    """Return `method`, or raise where it is none of those known."""
    if method not in known:
        raise ValueError(f"method must be one of {', '.join(map(repr, known))}, got {method!r}.")
    return method


def held_out_of(estimator: Any, method: str) -> HeldOutRows:
    """Return the held-out rows of a fitted estimator, or raise where it has none."""
    check_is_fitted(estimator)
    held = getattr(estimator, "held_out_", None)
    if held is None:
        raise ValueError(
            f"{method} needs rows that training has not seen, and this "
            f"{type(estimator).__name__} kept none; fit with members= or validation_fraction=."
        )
    return held


def are_enough(held: HeldOutRows, coverage: float, share: float, infinite: str) -> bool:
    """Return whether there is a row at the rank that is asked for, and warn where there is none.

    Parameters
    ----------
    held : HeldOutRows
    coverage : float
        As the caller gave it.
    share : float
        What each tail must leave out of itself; `coverage` where there is one tail.
    infinite : str
        What comes back where there are too few.
    """
    needed = rows_needed(share)
    if len(held.rows) >= needed:
        return True
    warnings.warn(
        f"coverage={coverage} takes {needed} held-out rows and there are {len(held.rows)}: "
        f"{infinite}; ask for less coverage or hold more rows out.",
        stacklevel=level_of_caller(),
    )
    return False


def rows_needed(share: float) -> int:
    """Return the fewest rows among which a rank stands for `share` of them and a new one."""
    return math.ceil(share / (1 - share) - 1e-9)
