"""Rows as a network of neighbours is given them: with targets, and with whom to compare them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from estimators.base.encoding import EncodedRows

if TYPE_CHECKING:
    from estimators.heads.head import Head

TARGETS, COUNTS, ROWS = "neighbor_targets", "neighbor_counts", "neighbor_rows"
# Validated on are at most so many rows, beside as many of the training rows at most.
MOST_MEASURED = 2_048


def with_neighbors(rows: EncodedRows, head: Head) -> EncodedRows:
    """Return training rows with targets, weights and numbers as inputs.

    Rows of one group, and a row that stands there several times, have one number.
    """
    kinds = rows.numbers if rows.groups is None else rows.groups
    numbers = np.unique(kinds, return_inverse=True)[1]
    return _given(rows, head, rows.weight, numbers)


def measured_rows(
    training: EncodedRows, validation: EncodedRows, head: Head, seed: int
) -> EncodedRows:
    """Return validation rows after training rows, to which they are compared.

    Training rows weigh nothing: what is measured is the validation rows alone.
    """
    known, asked = (some_of(rows, MOST_MEASURED, seed) for rows in (training, validation))
    zeros = [np.zeros(len(rows)) for rows in (known, asked)]
    sides = (
        _given(known, head, known.weight, np.arange(len(known))),
        _given(asked, head, zeros[1], np.full(len(asked), -1)),
    )
    arrays = [side.arrays() for side in sides]
    return EncodedRows(
        {name: _stacked([of_side[name] for of_side in arrays]) for name in arrays[0]},
        np.concatenate([side.y for side in sides]),
        np.concatenate([zeros[0], asked.weight]),
        np.concatenate([side.numbers for side in sides]),
    )


def some_of(rows: EncodedRows, most: int, seed: int) -> EncodedRows:
    """Return the rows, or `most` of them drawn at random, in their order."""
    if len(rows) <= most:
        return rows
    drawn = np.random.default_rng(seed).permutation(len(rows))[:most]
    return rows.taken(np.sort(drawn))


def _given(rows: EncodedRows, head: Head, counts: np.ndarray, numbers: np.ndarray) -> EncodedRows:
    further = {
        TARGETS: head.averaged(rows.y).astype("float32"),
        COUNTS: counts.astype("float32")[:, None],
        ROWS: numbers.astype("int32")[:, None],
    }
    inputs = {**rows.arrays(), **further}
    return EncodedRows(inputs, rows.y, rows.weight, rows.numbers, groups=rows.groups)


def _stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
    if sparse.issparse(arrays[0]):
        return sparse.vstack(arrays, format="csr")
    return np.concatenate(arrays)
