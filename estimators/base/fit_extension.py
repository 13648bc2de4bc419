"""What takes part in a fit without the fit knowing what it is: checkpoints, logs, callbacks.

A fit opens its extensions, asks each for its callbacks once everything is encoded, hands the
engine one list of all of them, and lets each keep what it wants to show afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator

from estimators.base.encoding import EncodedRows
from estimators.engine.fit_observers import FitDescription, as_callbacks, callbacks_of_observers

if TYPE_CHECKING:
    import keras

    from estimators.base.member_rows import MemberRows
    from estimators.engine.architecture import Architecture
    from estimators.engine.loop.progress import Progress
    from estimators.engine.loop.time_limit import TimeLimit


@dataclass(frozen=True)
class FitRequest:
    """What a caller asks of a fit.

    Attributes
    ----------
    X, y, sample_weight, validation_data : object
        As given to ``fit``.
    epochs : int or 'auto'
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
    time_limit : TimeLimit, optional
        Which all networks of the fit share.
    seed : int, optional
        Of the fit, where it is not to be drawn from ``random_state``.
    must_hold_out : bool
        Whether members by seeds, which hold out no rows, are of no use.
    """

    X: Any
    y: Any
    sample_weight: Any
    validation_data: Any
    epochs: int | str
    continued: bool
    resume: bool = False
    classes: Any = None
    is_part: bool = False
    groups: Any = None
    time_limit: TimeLimit | None = None
    seed: int | None = None
    must_hold_out: bool = False


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
        What is trained.
    asked : Architecture
        What predicts for rows held out: it knows no more than training did.
    training : EncodedRows
    validation : EncodedRows or None
        Measured after every epoch.
    held_out : EncodedRows or None
        What the network is not trained on, of which it can be asked what it makes of new rows.
    batch_size : int
    epochs : int
    seed : int
        Of the fit, from which those of members are drawn.
    member : int or None
        Which of several networks it trains, counted from 0.
    progress : Progress or None
        Where an earlier process was interrupted in it.
    room : pair of int
        Rows on the device of training and of validation, at least: the most of any member, so
        that one compiled program serves all.
    """

    estimator: BaseEstimator
    builder: BaseEstimator
    architecture: Architecture
    asked: Architecture
    training: EncodedRows
    validation: EncodedRows | None
    held_out: EncodedRows | None
    batch_size: int
    epochs: int
    seed: int
    member: int | None = None
    progress: Progress | None = None
    room: tuple[int, int] = (0, 0)

    def of_member(self, member: int, rows: MemberRows) -> EncodedFit:
        """Return the fit of one of several networks, which validates on rows it holds out."""
        held_out = self.held_out
        if rows.held_out is not None:
            held_out = self.training.taken(rows.held_out)
        return replace(
            self,
            training=self.training.taken(rows.training),
            validation=held_out if self.validation is None else self.validation,
            held_out=held_out,
            member=member,
        )


class FitExtension:
    """Takes part in one fit; opened before anything is checked, closed whatever happens.

    Parameters
    ----------
    estimator : estimator
        With its parameters validated.
    request : FitRequest

    Attributes
    ----------
    seed : int or None
        Of a fit that an earlier process was interrupted in and that goes on here.
    one_at_a_time : bool
        Whether several networks are to be trained one after another.
    """

    seed: int | None = None
    one_at_a_time: bool = False

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

    def progress(self, member: int | None) -> Progress | None:
        """Return where an earlier process was interrupted, None where there is nothing to go on."""
        return None

    def initial_weights(self, member: int | None) -> Callable | None:
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
        # They are the caller's own: one network after another is shown to them.
        self.one_at_a_time = bool(given)
        if isinstance(fit.estimator.early_stopping, EarlyStopping):
            given.append(copy(fit.estimator.early_stopping))
        if not fit.estimator.verbose:
            return given
        of_several = "" if fit.member is None else f"member {fit.member + 1}"
        return [ProgressBar(of_several), *given]


class LimitedTime(FitExtension):
    """A share of the time that is left for every network, where time is limited."""

    def callbacks(
        self, fit: EncodedFit, others: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return what ends the training once its share is used up."""
        limit = self.request.time_limit
        if limit is None:
            return []
        from estimators.engine.loop.time_limit import EndsInTime

        return [EndsInTime(limit)]


class ProcessObservers(FitExtension):
    """Whoever watches all fits of this process: tracked runs."""

    def __init__(self, estimator: BaseEstimator, request: FitRequest) -> None:
        super().__init__(estimator, request)
        self._shared: dict[Any, Any] = {}

    def callbacks(
        self, fit: EncodedFit, others: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return the callbacks of all observers."""
        description = FitDescription(
            fit.estimator,
            samples=len(fit.training),
            validation_samples=None
            if fit.validation is None
            else np.count_nonzero(fit.validation.weight),
            batch_size=fit.batch_size,
            epochs=fit.epochs,
            member=fit.member,
            shared=self._shared,
        )
        callbacks = callbacks_of_observers(description)
        self.one_at_a_time = bool(callbacks)
        return callbacks
