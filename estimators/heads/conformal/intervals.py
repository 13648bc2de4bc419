"""Intervals of values: CV+, or the median of what each fold says by itself."""

from __future__ import annotations

from collections.abc import Callable
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
    share = (1 + coverage) / 2 if head.residuals == SIGNED else coverage
    predicted, target = _columns(head.predict(held.outputs)), _columns(held.y)
    ends = np.empty((outputs.shape[1], target.shape[1], 2))
    if are_enough(held, coverage, share, "the intervals are infinite"):
        missed = (target - predicted) / _scale(head, predicted)
        if head.residuals != SIGNED:
            missed = np.abs(missed)
        if _fewer_than_half_are_enough(held, share):
            method = PLUS
        way = {PLUS: _plus, MEDIAN: _median}[method]
        for column in range(target.shape[1]):
            ends_around = way(held, missed[:, column], share, is_signed=head.residuals == SIGNED)
            _fill(ends[:, column], head, held, outputs, column, ends_around)
    else:
        ends[:] = -np.inf, np.inf
    if head.residuals == SCALED:
        ends = np.maximum(ends, 0)
    return ends[:, 0] if np.ndim(held.y) == 1 else ends


# Lower and upper end by the predictions of each pattern and their scale, (rows, patterns) each.
_Ends = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def _plus(held: HeldOutRows, missed: np.ndarray, share: float, *, is_signed: bool) -> _Ends:
    """Return the ends at a rank among what all rows missed, each about its own prediction."""
    above = SortedScores(missed, held)
    below = SortedScores(-missed, held) if is_signed else above

    def ends(centre: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return -below.value_at(share, -centre, scale), above.value_at(share, centre, scale)

    return ends


def _median(held: HeldOutRows, missed: np.ndarray, share: float, *, is_signed: bool) -> _Ends:
    """Return the medians of the ends that each pattern of members has by itself."""
    reach = []
    for pattern in np.unique(held.pattern_of):
        own = held.pattern_of == pattern
        reach.append(np.full(2, np.inf))
        if own.sum() < rows_needed(share):
            continue
        weight, pattern_of = held.weight[own], held.pattern_of[own]
        alone = replace(held, weight=weight, pattern_of=pattern_of)
        for side, sign in enumerate((-1, 1)):
            scores = SortedScores(sign * missed[own] if is_signed else missed[own], alone)
            reach[-1][side] = scores.value_at(share, np.zeros((1, 1)), np.ones((1, 1)))[0]
    down, up = np.stack(reach, axis=1)

    def ends(centre: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return tuple(
            np.median(edge, axis=1) for edge in (centre - down * scale, centre + up * scale)
        )

    return ends


def _fewer_than_half_are_enough(held: HeldOutRows, share: float) -> bool:
    counts = np.unique(held.pattern_of, return_counts=True)[1]
    return bool(2 * (counts >= rows_needed(share)).sum() <= len(counts))


def _fill(
    ends: np.ndarray,
    head: Head,
    held: HeldOutRows,
    outputs: np.ndarray,
    column: int,
    ends_around: _Ends,
) -> None:
    patterns = np.unique(held.pattern_of)
    step = max(1, _MOST_CELLS // len(patterns))
    for start in range(0, len(ends), step):
        part = slice(start, start + step)
        of_members = outputs[:, part]
        centre = np.stack(
            [
                _columns(head.predict(head.average(of_members[held.patterns[pattern]])))[:, column]
                for pattern in patterns
            ],
            axis=1,
        )
        # Below half of the rows, members that disagree may leave nothing between the ends.
        ends[part] = np.sort(np.stack(ends_around(centre, _scale(head, centre)), axis=1), axis=1)


def _scale(head: Head, predicted: np.ndarray) -> np.ndarray:
    if head.residuals == SCALED:
        return np.maximum(predicted, _LEAST_MEAN) ** (head.power / 2)
    return np.ones_like(predicted)


def _columns(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else values
