"""Epochs: their order, validation, the stopping rule, Keras callbacks and progress."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import keras
import numpy as np
from tqdm.auto import tqdm

from estimators.engine.history import History
from estimators.engine.program import Orders, Program, State
from estimators.engine.rows import Rows

_SECONDS_BETWEEN_UPDATES = 0.2
_FIRST_STEPS = 64


class DivergedError(FloatingPointError, ValueError):
    """The loss stopped being a finite number."""


@dataclass
class Patience:
    """Stop once `monitor` has not improved for `epochs` epochs, and return to the best weights."""

    epochs: int
    monitor: str
    best: float = np.inf
    best_epoch: int = -1
    best_weights: list[np.ndarray] = field(default_factory=list)

    def is_over(self, epoch: int, logs: dict[str, float], program: Program) -> bool:
        """Take note of `epoch`; return whether it was the last."""
        if logs[self.monitor] < self.best:
            self.best, self.best_epoch = logs[self.monitor], epoch
            self.best_weights = program.weights()
        return epoch - self.best_epoch >= self.epochs


@dataclass
class Training:
    """Everything that a fit asks of `train` beside the program and the state to start from.

    Parameters
    ----------
    rows : Rows
    row_count : int
        Number of rows before padding.
    epochs : int
    seed : int
        The order of an epoch depends on this seed and the epoch's number alone.
    first_epoch : int
        Number of epochs that the state has already seen.
    shuffle : bool
    validation : list of Rows
        Measured after every epoch, unless empty.
    patience : Patience, optional
    callbacks : sequence of keras.callbacks.Callback
    verbose : int
        0 silent, 1 a progress bar.
    is_part : bool
        Whether more training will follow, so that no learning rate should fall to zero yet.
    """

    rows: Rows
    row_count: int
    epochs: int
    seed: int
    first_epoch: int = 0
    shuffle: bool = True
    validation: Sequence[Rows] = ()
    patience: Patience | None = None
    callbacks: Sequence[keras.callbacks.Callback] = ()
    verbose: int = 0
    is_part: bool = False


def train(
    program: Program, state: State, training: Training, history: History | None = None
) -> tuple[State, History]:
    """Train from `state` and return the state and the history afterwards.

    Raises
    ------
    DivergedError
        Where the loss of an epoch is not finite.
    """
    history = History() if history is None else history
    program.load(state)
    run = _Run(program, training, history)
    with run.bar:
        run.callbacks.on_train_begin()
        while not run.is_over:
            run.next_block()
        if training.patience is not None and training.patience.best_weights:
            program.load_weights(training.patience.best_weights)
            history.best_epoch = training.patience.best_epoch
        run.callbacks.on_train_end(run.logs)
    for callback in training.callbacks:
        # The network goes to other fits; a callback that kept it would see their weights.
        callback._model = None
    return program.state(), history


class _Run:
    """One training under way."""

    def __init__(self, program: Program, training: Training, history: History) -> None:
        self.program = program
        self.training = training
        self.history = history
        self.epoch = training.first_epoch
        self.last_epoch = training.first_epoch + training.epochs
        self.logs: dict[str, float] = {}
        steps = -(-training.row_count // program.batch_size)
        program.network.stop_training = False
        program.plan_steps(np.inf if training.is_part else training.epochs * steps)
        self.last_callback = _LastCallback()
        self.callbacks = keras.callbacks.CallbackList(
            [*training.callbacks, self.last_callback],
            model=program.network,
            epochs=self.last_epoch,
            steps=steps,
            verbose=0,
        )
        self.has_batch_hooks = any(map(_sees_batches, training.callbacks))
        self.is_watched = bool(
            training.callbacks or training.validation or training.patience or training.verbose
        )
        self.steps_at_once = (
            1 if self.has_batch_hooks else _FIRST_STEPS if training.verbose else steps
        )
        self.bar = tqdm(
            total=training.epochs * steps,
            unit="step",
            disable=not training.verbose,
            mininterval=_SECONDS_BETWEEN_UPDATES,
        )

    @property
    def is_over(self) -> bool:
        return self.epoch >= self.last_epoch or self.program.network.stop_training

    def next_block(self) -> None:
        """Run as many epochs as one layout of orders holds."""
        count = min(
            self.program.epochs_per_call(self.training.row_count), self.last_epoch - self.epoch
        )
        orders = self.program.lay_out([self._order(self.epoch + i) for i in range(count)])
        if not self.is_watched:
            totals = self.program.train(self.training.rows, orders, 0, count * orders.steps)
            for row in totals.numpy()[:count]:
                self._end_epoch(row)
            return
        for index in range(count):
            self._watched_epoch(orders, index)
            if self.is_over:
                return

    def _order(self, epoch: int) -> np.ndarray:
        if not self.training.shuffle:
            return np.arange(self.training.row_count)
        return np.random.default_rng([self.training.seed, epoch]).permutation(
            self.training.row_count
        )

    def _watched_epoch(self, orders: Orders, index: int) -> None:
        self.callbacks.on_epoch_begin(self.epoch)
        self.bar.set_description(f"epoch {self.epoch + 1}/{self.last_epoch}", refresh=False)
        start, totals = index * orders.steps, None
        step = 0
        while step < orders.steps and not self.program.network.stop_training:
            stop = min(step + self.steps_at_once, orders.steps)
            began = time.perf_counter()
            if self.has_batch_hooks:
                self.callbacks.on_train_batch_begin(step)
            totals = self.program.train(
                self.training.rows, orders, start + step, start + stop, totals
            )
            if self.has_batch_hooks:
                self.callbacks.on_train_batch_end(step, self._named(totals.numpy()[index]))
            if self.training.verbose:
                totals.numpy()
                self._adapt_segment(stop - step, time.perf_counter() - began)
            self.bar.update(stop - step)
            step = stop
        self._end_epoch(totals.numpy()[index])

    def _adapt_segment(self, steps: int, seconds: float) -> None:
        """Choose how many steps to take before the bar moves; the result never depends on it."""
        if not self.has_batch_hooks:
            rate = steps / max(seconds, 1e-6)
            self.steps_at_once = max(1, int(rate * _SECONDS_BETWEEN_UPDATES))

    def _end_epoch(self, totals: np.ndarray) -> None:
        self.logs = self._named(totals)
        _check_finite(self.epoch, self.logs)
        if self.training.validation:
            self.logs |= self._validate()
        self.bar.set_postfix(self.logs, refresh=False)
        self.callbacks.on_epoch_end(self.epoch, self.logs)
        self.logs = self.last_callback.logs
        self.history.append(self.epoch, self.logs)
        patience = self.training.patience
        if patience is not None and patience.is_over(self.epoch, self.logs, self.program):
            self.program.network.stop_training = True
        self.epoch += 1

    def _validate(self) -> dict[str, float]:
        self.callbacks.on_test_begin()
        totals = sum(self.program.measure(rows).numpy() for rows in self.training.validation)
        logs = self._named(totals)
        self.callbacks.on_test_end(logs)
        return {f"val_{name}": value for name, value in logs.items()}

    def _named(self, totals: np.ndarray) -> dict[str, float]:
        *sums, weight = map(float, totals)
        names = self.program.objective.measure_names
        return {name: value / weight for name, value in zip(names, sums, strict=True)}


class _LastCallback(keras.callbacks.Callback):
    """Keeps the logs of an epoch as callbacks leave them: some add the learning rate."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.logs = dict(logs)


def _sees_batches(callback: keras.callbacks.Callback) -> bool:
    hooks = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
    base = keras.callbacks.Callback
    return any(getattr(type(callback), hook) is not getattr(base, hook) for hook in hooks)


def _check_finite(epoch: int, logs: dict[str, float]) -> None:
    if not np.isfinite(logs["loss"]):
        raise DivergedError(
            f"The loss became {logs['loss']} in epoch {epoch + 1}; try a smaller learning_rate, "
            "an optimizer with clipnorm=1.0, or scaled features."
        )
