"""What families have in common whose networks can rise or fall with columns of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import _check_monotonic_cst

from estimators.heads.classification import BinaryHead, ClassHead
from estimators.heads.ordinal import OrdinalHead
from feature_specs.columns.did_you_mean import did_you_mean
from feature_specs.monotonic_columns import block_signs

if TYPE_CHECKING:
    from estimators.base.rows import CheckedRows
    from estimators.heads.head import Head


class MonotonicColumns:
    """A family with a parameter `monotonic_cst`, or like one that has it: texts."""

    def _choose_settings(self, training: CheckedRows, most: int, seed: int) -> None:
        if self._monotonic_cst is not None:
            _check_head(self.head_)
            self._check_monotonic(self._signs)
        super()._choose_settings(training, most, seed)

    def _check_monotonic(self, signs: Sequence[int]) -> None:
        """Raise where other parameters do not go with these signs."""

    @property
    def _signs(self) -> tuple[int, ...]:
        """The sign of each column of the numeric block, nothing where all columns are free."""
        if self._monotonic_cst is None:
            return ()
        spec = self._specs_[""]
        return block_signs(spec, _signs_by_column(self, spec.columns_))

    @property
    def _monotonic_cst(self) -> Any:
        return getattr(self, "monotonic_cst", None)

    @property
    def _signs_key(self) -> tuple[tuple[int, ...], ...]:
        """What a network depends on where any column is bound, nothing else."""
        return (self._signs,) if self._signs else ()


def _check_head(head: Head) -> None:
    if isinstance(head, ClassHead) and not isinstance(head, BinaryHead | OrdinalHead):
        raise ValueError(
            "monotonic constraints are not supported for multiclass classification or several "
            f"labels, and y has {head.units} of them; leave monotonic_cst out, or fit one "
            "classifier for each, with sklearn.multiclass.OneVsRestClassifier."
        )


def _signs_by_column(estimator: MonotonicColumns, columns: Sequence[str]) -> dict[str, int]:
    given, names = estimator._monotonic_cst, getattr(estimator, "feature_names_in_", None)
    if isinstance(given, Mapping):
        known = set(given) if names is None else set(names)
        unknown = next((name for name in given if name not in known), None)
        if unknown is not None:
            raise ValueError(
                f"monotonic_cst binds column {unknown!r}, which X does not have; "
                f"{did_you_mean(str(unknown), names)}"
            )
    elif np.ndim(given) != 1:
        raise ValueError(
            f"monotonic_cst has {np.ndim(given)} dimensions; give a list of -1, 0 and 1, one for "
            "each column of X, or a dictionary by name."
        )
    signs = _check_monotonic_cst(estimator, given)
    return dict(zip(columns if names is None else names, signs.tolist(), strict=True))
