"""Rows as a network of neighbours is given them: with targets, and with whom to compare them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
    return _given(rows, head, _counts(rows), numbers)


def measured_rows(
    training: EncodedRows, validation: EncodedRows, head: Head, seed: int
) -> EncodedRows:
    """Return validation rows among training rows, to which they are compared.

    Training rows weigh nothing: what is measured is the validation rows alone. The order is random,
    so that there are both in every part where a wide network does not take all rows at once.
    """
    known, asked = (some_of(rows, MOST_MEASURED, seed) for rows in (training, validation))
    zeros = [np.zeros(len(rows)) for rows in (known, asked)]
    sides = (
        _given(known, head, _counts(known), np.arange(len(known))),
        _given(asked, head, zeros[1], np.full(len(asked), -1)),
    )
    arrays = [side.arrays() for side in sides]
    together = EncodedRows(
        {name: _stacked([of_side[name] for of_side in arrays]) for name in arrays[0]},
        np.concatenate([side.y for side in sides]),
        np.concatenate([zeros[0], asked.weight]),
        np.concatenate([side.numbers for side in sides]),
    )
    return together.taken(np.random.default_rng(seed).permutation(len(together)))


def some_of(rows: EncodedRows, most: int, seed: int) -> EncodedRows:
    """Return the rows, or `most` of them drawn at random, in their order."""
    if len(rows) <= most:
        return rows
    drawn = np.random.default_rng(seed).permutation(len(rows))[:most]
    return rows.taken(np.sort(drawn))


def _counts(rows: EncodedRows) -> np.ndarray:
    """Return the weights, which count in relation to each other alone, at a mean of 1."""
    return rows.weight / rows.weight.mean()


def _given(rows: EncodedRows, head: Head, counts: np.ndarray, numbers: np.ndarray) -> EncodedRows:
    further = {
        TARGETS: head.averaged(rows.y).astype("float32"),
        COUNTS: counts.astype("float32")[:, None],
        ROWS: numbers.astype("int32")[:, None],
    }
    if rows.places is not None:
        # Where the rows stand in the other inputs, none of which is copied.
        length = next(iter(rows.inputs.values())).shape[0]
        further = {name: _spread(values, rows.places, length) for name, values in further.items()}
    return replace(rows, inputs={**rows.inputs, **further})


def _spread(values: np.ndarray, places: np.ndarray, length: int) -> np.ndarray:
    spread = np.zeros((length, *values.shape[1:]), values.dtype)
    spread[places] = values
    return spread


def _stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
    if sparse.issparse(arrays[0]):
        return sparse.vstack(arrays, format="csr")
    return np.concatenate(arrays)
