"""A number between 0 and 1 for each row that looks drawn and follows from the row alone."""

from __future__ import annotations

import numpy as np
from pandas.util import hash_array

# Last bits of outputs differ with the number of rows beside a row: from one in some thousand rows
# such a difference reaches the bits that are hashed.
_HASHED_BITS = 12


def uniform_of(logarithms: np.ndarray) -> np.ndarray:
    """Return a number above 0 and below 1 for each row, hashed from its log-probabilities.

    Parameters
    ----------
    logarithms : ndarray of shape (rows, classes)
        Finite. Probabilities would be alike, 0 and 1, in rows that a network is sure of.

    Returns
    -------
    ndarray of shape (rows,)
        The same for rows with the same outputs, nearly always nearly the same for outputs that
        differ in their last bits.

    Examples
    --------
    >>> import numpy as np
    >>> uniform_of(np.log([[0.2, 0.8], [0.2, 0.8], [0.3, 0.7]])).round(3)
    array([0.998, 0.998, 0.675])
    """
    logarithms = np.ascontiguousarray(logarithms, dtype=np.float64)
    # One number a row, not one a class, has one edge of rounding that it can fall over; linear in
    # the logits, it takes no value much more often than its neighbours.
    factors = np.cos(np.arange(logarithms.shape[1]))
    factors -= factors.mean()
    factors /= np.abs(factors).max()
    one = (logarithms * factors).sum(axis=1)
    _, exponent = np.frexp(np.maximum(np.abs(logarithms).max(axis=1), 1))
    place = np.ldexp(one, _HASHED_BITS - exponent)
    cell = np.rint(place)
    drawn = (hash_array(cell.astype(np.int64)) >> np.uint64(11)) * 2.0**-53
    # The place within its cell tells rows of one cell apart.
    return np.maximum((drawn + place - cell) % 1, 2.0**-53)
