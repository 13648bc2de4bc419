"""Epochs: their order, validation, the stopping rule, Keras callbacks and progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from estimators.engine.compiled.trainer import Orders, Program, State
from estimators.engine.history import History
from estimators.engine.loop.progress import Best, Memory, Progress, Recorder
from estimators.engine.rows import Rows

_SECONDS_BETWEEN_UPDATES = 0.2
_FIRST_STEPS = 64


class DivergedError(FloatingPointError, ValueError):
    """The loss stopped being a finite number."""


@dataclass(frozen=True)
class Patience:
    """Stop once `monitor` has not improved for `epochs` epochs, and return to the best weights."""

    epochs: int
    monitor: str


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
    recorder : Recorder, optional
        Keeps progress while training goes on.
    progress : Progress, optional
        Where an earlier training was interrupted that this one is to finish.
    start : callable, optional
        Takes the network and fresh weights, returns the weights to begin with.
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
    recorder: Recorder | None = None
    progress: Progress | None = None
    start: Callable[[keras.Model, list[np.ndarray]], list[np.ndarray]] | None = None

    @property
    def monitor(self) -> str:
        """The measure that tells the best epoch."""
        if self.patience is not None:
            return self.patience.monitor
        return "val_loss" if self.validation else "loss"


def train(
    program: Program, state: State, training: Training, history: History | None = None
) -> tuple[State, History]:
    """Train from `state` and return the state and the history afterwards.

    Raises
    ------
    DivergedError
        Where the loss of an epoch is not finite.
    """
    progress = training.progress
    if progress is not None:
        state, history = progress.state, progress.history
    history = History() if history is None else history
    program.load(state)
    try:
        run = _Run(program, training, history)
        with run.bar:
            run.begin()
            while not run.is_over:
                run.next_block()
            if training.patience is not None and run.best_weights:
                program.load_weights(run.best_weights)
                history.best_epoch = run.best.epoch
            run.callbacks.on_train_end(run.logs)
    finally:
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
        self.logs: dict[str, float] = {}
        self.steps = -(-training.row_count // program.batch_size)
        self.iteration = program.iterations
        self.first_epoch, self.first_iteration = training.first_epoch, self.iteration
        self.epoch, self.step = training.first_epoch, 0
        self.totals: np.ndarray | None = None
        self.best, self.best_weights = Best(training.monitor), []
        if training.progress is not None:
            for name in _CONTINUED:
                setattr(self, name, getattr(training.progress, name))
        self.last_epoch = self.first_epoch + training.epochs
        program.network.stop_training = False
        program.plan_steps(
            self.first_iteration, np.inf if training.is_part else training.epochs * self.steps
        )
        self.last_callback = _LastCallback()
        self.callbacks = keras.callbacks.CallbackList(
            [*training.callbacks, self.last_callback],
            model=program.network,
            epochs=self.last_epoch,
            steps=self.steps,
            verbose=0,
        )
        self.has_batch_hooks = any(map(_sees_batches, training.callbacks))
        self.recorder = training.recorder
        # What only writes measures down may hear of a few short epochs at once.
        self.is_watched = bool(
            any(not getattr(callback, "only_records", False) for callback in training.callbacks)
            or training.validation
            or training.patience
            or training.verbose
            or training.recorder
        )
        looks_at_clock = training.verbose or (self.recorder and self.recorder.seconds_between)
        self.steps_at_once = (
            1 if self.has_batch_hooks else _FIRST_STEPS if looks_at_clock else self.steps
        )
        self.looks_at_clock = bool(looks_at_clock)
        self.bar = tqdm(
            total=training.epochs * self.steps,
            initial=self.iteration - self.first_iteration,
            unit="step",
            disable=not training.verbose,
            mininterval=_SECONDS_BETWEEN_UPDATES,
        )

    def begin(self) -> None:
        """Let callbacks begin, and remember what they knew where training was interrupted."""
        network, progress = self.program.network, self.training.progress
        self.callbacks.on_train_begin()
        self.memory = Memory(self.training.callbacks)
        if progress is not None:
            self.memory.remind(progress.callbacks)
            network.stop_training = progress.is_stopped
        # keras.callbacks.BackupAndRestore says by this where it has gone back to.
        restored = getattr(network, "_initial_epoch", None)
        if restored:
            self.epoch = max(self.epoch, restored)
            network._initial_epoch = None

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
        start, totals = index * orders.steps, self._totals_so_far(orders, index)
        while self.step < orders.steps and not self.program.network.stop_training:
            stop = min(self.step + self._steps_until_next_look(), orders.steps)
            began = time.perf_counter()
            if self.has_batch_hooks:
                self.callbacks.on_train_batch_begin(self.step)
            totals = self.program.train(
                self.training.rows, orders, start + self.step, start + stop, totals
            )
            if self.has_batch_hooks:
                self.callbacks.on_train_batch_end(self.step, self._named(totals.numpy()[index]))
            if self.looks_at_clock:
                totals.numpy()
                self._adapt_segment(stop - self.step, time.perf_counter() - began)
            self.bar.update(stop - self.step)
            self.iteration += stop - self.step
            self.step = stop
            if self.step < orders.steps and self._is_due(ends_epoch=False):
                self.totals = totals.numpy()[index]
                self.recorder.keep(self._progress(), is_best=False)
        self._end_epoch(totals.numpy()[index])

    def _totals_so_far(self, orders: Orders, index: int) -> tf.Tensor | None:
        if self.totals is None:
            return None
        totals = np.zeros((len(orders.rows), len(self.totals)), np.float32)
        totals[index] = self.totals
        self.totals = None
        return tf.constant(totals)

    def _steps_until_next_look(self) -> int:
        """Return how many steps to take at once; the result never depends on it."""
        between = self.recorder.steps_between if self.recorder else None
        return (
            min(self.steps_at_once, between - self.iteration % between)
            if between
            else (self.steps_at_once)
        )

    def _adapt_segment(self, steps: int, seconds: float) -> None:
        """Choose how many steps to take before the next look at the clock."""
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
        is_best = self.best.improves(self.epoch, self.logs)
        patience = self.training.patience
        if patience is not None:
            if is_best:
                self.best_weights = self.program.weights()
            if self.epoch - self.best.epoch >= patience.epochs:
                self.program.network.stop_training = True
        self.epoch, self.step, self.totals = self.epoch + 1, 0, None
        if self.recorder and (is_best or self.is_over or self._is_due(ends_epoch=True)):
            self.recorder.keep(self._progress(), is_best=is_best)

    def _is_due(self, *, ends_epoch: bool) -> bool:
        return bool(self.recorder and self.recorder.is_due(self.iteration, ends_epoch=ends_epoch))

    def _progress(self) -> Progress:
        return Progress(
            state=self.program.state(),
            history=self.history,
            last_epoch=self.last_epoch,
            is_stopped=self.program.network.stop_training,
            callbacks=self.memory.changes(),
            **{name: getattr(self, name) for name in _CONTINUED},
        )

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


# What a training that goes on takes over from the one that was interrupted.
_CONTINUED = (
    *("epoch", "step", "totals", "first_epoch", "first_iteration", "best", "best_weights"),
)


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
