"""Rows that some members of a fit were not trained on, and what those members predict for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import accuracy_score, r2_score

from estimators.heads.classification import ClassHead

if TYPE_CHECKING:
    from estimators.heads.head import Head


@dataclass(frozen=True)
class HeldOutRows:
    """What a fit keeps of the rows that members did not see.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        Places of these rows among the rows given to fit; -1 for rows given to validate on.
    row_count : int
        Number of rows given to fit.
    y : ndarray of shape (n,) or (n, outputs)
        Target as it was given.
    weight : ndarray of shape (n,)
        All above 0.
    outputs : ndarray of shape (n, units)
        Outputs of the network, averaged over the members that did not see the row.
    patterns : ndarray of bool, shape (patterns, members)
        Which members did not see the rows of each pattern.
    pattern_of : ndarray of int, shape (n,)
        The pattern of each row.
    """

    rows: np.ndarray
    row_count: int
    y: np.ndarray
    weight: np.ndarray
    outputs: np.ndarray
    patterns: np.ndarray
    pattern_of: np.ndarray

    def placed(self, values: np.ndarray) -> np.ndarray:
        """Return `values` of these rows at their places among all rows, NaN elsewhere."""
        placed = np.full((self.row_count, *values.shape[1:]), np.nan)
        is_placed = self.rows >= 0
        placed[self.rows[is_placed]] = values[is_placed]
        return placed

    def has_rows_of(self, other: HeldOutRows) -> bool:
        """Return whether the same members have not seen the same rows."""
        return all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("rows", "y", "patterns", "pattern_of")
        )


def score_of(head: Head) -> Callable[..., float]:
    """Return what ``score`` measures of target and predictions: accuracy or R²."""
    return accuracy_score if isinstance(head, ClassHead) else r2_score


class OutOfFold:
    """The attributes of a fitted estimator that tell of rows it was not trained on."""

    @property
    def oof_prediction_(self) -> np.ndarray:
        """Predictions for the rows of the fit, each by the members that did not see it.

        Values of shape (rows,) or (rows, outputs), or probabilities of shape (rows, classes); NaN
        for a row that every member has seen. They calibrate, stack or choose a threshold without
        a further fit.
        """
        held = self._held_out_for("oof_prediction_")
        is_class = isinstance(self.head_, ClassHead)
        predict = self.head_.probabilities if is_class else self.head_.predict
        return held.placed(predict(held.outputs))

    @property
    def oof_score_(self) -> float:
        """R² or accuracy, as of ``score``, of `oof_prediction_` on the rows that have one."""
        held = self._held_out_for("oof_score_")
        predicted = self.head_.predict(held.outputs)
        return float(score_of(self.head_)(held.y, predicted, sample_weight=held.weight))

    def _held_out_for(self, attribute: str) -> HeldOutRows:
        held: Any = getattr(self, "held_out_", None)
        # AttributeError, so that hasattr answers.
        if held is None or (held.rows < 0).all():
            raise AttributeError(
                f"{type(self).__name__} has no {attribute} without rows of the fit that training "
                "has not seen; fit with members= or validation_fraction=."
            )
        return held
