"""The way of a fit, from top to bottom: check, learn, encode, plan, train, keep.

Each step takes a value and returns one. Whoever watches (checkpoints, TensorBoard, tracked runs,
a progress bar, the caller's callbacks) is one list in the plan, which the engine tells.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from copy import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from keras.callbacks import Callback
from keras.optimizers import Optimizer
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from estimators.base.automatic import (
    epochs_at_most,
    held_out_share,
    let_rate_fall,
    rows_a_step,
    stopping_rule,
)
from estimators.base.encoding import EncodedRows, encode_rows, fit_specs
from estimators.base.fit_extension import EncodedFit, FitExtension, FitRequest
from estimators.base.groups import check_groups
from estimators.base.held_out import held_out_rows
from estimators.base.learnt_layers import initial_weights, with_present_rows
from estimators.base.member_rows import MemberRows, member_rows, member_seed
from estimators.base.rows import CheckedRows, check_weight
from estimators.engine.loop.epochs import Epochs
from estimators.engine.trained_members import TrainedMembers
from estimators.engine.training import TrainerConfig, TrainingPlan, train
from estimators.heads.given_metrics import GivenMetrics, given_metrics, measured_of
from feature_specs.restored_on_error import restored_on_error

if TYPE_CHECKING:
    from estimators.engine.trained_network import TrainedNetwork


def fit_estimator(estimator: BaseEstimator, request: FitRequest) -> None:
    """Fit `estimator` as requested; after an error it is as it was.

    Parameters
    ----------
    estimator : KerasEstimator
    request : FitRequest
    """
    with restored_on_error(estimator), ExitStack() as opened:
        estimator._validate_params()
        extensions = [opened.enter_context(e(estimator, request)) for e in estimator._extensions()]
        origin = find_origin(estimator, request, extensions)
        rows, row_count = check_rows(estimator, request)
        learn_target(estimator, rows, request)
        split = set_aside(estimator, rows, request, origin)
        learn_columns(estimator, split, request, origin)
        fits = encode_fits(estimator, split, request, origin)
        optimizers = estimator._optimizers()
        plans = [plan_training(fit, request, origin, extensions, optimizers) for fit in fits]
        trained = train(plans, _jobs(estimator, extensions))
        trained = [estimator._completed(*of_one) for of_one in zip(fits, trained, strict=True)]
        keep(fits, trained, origin)
        keep_held_out(fits, trained, request, row_count)
        for extension in extensions:
            extension.keep(estimator)


class Origin(NamedTuple):
    """What a training goes on from.

    Attributes
    ----------
    previous : TrainedNetwork, TrainedMembers or None
        What the estimator has.
    seed : int
        Of rows set aside, initial weights, orders and dropout.
    """

    previous: TrainedNetwork | TrainedMembers | None
    seed: int

    def previous_of(self, member: int | None) -> TrainedNetwork | None:
        """Return the network that a member goes on from."""
        return None if self.previous is None else self.previous.members[member or 0]

    def seed_of(self, member: int | None) -> int:
        """Return the seed of a member."""
        return self.seed if member is None else member_seed(self.seed, member)


def find_origin(
    estimator: BaseEstimator, request: FitRequest, extensions: Sequence[FitExtension]
) -> Origin:
    """Return what training goes on from; a fresh one draws its seed here."""
    begun = next((e.seed for e in extensions if e.seed is not None), None)
    previous = None
    if request.continued:
        estimator._check_continuable()
        previous = estimator.trained_
        if len(previous.members) != estimator.members:
            raise ValueError(
                f"members={estimator.members} is not the {len(previous.members)} of the fit that "
                "warm_start or partial_fit would continue; set warm_start=False and fit again."
            )
    if begun is not None:
        return Origin(previous, begun)
    if previous is not None:
        return Origin(previous, previous.seed)
    if request.seed is not None:
        return Origin(None, request.seed)
    return Origin(None, check_random_state(estimator.random_state).randint(np.iinfo(np.int32).max))


def check_rows(estimator: BaseEstimator, request: FitRequest) -> tuple[CheckedRows, int]:
    """Return the rows that count, checked, and how many were given.

    A weight of 0 is as good as no row.
    """
    X, y = estimator._split_target(request.X, request.y)
    X = estimator._check_X(X, reset=not request.continued)
    y = estimator._check_y(y, reset=not request.continued)
    weight = check_weight(request.sample_weight, X, y) * estimator._class_weights(y)
    groups, numbers = check_groups(request.groups, X), np.arange(len(weight))
    rows = CheckedRows(X, y, weight, groups, numbers).taken(np.flatnonzero(weight))
    return rows, len(weight)


def learn_target(estimator: BaseEstimator, rows: CheckedRows, request: FitRequest) -> None:
    """Fit the head, which knows labels and units from then on."""
    if not request.continued:
        classes = request.classes
        if classes is None:
            _, given = estimator._split_target(request.X, request.y)
            classes = estimator._ordered_classes(given, rows.y)
        estimator.head_ = estimator._new_head(rows.y, rows.weight, classes)


class SplitRows(NamedTuple):
    """Rows to train on, and rows to validate on.

    Attributes
    ----------
    training : CheckedRows
    validation : CheckedRows or None
    members : sequence of MemberRows
        Which of the training rows each of several networks takes; empty for a single one.
    """

    training: CheckedRows
    validation: CheckedRows | None
    members: Sequence[MemberRows] = ()

    @property
    def most(self) -> int:
        """How many rows a network is trained on, of several the one with most."""
        return max((len(part.training) for part in self.members), default=len(self.training.y))


def set_aside(
    estimator: BaseEstimator, rows: CheckedRows, request: FitRequest, origin: Origin
) -> SplitRows:
    """Return training and validation rows: those given, a share, or what a member leaves out."""
    given = None
    if request.validation_data is not None:
        given = _given_validation(estimator, request.validation_data)
    stratify, how = estimator.head_.stratifies, estimator.members_split
    if estimator.members > 1 and (request.is_part or how != "seeds"):
        how = "seeds" if request.is_part else how
        parts = member_rows(
            *(rows, estimator.members, how, origin.seed),
            stratify=stratify,
            must_hold_out=request.must_hold_out,
        )
        return SplitRows(rows, given, parts)
    training, validation = _with_share(estimator, rows, given, request, origin)
    if estimator.members == 1:
        return SplitRows(training, validation)
    parts = member_rows(training, estimator.members, how, origin.seed, stratify=stratify)
    return SplitRows(training, validation, parts)


def _with_share(
    estimator: BaseEstimator,
    rows: CheckedRows,
    given: CheckedRows | None,
    request: FitRequest,
    origin: Origin,
) -> tuple[CheckedRows, CheckedRows | None]:
    if given is not None:
        return rows, given
    fraction = held_out_share(estimator, request, len(rows.y))
    if fraction is None:
        return rows, None
    return rows.split(fraction, origin.seed, stratify=estimator.head_.stratifies)


def _given_validation(estimator: BaseEstimator, data: Any) -> CheckedRows:
    X, y, *weight = _validation_parts(data)
    X, y = estimator._split_target(X, y)
    X = estimator._check_X(X, reset=False)
    y = estimator._check_y(y, reset=False)
    weight = check_weight(weight[0] if weight else None, X, y)
    # They are none of the rows given to train on.
    return CheckedRows(X, y, weight, numbers=np.full(len(y), -1))


def _validation_parts(data: Any) -> Sequence[Any]:
    """Return X, y and perhaps weights of what a caller gave as ``validation_data``."""
    legal = "give (X, y), (X, y, sample_weight), or a DataFrame that holds the target"
    if not isinstance(data, tuple | list):
        data = (data, None)
    elif len(data) not in (2, 3):
        raise ValueError(f"validation_data has {len(data)} part(s); {legal}.")
    names = ("X", "y", "sample_weight")
    for name, part in zip(names, data, strict=False):
        columns = list(part.values()) if isinstance(part, Mapping) else [part]
        if not all(map(_has_rows, columns)) and (part is not None or name == "X"):
            raise ValueError(f"{name} of validation_data is {reprlib.repr(part)}; {legal}.")
    return data


def _has_rows(value: Any) -> bool:
    is_text = isinstance(value, str | bytes)
    return hasattr(value, "__len__") and hasattr(value, "__getitem__") and not is_text


def learn_columns(
    estimator: BaseEstimator, rows: SplitRows, request: FitRequest, origin: Origin
) -> None:
    """Fit the specs, which know columns, scales and vocabularies from then on."""
    if not request.continued:
        estimator._specs_ = fit_specs(estimator._new_specs(), rows.training)
        estimator._adapt_head(rows.training)
        estimator.head_.total_weight = rows.training.weight.sum()
        estimator._choose_settings(rows.training, rows.most, origin.seed)


def encode_fits(
    estimator: BaseEstimator, rows: SplitRows, request: FitRequest, origin: Origin
) -> list[EncodedFit]:
    """Return the rows as the network takes them, or as each of several networks takes its own."""
    specs = estimator._training_specs()
    builder = _builder(estimator)
    if request.continued and builder._architecture_key() != estimator.builder_._architecture_key():
        raise ValueError(
            "The parameters of the network changed since the fit that warm_start or "
            "partial_fit would continue; set warm_start=False and fit again."
        )
    most = rows.most
    held_out = [len(part.held_out) for part in rows.members if part.held_out is not None]
    validation = None if rows.validation is None else encode_rows(specs, rows.validation)
    fit = EncodedFit(
        estimator,
        builder,
        builder._training_architecture(),
        builder._architecture(specs),
        encode_rows(specs, rows.training),
        validation,
        validation,
        rows_a_step(estimator, most),
        epochs_at_most(estimator, request, most),
        origin.seed,
        room=(most, max(held_out, default=0)),
    )
    fits = [fit.of_member(*numbered) for numbered in enumerate(rows.members)] or [fit]
    return list(map(estimator._prepared, fits))


def _builder(estimator: BaseEstimator) -> BaseEstimator:
    """Return a copy that later changes of parameters do not reach, nor what it shares."""
    builder = copy(estimator)
    # The last is what a pipeline of scikit-learn tells of itself while it fits.
    for outcome in ("builder_", "trained_", "held_out_", "_parent_callback_ctx"):
        vars(builder).pop(outcome, None)
    builder.callbacks = builder.warm_start_from = None
    return builder


def plan_training(
    fit: EncodedFit,
    request: FitRequest,
    origin: Origin,
    extensions: Sequence[FitExtension],
    optimizers: Mapping[str, Optimizer],
) -> TrainingPlan:
    """Return everything that decides the training, with everyone who watches it."""
    estimator, head = fit.estimator, fit.estimator.head_
    sets = [rows for rows in (fit.training, fit.validation) if rows is not None]
    placed = [
        partial(rows.placed, head, fit.batch_size, room, is_measured=rows is fit.validation)
        for rows, room in zip(sets, fit.room, strict=False)
    ]
    previous = origin.previous_of(fit.member)
    if previous is not None:
        previous = with_present_rows(previous, fit.training, head)
    progress = next((p for e in extensions if (p := e.progress(fit.member))), None)
    fit = replace(fit, progress=progress)
    callbacks: list[Callback] = []
    for extension in extensions:
        callbacks += extension.callbacks(fit, callbacks)
    is_fresh = previous is None and progress is None
    given = [e.initial_weights(fit.member) for e in extensions] if is_fresh else []
    begin = initial_weights(fit.training, head, given) if is_fresh else None
    is_validated = fit.validation is not None
    metrics = given_metrics(estimator, head)
    if metrics:
        metrics.check(fit.training.y, fit.training.weight)
    patience = stopping_rule(
        *(estimator, fit.room[0], measured_of(head, metrics)),
        validates=is_validated,
        is_part=request.is_part,
    )
    rate_decay = let_rate_fall(estimator, optimizers, patience)
    return TrainingPlan(
        TrainerConfig(fit.architecture, optimizers, head.objective, fit.batch_size),
        Epochs(
            rows=placed[0],
            row_count=len(fit.training),
            count=fit.epochs,
            seed=origin.seed_of(fit.member),
            first_epoch=0 if previous is None else previous.epochs,
            shuffle=estimator.shuffle,
            validation=placed[1:],
            patience=patience,
            rate_decay=rate_decay,
            callbacks=callbacks,
            is_part=request.is_part,
            progress=progress,
            metrics=[partial(_measures, metrics, rows) for rows in sets] if metrics else [],
        ),
        previous,
        begin,
    )


def _measures(metrics: GivenMetrics, rows: EncodedRows, outputs: np.ndarray) -> dict[str, float]:
    return metrics.of(rows.y, outputs[: len(rows)], rows.weight)


def _jobs(estimator: BaseEstimator, extensions: Sequence[FitExtension]) -> int | None:
    return 1 if any(e.one_at_a_time for e in extensions) else estimator.n_jobs


def keep(
    fits: Sequence[EncodedFit],
    trained: Sequence[TrainedNetwork],
    origin: Origin,
) -> None:
    """Keep on the estimator what it predicts with."""
    estimator = fits[0].estimator
    estimator.builder_ = fits[0].builder
    is_one = estimator.members == 1
    estimator.trained_ = trained[0] if is_one else TrainedMembers(trained, origin.seed)


def keep_held_out(
    fits: Sequence[EncodedFit],
    trained: Sequence[TrainedNetwork],
    request: FitRequest,
    row_count: int,
) -> None:
    """Keep what was made of rows that were held out, as long as they are the same in every fit."""
    estimator = fits[0].estimator
    before = getattr(estimator, "held_out_", None)
    held_out = None if request.is_part else held_out_rows(fits, trained, row_count)
    if request.continued and (
        before is None or held_out is None or not before.has_rows_of(held_out)
    ):
        # A network has been trained on rows that it was to be asked about.
        held_out = None
    estimator.held_out_ = held_out
