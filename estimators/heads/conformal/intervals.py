"""Intervals of values: CV+, or the median of what each fold says by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from estimators.heads.conformal.asked import are_enough, rows_needed
from estimators.heads.conformal.ranks import SortedScores

if TYPE_CHECKING:
    from estimators.heads.head import Head
    from estimators.heads.held_out import HeldOutRows

# How a head measures by how much a row missed its prediction.
ABSOLUTE, SCALED, SIGNED = "absolute", "scaled", "signed"
# How the members' intervals become one.
PLUS, MEDIAN = "plus", "median"
# A mean count below it is none that a network tells from 0.
_LEAST_MEAN = 1e-6
_MOST_CELLS = 4_000_000


def prediction_intervals(
    head: Head, held: HeldOutRows, outputs: np.ndarray, coverage: float, method: str
) -> np.ndarray:
    """Return lower and upper end for each row.

    Parameters
    ----------
    head : Head
        Of values or counts.
    held : HeldOutRows
    outputs : ndarray of shape (members, rows, units)
        What each member makes of the new rows.
    coverage : float
    method : {"plus", "median"}

    Returns
    -------
    ndarray of shape (rows, 2) or (rows, outputs, 2)
        In the target's units.

    References
    ----------
    Barber, Candès, Ramdas and Tibshirani, Predictive inference with the jackknife+, Annals of
    Statistics 49, 2021; Kim, Xu and Barber, jackknife+-after-bootstrap, NeurIPS 2020; Romano,
    Patterson and Candès, Conformalized quantile regression, NeurIPS 2019, theorem 2 for signed
    residuals; Gasparin and Ramdas, Merging uncertainty sets via majority vote, 2024, for the
    median.
    """
    is_signed = head.residuals == SIGNED
    share = (1 + coverage) / 2 if is_signed else coverage
    target = _columns(held.y)
    ends = np.empty((outputs.shape[1], target.shape[1], 2))
    if are_enough(held, coverage, share, "the intervals are infinite"):
        lower, upper = head.interval_ends(held.outputs, coverage)
        scale = _scale(head, lower)
        below, above = (lower - target) / scale, (target - upper) / scale
        if not is_signed:
            # Of one prediction that is how far it missed, with no sign.
            below = above = np.maximum(below, above)
        if _fewer_than_half_are_enough(held, share):
            method = PLUS
        way = {PLUS: _plus, MEDIAN: _median}[method]
        reaches = [
            way(held, (below[:, column], above[:, column]), share)
            for column in range(target.shape[1])
        ]
        _fill(ends, head, held, outputs, coverage, reaches)
    else:
        ends[:] = -np.inf, np.inf
    if head.residuals == SCALED:
        ends = np.maximum(ends, 0)
    return ends[:, 0] if np.ndim(held.y) == 1 else ends


# Lower and upper end by what they lie about and by its scale, each of shape (rows, patterns).
_Ends = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def _plus(held: HeldOutRows, missed: tuple[np.ndarray, np.ndarray], share: float) -> _Ends:
    """Return the ends at a rank among what all rows missed, each about its own prediction."""
    below, above = (SortedScores(side, held) for side in missed)

    def ends(
        lower: np.ndarray, upper: np.ndarray, scale: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        return -below.value_at(share, -lower, scale), above.value_at(share, upper, scale)

    return ends


def _median(held: HeldOutRows, missed: tuple[np.ndarray, np.ndarray], share: float) -> _Ends:
    """Return the medians of the ends that each pattern of members has by itself."""
    reach = []
    for pattern in np.unique(held.pattern_of):
        own = held.pattern_of == pattern
        reach.append(np.full(2, np.inf))
        if own.sum() < rows_needed(share):
            continue
        weight, pattern_of = held.weight[own], held.pattern_of[own]
        alone = replace(held, weight=weight, pattern_of=pattern_of)
        for side, scores in enumerate(missed):
            scores = SortedScores(scores[own], alone)
            reach[-1][side] = scores.value_at(share, np.zeros((1, 1)), np.ones((1, 1)))[0]
    down, up = np.stack(reach, axis=1)

    def ends(
        lower: np.ndarray, upper: np.ndarray, scale: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        return tuple(np.median(edge, axis=1) for edge in (lower - down * scale, upper + up * scale))

    return ends


def _fewer_than_half_are_enough(held: HeldOutRows, share: float) -> bool:
    counts = np.unique(held.pattern_of, return_counts=True)[1]
    return bool(2 * (counts >= rows_needed(share)).sum() <= len(counts))


def _fill(
    ends: np.ndarray,
    head: Head,
    held: HeldOutRows,
    outputs: np.ndarray,
    coverage: float,
    reaches: Sequence[_Ends],
) -> None:
    patterns = np.unique(held.pattern_of)
    step = max(1, _MOST_CELLS // len(patterns))
    for start in range(0, len(ends), step):
        part = slice(start, start + step)
        by_pattern = [
            head.interval_ends(head.average(outputs[held.patterns[pattern], part]), coverage)
            for pattern in patterns
        ]
        for column, ends_about in enumerate(reaches):
            lower, upper = (
                np.stack([of_one[side][:, column] for of_one in by_pattern], axis=1)
                for side in range(2)
            )
            found = ends_about(lower, upper, _scale(head, lower))
            # Below half of the rows, members that disagree may leave nothing between the ends.
            ends[part, column] = np.sort(np.stack(found, axis=1), axis=1)


def _scale(head: Head, predicted: np.ndarray) -> np.ndarray:
    if head.residuals == SCALED:
        return head.spread(np.maximum(predicted, _LEAST_MEAN))
    return np.ones_like(predicted)


def _columns(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else values
