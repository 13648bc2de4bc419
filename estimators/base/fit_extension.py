"""What takes part in a fit without the fit knowing what it is: checkpoints, logs, callbacks.

A fit opens its extensions, asks each for its callbacks once everything is encoded, hands the
engine one list of all of them, and lets each keep what it wants to show afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator

from estimators.base.encoding import EncodedRows
from estimators.engine.fit_observers import FitDescription, as_callbacks, callbacks_of_observers

if TYPE_CHECKING:
    import keras

    from estimators.engine.architecture import Architecture
    from estimators.engine.loop.progress import Progress


@dataclass(frozen=True)
class FitRequest:
    """What a caller asks of a fit.

    Attributes
    ----------
    X, y, sample_weight, validation_data : object
        As given to ``fit``.
    epochs : int
    continued : bool
        Whether training goes on from the network that the estimator has.
    resume : bool
        Whether training goes on from where an earlier process was interrupted.
    classes : array, optional
        All labels that later parts may bring.
    is_part : bool
        Whether more parts will follow: no row is set aside, no rate falls to zero.
    groups : array, optional
        As given to ``fit``.
    """

    X: Any
    y: Any
    sample_weight: Any
    validation_data: Any
    epochs: int
    continued: bool
    resume: bool = False
    classes: Any = None
    is_part: bool = False
    groups: Any = None


@dataclass(frozen=True)
class EncodedFit:
    """A fit whose rows are encoded and which is about to train.

    Attributes
    ----------
    estimator : estimator
        With head and specs fitted.
    builder : estimator
        A copy that later changes of parameters do not reach.
    architecture : Architecture
    training : EncodedRows
    validation : EncodedRows or None
    batch_size : int
    epochs : int
    """

    estimator: BaseEstimator
    builder: BaseEstimator
    architecture: Architecture
    training: EncodedRows
    validation: EncodedRows | None
    batch_size: int
    epochs: int


class FitExtension:
    """Takes part in one fit; opened before anything is checked, closed whatever happens.

    Parameters
    ----------
    estimator : estimator
        With its parameters validated.
    request : FitRequest

    Attributes
    ----------
    progress : Progress or None
        Where an earlier process was interrupted and this fit goes on.
    """

    progress: Progress | None = None

    def __init__(self, estimator: BaseEstimator, request: FitRequest) -> None:
        self.estimator = estimator
        self.request = request

    def __enter__(self) -> FitExtension:
        return self

    def __exit__(self, *exception: object) -> None:
        """Close whatever is open."""

    def callbacks(
        self, fit: EncodedFit, others: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return who is to watch `fit` beside `others`, who are told first."""
        return []

    def initial_weights(self) -> Callable | None:
        """Return what replaces fresh weights, where training begins anew.

        It takes the network and fresh weights and returns the weights to begin with.
        """
        return None

    def keep(self, estimator: BaseEstimator) -> None:
        """Keep on the fitted estimator what it has to show."""


class GivenCallbacks(FitExtension):
    """The caller's own callbacks, a stopping rule that is one of Keras's, the progress bar."""

    def callbacks(
        self, fit: EncodedFit, others: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return the callbacks that the estimator's parameters hold."""
        from keras.callbacks import EarlyStopping

        from estimators.engine.loop.progress_bar import ProgressBar

        given = as_callbacks(fit.estimator.callbacks)
        if isinstance(fit.estimator.early_stopping, EarlyStopping):
            given.append(copy(fit.estimator.early_stopping))
        return [ProgressBar(), *given] if fit.estimator.verbose else given


class ProcessObservers(FitExtension):
    """Whoever watches all fits of this process: tracked runs."""

    def callbacks(
        self, fit: EncodedFit, others: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return the callbacks of all observers."""
        held_out = None if fit.validation is None else len(fit.validation)
        return callbacks_of_observers(
            FitDescription(fit.estimator, len(fit.training), held_out, fit.batch_size, fit.epochs)
        )
