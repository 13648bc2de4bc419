"""The mean of what several networks give, on the scale that their outputs stand for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import log_expit, log_softmax

VALUES, LOGARITHMS = "values", "logarithms"
LOG_ODDS, LOG_PROBABILITIES = "log_odds", "log_probabilities"


def average(outputs: np.ndarray, scale: str, weights: Sequence[float] | None = None) -> np.ndarray:
    """Return the mean over networks, on the scale of their outputs.

    Parameters
    ----------
    outputs : ndarray of shape (networks, ...)
    scale : {"values", "logarithms", "log_odds", "log_probabilities"}
        What outputs are: values, logarithms of means, log-odds of probabilities, or logits of
        exclusive classes in the last axis. It is values, means and probabilities that are averaged.
    weights : sequence of float, optional
        Of the networks, with a sum of 1; equal by default.

    Returns
    -------
    ndarray
        In the dtype of `outputs`, computed in double precision.

    Examples
    --------
    >>> import numpy as np
    >>> odds = np.log([[1.0], [3.0]])  # probabilities of 1/2 and 3/4, whose mean is 5/8
    >>> np.exp(average(odds, "log_odds")).round(4)
    array([1.6667])
    """
    values = outputs.astype(np.float64)
    if scale == VALUES:
        # The mean of equals, not a sum of shares: of one network it is the network's very own.
        mean = values.mean(axis=0) if weights is None else np.tensordot(weights, values, axes=1)
        return mean.astype(outputs.dtype)
    shares = np.full(len(values), 1 / len(values)) if weights is None else np.asarray(weights)
    shares = shares.reshape(-1, *[1] * (values.ndim - 1))
    if scale == LOGARITHMS:
        values = _log_of_mean(values, shares)
    elif scale == LOG_ODDS:
        yes, no = (_log_of_mean(log_expit(side), shares) for side in (values, -values))
        values = yes - no
    else:
        values = _log_of_mean(log_softmax(values, axis=-1), shares)
    return values.astype(outputs.dtype)


def _log_of_mean(logarithms: np.ndarray, shares: np.ndarray) -> np.ndarray:
    # SciPy's logsumexp takes a quarter of a millisecond for one row.
    with np.errstate(divide="ignore"):
        return np.logaddexp.reduce(logarithms + np.log(shares), axis=0)
