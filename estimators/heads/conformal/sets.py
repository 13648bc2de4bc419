"""Sets of classes: adaptive prediction sets over held-out rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from estimators.heads.conformal.asked import are_enough
from estimators.heads.conformal.ranks import SortedScores
from estimators.heads.conformal.uniform import uniform_of

if TYPE_CHECKING:
    from estimators.heads.classification import BinaryHead, MultiClassHead
    from estimators.heads.held_out import HeldOutRows


def prediction_sets(
    head: BinaryHead | MultiClassHead, held: HeldOutRows, outputs: np.ndarray, coverage: float
) -> np.ndarray:
    """Return which classes are in the set of each row.

    Parameters
    ----------
    head : BinaryHead or MultiClassHead
    held : HeldOutRows
    outputs : ndarray of shape (members, rows, units)
        What each member makes of the new rows.
    coverage : float

    Returns
    -------
    ndarray of bool, shape (rows, classes)

    References
    ----------
    Romano, Sesia and Candès, Classification with valid and adaptive coverage, NeurIPS 2020,
    equations 7 and 10.
    """
    if not are_enough(held, coverage, coverage, "the sets hold every class"):
        return np.ones((outputs.shape[1], len(head.classes_)), dtype=bool)
    logarithms = head.log_probabilities(held.outputs)
    codes = head.encode(held.y).reshape(-1).astype(int)
    scores = _scores(logarithms, uniform_of(logarithms))[np.arange(len(codes)), codes]
    in_order = SortedScores(scores, held)
    uniform = uniform_of(head.log_probabilities(head.average(outputs)))
    below = np.zeros((outputs.shape[1], len(head.classes_)))
    for place, pattern in enumerate(in_order.patterns):
        averaged = head.average(outputs[held.patterns[pattern]])
        own = _scores(head.log_probabilities(averaged), uniform)
        below += in_order.weight_below(place, own)
    return below < in_order.needed(coverage)


def _scores(logarithms: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return by how much each class of each row would be a surprise.

    The paper's score is the probability of all classes more probable than this one, and a drawn
    share of its own. The logarithm of what is left to 1 has the same order, and tells classes
    apart whose score rounds to 1: networks that are wrong are often sure.
    """
    order = logarithms.argsort(axis=1, kind="stable")
    ascending = np.take_along_axis(logarithms, order, axis=1)
    less_probable = np.full_like(ascending, -np.inf)
    less_probable[:, 1:] = np.logaddexp.accumulate(ascending, axis=1)[:, :-1]
    scores = np.empty_like(ascending)
    left = np.logaddexp(less_probable, ascending + np.log(uniform)[:, None])
    np.put_along_axis(scores, order, -left, axis=1)
    return scores
