"""What members give for the rows that they were not trained on, once a fit is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from estimators.base.fit_extension import EncodedFit
from estimators.heads.held_out import HeldOutRows

if TYPE_CHECKING:
    from estimators.engine.trained_network import TrainedNetwork
    from estimators.heads.head import Head


def held_out_rows(
    fits: Sequence[EncodedFit], trained: Sequence[TrainedNetwork], row_count: int
) -> HeldOutRows | None:
    """Return the rows that a fit held out, with what those say that did not see them.

    Parameters
    ----------
    fits : sequence of EncodedFit
        One for each member.
    trained : sequence of TrainedNetwork
    row_count : int
        Number of rows given to the fit.

    Returns
    -------
    HeldOutRows or None
        None where no row was held out.
    """
    if any(fit.held_out is None for fit in fits):
        return None
    first = fits[0].held_out
    if all(fit.held_out is first for fit in fits):
        # Rows that were given to validate on may weigh nothing.
        counted = first.taken(np.flatnonzero(first.weight))
        fits = [replace(fit, held_out=counted) for fit in fits]
    # A copy: what is placed on the device knows no more than training did.
    outputs = [
        network.replaced().predict(fit.asked, fit.held_out.arrays())
        for fit, network in zip(fits, trained, strict=True)
    ]
    head, first = fits[0].estimator.head_, fits[0].held_out
    if all(fit.held_out is first for fit in fits):
        return HeldOutRows(
            first.numbers,
            row_count,
            first.y,
            first.weight,
            head.average(np.stack(outputs)),
            np.ones((1, len(fits)), dtype=bool),
            np.zeros(len(first), dtype=int),
        )
    return _by_pattern(fits, outputs, row_count, head)


def _by_pattern(
    fits: Sequence[EncodedFit], outputs: Sequence[np.ndarray], row_count: int, head: Head
) -> HeldOutRows:
    """Return rows of which each was held out by members of its own."""
    held_out = [fit.held_out for fit in fits]
    numbers = np.unique(np.concatenate([rows.numbers for rows in held_out]))
    places = [np.searchsorted(numbers, rows.numbers) for rows in held_out]
    unseen = np.zeros((len(numbers), len(fits)), dtype=bool)
    y = np.empty((len(numbers), *held_out[0].y.shape[1:]), held_out[0].y.dtype)
    weight = np.empty(len(numbers))
    for member, (rows, place) in enumerate(zip(held_out, places, strict=True)):
        unseen[place, member] = True
        y[place], weight[place] = rows.y, rows.weight
    patterns, pattern_of = np.unique(unseen, axis=0, return_inverse=True)
    averaged = np.empty((len(numbers), outputs[0].shape[1]), outputs[0].dtype)
    for pattern, members in enumerate(patterns):
        chosen = np.flatnonzero(pattern_of == pattern)
        of_members = [
            outputs[member][np.searchsorted(held_out[member].numbers, numbers[chosen])]
            for member in np.flatnonzero(members)
        ]
        averaged[chosen] = head.average(np.stack(of_members))
    return HeldOutRows(numbers, row_count, y, weight, averaged, patterns, pattern_of)
