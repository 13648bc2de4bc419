"""The mean of what several networks give, on the scale that their outputs stand for."""

from __future__ import annotations

import numpy as np
from scipy.special import log_expit, log_softmax, logsumexp

VALUES, LOGARITHMS = "values", "logarithms"
LOG_ODDS, LOG_PROBABILITIES = "log_odds", "log_probabilities"


def average(outputs: np.ndarray, scale: str) -> np.ndarray:
    """Return the mean over networks, on the scale of their outputs.

    Parameters
    ----------
    outputs : ndarray of shape (networks, ...)
    scale : {"values", "logarithms", "log_odds", "log_probabilities"}
        What outputs are: values, logarithms of means, log-odds of probabilities, or logits of
        exclusive classes in the last axis. It is values, means and probabilities that are averaged.

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
    if scale == LOGARITHMS:
        values = logsumexp(values, axis=0) - np.log(len(values))
    elif scale == LOG_ODDS:
        values = logsumexp(log_expit(values), axis=0) - logsumexp(log_expit(-values), axis=0)
    elif scale == LOG_PROBABILITIES:
        values = logsumexp(log_softmax(values, axis=-1), axis=0) - np.log(len(values))
    else:
        values = values.mean(axis=0)
    return values.astype(outputs.dtype)
