"""What ``'auto'`` stands for: rows held out, epochs, the stopping rule and the batch, by rows.

Every rule is one line of arithmetic on the number of rows, so that nearly as many rows are
trained nearly alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from keras.callbacks import EarlyStopping
from keras.optimizers import Optimizer
from sklearn.base import BaseEstimator

from estimators.base.fit_extension import FitRequest
from estimators.engine.device_rows import coarse
from estimators.engine.loop.epochs import Patience
from feature_specs.columns.did_you_mean import did_you_mean

_BATCH_SIZES = ((256, 16_384), (128, 4_096), (64, 1_025), (32, 0))
# What early_stopping=True and numbers of epochs mean.
_FRACTION = 0.1
_PATIENCE = 10
# What early_stopping='auto' means.
_FEWEST_ROWS = 300
# What a rate that is left to the rows does where they stop the training.
_FIRST_RATE = 2e-3
_EPOCHS_TO_HALVE = 15


def held_out_share(estimator: BaseEstimator, request: FitRequest, row_count: int) -> float | None:
    """Return the share of the rows that validates a fit, None to train on all of them.

    Parameters
    ----------
    estimator : KerasEstimator
    request : FitRequest
    row_count : int
        Rows with a weight.

    Returns
    -------
    float or None

    Examples
    --------
    >>> from estimators import DNNRegressor
    >>> from estimators.base.fit_extension import FitRequest
    >>> fit = FitRequest(None, None, None, None, epochs="auto", continued=False)
    >>> [held_out_share(DNNRegressor(), fit, count) for count in (100, 400, 10_000)]
    [None, 0.2, 0.05]
    """
    given, fraction = estimator.early_stopping, estimator.validation_fraction
    if request.is_part:
        return None
    if fraction is not None or given is False:
        return fraction
    if given != "auto":
        return _FRACTION
    is_watched = estimator._stops_by_itself and request.epochs != 0
    if not is_watched or row_count < _FEWEST_ROWS:
        return None
    return min(0.2, 5 * math.sqrt(row_count) / row_count)


def epochs_at_most(estimator: BaseEstimator, request: FitRequest, row_count: int) -> int:
    """Return how many epochs a fit on so many training rows has if nothing stops it."""
    return estimator._auto_epochs(row_count) if request.epochs == "auto" else request.epochs


def stopping_rule(
    estimator: BaseEstimator,
    row_count: int,
    measured: Mapping[str, bool],
    *,
    validates: bool,
    is_part: bool,
) -> Patience | None:
    """Return the stopping rule, None without one or where a callback of Keras is it.

    Parameters
    ----------
    estimator : KerasEstimator
    row_count : int
        Of training rows.
    measured : dict of str to bool
        Whether more is better, by the name of what an epoch measures.
    validates : bool
        Whether there are rows to validate on; without them ``'auto'`` does not stop.
    is_part : bool
        Whether more training follows.

    Raises
    ------
    ValueError
        For the name of a measure that there is not.
    """
    given = estimator.early_stopping
    if given == "auto":
        given = validates and estimator._stops_by_itself and estimator._auto_patience(row_count)
    if isinstance(given, str):
        # A part validates on nothing, and does not stop.
        known = [*measured, *(f"val_{name}" for name in measured if validates or is_part)]
        if given not in known:
            raise ValueError(
                f"early_stopping={given!r} is nothing that is measured; "
                f"{did_you_mean(given, known)}"
            )
    if is_part or given is False or isinstance(given, EarlyStopping):
        return None
    if isinstance(given, str):
        return Patience(_PATIENCE, given, measured[given.removeprefix("val_")])
    epochs = _PATIENCE if given is True else given
    return Patience(epochs, "val_loss" if validates else "loss")


def rows_a_step(estimator: BaseEstimator, row_count: int) -> int:
    """Return the batch size of a fit on so many training rows."""
    given = estimator.batch_size
    if given == "auto":
        given = estimator._auto_batch_size(row_count)
    # A batch beyond the table would only be filled up with rows of weight 0.
    return min(given, coarse(row_count))


def usual_batch_size(row_count: int) -> int:
    """Return the rows a step that most families take of so many training rows."""
    return next(size for size, rows in _BATCH_SIZES if row_count >= rows)


def let_rate_fall(
    estimator: BaseEstimator, optimizers: Mapping[str, Optimizer], patience: Patience | None
) -> float:
    """Set a higher rate where it is left to the rows, and return its decay from epoch to epoch.

    Without a stopping rule the rate stays as it is.

    Parameters
    ----------
    estimator : KerasEstimator
    optimizers : mapping of str to keras.optimizers.Optimizer
        Of the parts of the network; the last one's rate falls.
    patience : Patience or None
        The stopping rule.
    """
    if patience is None or estimator.early_stopping != "auto" or not estimator._rate_may_fall:
        return 1.0
    list(optimizers.values())[-1].learning_rate = _FIRST_RATE
    return 0.5 ** (1 / _EPOCHS_TO_HALVE)
