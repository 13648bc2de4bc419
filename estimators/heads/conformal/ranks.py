"""Which place among the scores of held-out rows a new row has, and which value has a given place.

A new row counts as one row of mean weight, so that among n rows a share `s` is reached at the
rank ceil(s · (n + 1)): the finite-sample rank of conformal prediction, exact for equal weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from estimators.heads.held_out import HeldOutRows

# Rounding of a share and of sums of weights, by row.
_ROUNDING = 1e-10
# From fewer rows a pattern on, sorting all rows anew is faster than merging sorted patterns.
_MERGED_FROM = 32
_MOST_CELLS = 4_000_000


class SortedScores:
    """Scores of held-out rows, sorted within each pattern of members.

    Parameters
    ----------
    scores : ndarray of shape (n,)
    held : HeldOutRows
        Whose weights are brought to mean 1.
    """

    def __init__(self, scores: np.ndarray, held: HeldOutRows) -> None:
        self.patterns, pattern_of = np.unique(held.pattern_of, return_inverse=True)
        order = np.lexsort((scores, pattern_of))
        self._scores, self._pattern_of = scores[order], pattern_of[order]
        self._weight = (held.weight / held.weight.mean())[order]
        self._has_equal_weights = bool((held.weight == held.weight[0]).all())
        self._starts = np.searchsorted(self._pattern_of, np.arange(len(self.patterns) + 1))
        self._of = [self._scores[a:b] for a, b in zip(self._starts[:-1], self._starts[1:])]
        self._until = [
            np.concatenate([[0.0], np.cumsum(self._weight[a:b])])
            for a, b in zip(self._starts[:-1], self._starts[1:])
        ]

    def needed(self, share: float) -> float:
        """Return the weight of rows at and below the one of the rank of `share`."""
        return (share - _ROUNDING) * (len(self._scores) + 1)

    def weight_below(self, pattern: int, values: np.ndarray) -> np.ndarray:
        """Return the weight of the rows of a pattern, by its place, with scores below `values`."""
        return self._until[pattern][np.searchsorted(self._of[pattern], values)]

    def value_at(self, share: float, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Return the value at the rank of `share` among ``centre + scale * score`` of all rows.

        Parameters
        ----------
        share : float
            Small enough for the rank to be one of the rows.
        centre : ndarray of shape (rows, patterns)
            In the order of ``patterns``.
        scale : ndarray of shape (rows, patterns)
            Above 0.

        Returns
        -------
        ndarray of shape (rows,)
            Each is one of the values, exactly.
        """
        merges = len(self._scores) >= _MERGED_FROM * len(self.patterns)
        cells = len(self.patterns) if merges else len(self._scores)
        step, found = max(1, _MOST_CELLS // cells), np.empty(len(centre))
        for start in range(0, len(centre), step):
            part = slice(start, start + step)
            find = self._merged if merges else self._sorted
            found[part] = find(self.needed(share), centre[part], scale[part])
        return found

    def _sorted(self, needed: float, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
        values = centre[:, self._pattern_of] + scale[:, self._pattern_of] * self._scores
        if self._has_equal_weights:
            place = int(np.ceil(needed)) - 1
            values.partition(place, axis=1)
            return values[:, place]
        order = values.argsort(axis=1)
        place = (self._weight[order].cumsum(axis=1) >= needed).argmax(axis=1)
        rows = np.arange(len(values))
        return values[rows, order[rows, place]]

    def _merged(self, needed: float, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Halve, row by row, the part of every pattern that can still hold the rank.

        ``best`` is the smallest value seen that reaches the rank; places from ``left`` up to
        ``right`` of a pattern have not been told from it.
        """
        count = len(self.patterns)
        total = sum(until[-1] for until in self._until)
        # The rank within all lies between the smallest and the largest of the ranks within each.
        first = [
            min(int(np.searchsorted(until, needed / total * until[-1])) - 1, len(until) - 2)
            for until in self._until
        ]
        own = centre + scale * self._scores[self._starts[:-1] + first]
        low, best = own.min(axis=1), own.max(axis=1)
        left, right = np.empty((2, *centre.shape), dtype=np.intp)
        for p in range(count):
            ends = [(end - centre[:, p]) / scale[:, p] for end in (low, best)]
            left[:, p] = np.minimum(np.searchsorted(self._of[p], ends[0]), first[p])
            right[:, p] = np.searchsorted(self._of[p], ends[1])
        rows = np.arange(len(centre))
        while True:
            width = right[rows] - left[rows]
            widest = width.argmax(axis=1)
            is_open = width.max(axis=1) > 0
            rows, widest = rows[is_open], widest[is_open]
            if not len(rows):
                return best
            middle = (left[rows, widest] + right[rows, widest]) // 2
            score = self._scores[self._starts[widest] + middle]
            pivot = centre[rows, widest] + scale[rows, widest] * score
            upto, weight = np.empty((len(rows), count), dtype=np.intp), np.zeros(len(rows))
            for p in range(count):
                own = (pivot - centre[rows, p]) / scale[rows, p]
                # A pattern's own score comes back from its value with a rounding error.
                own = np.where(widest == p, score, own)
                upto[:, p] = np.searchsorted(self._of[p], own, side="right")
                weight += self._until[p][upto[:, p]]
            reaches = weight >= needed
            best[rows] = np.where(reaches, np.minimum(best[rows], pivot), best[rows])
            left[rows] = np.where(reaches[:, None], left[rows], np.maximum(left[rows], upto))
            upto[np.arange(len(rows)), widest] = middle
            right[rows] = np.where(reaches[:, None], np.minimum(right[rows], upto), right[rows])
