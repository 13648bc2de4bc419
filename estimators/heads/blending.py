"""How much each of several models counts in their average, by rows that none of them has seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from estimators.heads.head import Head

_STEPS = 40


def blend_weights(
    head: Head, y: np.ndarray, weight: np.ndarray, outputs: Sequence[np.ndarray]
) -> np.ndarray:
    """Return the weights with which models are averaged, with a sum of 1.

    Forty times the model is added, again and again perhaps, with which the average of all added so
    far has the least loss; a weight is how often a model was added.

    Parameters
    ----------
    head : Head
        Fitted.
    y : ndarray of shape (rows,) or (rows, outputs)
    weight : ndarray of shape (rows,)
    outputs : sequence of ndarray of shape (rows, units)
        Of each model, for rows that it was not trained on.

    Returns
    -------
    ndarray of shape (models,)

    References
    ----------
    Caruana, Niculescu-Mizil, Crew and Ksikes, Ensemble selection from libraries of models, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.heads.blending import blend_weights
    >>> from estimators.heads.regression import RegressionHead
    >>> y, weight = np.array([1.0, 2.0, 4.0]), np.ones(3)
    >>> head = RegressionHead().fit(y, weight)
    >>> right = head.encode(y)
    >>> blend_weights(head, y, weight, [right + 0.5, right - 0.5, right + 9.0])
    array([0.5, 0.5, 0. ])
    """
    loss = mean_loss(head, y, weight)
    models, times, added = np.stack(outputs), np.zeros(len(outputs)), None
    for step in range(_STEPS):
        tried = models if added is None else [_with(head, added, model, step) for model in models]
        # What gives NaN is never the best, and argmin would say it is.
        best = int(np.argmin(np.nan_to_num([loss(each) for each in tried], nan=np.inf)))
        times[best] += 1
        added = tried[best]
    return times / _STEPS


def _with(head: Head, added: np.ndarray, model: np.ndarray, step: int) -> np.ndarray:
    return head.average(np.stack([added, model]), [step / (step + 1), 1 / (step + 1)])


def mean_loss(
    head: Head, y: np.ndarray, weight: np.ndarray, *, in_units: bool = False
) -> Callable[[np.ndarray], float]:
    """Return what gives the mean loss of outputs for these rows.

    Parameters
    ----------
    head : Head
        Fitted.
    y : ndarray of shape (rows,) or (rows, outputs)
    weight : ndarray of shape (rows,)
    in_units : bool, default=False
        Whether it is that of the target's units, as histories have it, or as training counts it.
    """
    import tensorflow as tf

    target, objective = tf.constant(head.encode(y)), head.objective
    constants = {name: tf.constant(value) for name, value in head.constants.items()}

    def loss(outputs: np.ndarray) -> float:
        given = (target, tf.constant(outputs, tf.float32), constants)
        losses = objective.measures(*given)[0] if in_units else objective.losses(*given)
        return float(np.average(losses.numpy(), weights=weight))

    return loss
