"""Intervals of values: CV+, of which one network with rows set aside is split conformal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from estimators.heads.conformal.asked import are_enough
from estimators.heads.conformal.ranks import SortedScores

if TYPE_CHECKING:
    from estimators.heads.head import Head
    from estimators.heads.held_out import HeldOutRows

# How a head measures by how much a row missed its prediction.
ABSOLUTE, SCALED, SIGNED = "absolute", "scaled", "signed"
# A mean count below it is none that a network tells from 0.
_LEAST_MEAN = 1e-6
_MOST_CELLS = 4_000_000


def prediction_intervals(
    head: Head, held: HeldOutRows, outputs: np.ndarray, coverage: float
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

    Returns
    -------
    ndarray of shape (rows, 2) or (rows, outputs, 2)
        In the target's units.

    References
    ----------
    Barber, Candès, Ramdas and Tibshirani, Predictive inference with the jackknife+, Annals of
    Statistics 49, 2021; Kim, Xu and Barber, jackknife+-after-bootstrap, NeurIPS 2020; Romano,
    Patterson and Candès, Conformalized quantile regression, NeurIPS 2019, theorem 2 for signed
    residuals.
    """
    share = (1 + coverage) / 2 if head.residuals == SIGNED else coverage
    predicted, target = _columns(head.predict(held.outputs)), _columns(held.y)
    ends = np.empty((outputs.shape[1], target.shape[1], 2))
    if are_enough(held, coverage, share, "the intervals are infinite"):
        missed = (target - predicted) / _scale(head, predicted)
        if head.residuals != SIGNED:
            missed = np.abs(missed)
        for column in range(target.shape[1]):
            _fill(ends[:, column], head, held, outputs, missed[:, column], column, share)
    else:
        ends[:] = -np.inf, np.inf
    if head.residuals == SCALED:
        ends = np.maximum(ends, 0)
    return ends[:, 0] if np.ndim(held.y) == 1 else ends


def _fill(
    ends: np.ndarray,
    head: Head,
    held: HeldOutRows,
    outputs: np.ndarray,
    missed: np.ndarray,
    column: int,
    share: float,
) -> None:
    above = SortedScores(missed, held)
    below = SortedScores(-missed, held) if head.residuals == SIGNED else above
    step = max(1, _MOST_CELLS // len(above.patterns))
    for start in range(0, len(ends), step):
        part = slice(start, start + step)
        of_members = outputs[:, part]
        centre = np.stack(
            [
                _columns(head.predict(head.average(of_members[held.patterns[pattern]])))[:, column]
                for pattern in above.patterns
            ],
            axis=1,
        )
        scale = _scale(head, centre)
        upper = above.value_at(share, centre, scale)
        lower = -below.value_at(share, -centre, scale)
        # Below half of the rows, members that disagree may leave nothing between the ends.
        ends[part] = np.sort(np.stack([lower, upper], axis=1), axis=1)


def _scale(head: Head, predicted: np.ndarray) -> np.ndarray:
    if head.residuals == SCALED:
        return np.sqrt(np.maximum(predicted, _LEAST_MEAN))
    return np.ones_like(predicted)


def _columns(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else values
