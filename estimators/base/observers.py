"""Who watches a fit: the stopping rule, the caller's callbacks, TensorBoard, the current run."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import keras

from estimators.base.rows import Prepared
from estimators.engine.loop.epochs import Patience
from estimators.engine.observers import FitDescription, callbacks_of_observers
from estimators.engine.trained_network import Setup
from estimators.tensorboard.callbacks import tensorboard_callbacks

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator

_DEFAULT_PATIENCE = 10


def patience_of(estimator: KerasEstimator, has_validation: bool) -> Patience | None:
    """Return the stopping rule, None without one or where a callback of Keras is it."""
    given = estimator.early_stopping
    if given is False or isinstance(given, keras.callbacks.EarlyStopping):
        return None
    epochs = _DEFAULT_PATIENCE if given is True else given
    return Patience(epochs, "val_loss" if has_validation else "loss")


def observers_of(
    estimator: KerasEstimator,
    setup: Setup,
    training: Prepared,
    validation: Prepared | None,
    epochs: int,
    *,
    continued: bool,
) -> list[keras.callbacks.Callback]:
    """Return the callbacks of a fit, the caller's own first.

    Parameters
    ----------
    estimator : KerasEstimator
    setup : Setup
    training : Prepared
    validation : Prepared or None
    epochs : int
    continued : bool
        Whether the fit goes on from an earlier one.
    """
    callbacks = _given_callbacks(estimator)
    log_dir = getattr(estimator, "log_dir_", None) if continued else None
    callbacks += tensorboard_callbacks(
        estimator.log_dir, callbacks, estimator.get_params(deep=False), log_dir
    )
    held_out = None if validation is None else len(validation.y)
    return callbacks + callbacks_of_observers(
        FitDescription(estimator, len(training.y), held_out, setup.batch_size, epochs)
    )


def _given_callbacks(estimator: KerasEstimator) -> list[keras.callbacks.Callback]:
    given = estimator.callbacks
    callbacks = [given] if isinstance(given, keras.callbacks.Callback) else list(given or ())
    if isinstance(estimator.early_stopping, keras.callbacks.EarlyStopping):
        callbacks.append(copy(estimator.early_stopping))
    return callbacks
