"""Epochs: their order, validation, the stopping rule, and whoever watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from estimators.engine.compiled.orders import epochs_per_call, lay_out
from estimators.engine.loop.callback_state import CallbackState
from estimators.engine.loop.progress import Best, Progress
from estimators.engine.loop.progress_bar import SECONDS_BETWEEN_UPDATES
from estimators.engine.loop.training_observer import Moment, TrainingObserver

if TYPE_CHECKING:
    from estimators.engine.compiled.orders import Orders
    from estimators.engine.compiled.trainer import CompiledTrainer, Standing
    from estimators.engine.device_rows import Rows
    from estimators.engine.trained_network import TrainedNetwork

_FIRST_STEPS = 64
# How long a call for several epochs may take: so long an interruption has to wait.
_SECONDS_A_CALL = 0.5


class DivergedError(FloatingPointError, ValueError):
    """The loss stopped being a finite number."""


@dataclass(frozen=True)
class Patience:
    """Stop once `monitor` has not improved for `epochs` epochs, and return to the best weights."""

    epochs: int
    monitor: str
    more_is_better: bool = False


@dataclass(frozen=True)
class Epochs:
    """What is asked of the epochs of a training.

    Parameters
    ----------
    rows : callable
        Returns the rows on the device, where they stay as long as the training lasts.
    row_count : int
        Number of rows before padding.
    count : int
        Number of epochs at most.
    seed : int
        The order of an epoch depends on this seed and the epoch's number alone.
    first_epoch : int
        Number of epochs that the network has already seen.
    shuffle : bool
    validation : sequence of callable
        Each returns rows on the device that are measured after every epoch, unless empty.
    patience : Patience, optional
    rate_decay : float
        By which the learning rate of the last optimizer is multiplied after every epoch. The rate
        is the optimizer's own variable: callbacks may change it too, and a training that goes on
        or has more epochs ends as one that was never interrupted.
    callbacks : sequence of keras.callbacks.Callback
        Everyone who watches, each told in this order.
    is_part : bool
        Whether more training will follow, so that no learning rate should fall to zero yet.
    progress : Progress, optional
        Where an earlier training was interrupted that this one is to finish.
    metrics : sequence of callable
        For the rows and each set of validation rows, what returns further measures by name of the
        network's outputs at the end of an epoch; empty where none are asked for.
    """

    rows: Callable[[], Rows]
    row_count: int
    count: int
    seed: int
    first_epoch: int = 0
    shuffle: bool = True
    validation: Sequence[Callable[[], Rows]] = ()
    patience: Patience | None = None
    rate_decay: float = 1.0
    callbacks: Sequence[keras.callbacks.Callback] = ()
    is_part: bool = False
    progress: Progress | None = None
    metrics: Sequence[Callable[[np.ndarray], dict[str, float]]] = ()

    @property
    def monitor(self) -> str:
        """The measure that tells the best epoch."""
        if self.patience is not None:
            return self.patience.monitor
        return "val_loss" if self.validation else "loss"


def train_epochs(
    trainer: CompiledTrainer, network: TrainedNetwork, epochs: Epochs
) -> TrainedNetwork:
    """Train `network` further and return what it has become.

    Raises
    ------
    DivergedError
        Where the loss of an epoch is not finite.
    """
    trainer.load(network.state)
    observers = [c for c in epochs.callbacks if isinstance(c, TrainingObserver)]
    try:
        loop = _Loop(trainer, network, epochs, observers)
        loop.begin()
        while not loop.is_over:
            loop.next_block()
        return loop.end()
    finally:
        for observer in observers:
            observer.close()
        for callback in epochs.callbacks:
            # The network goes to other fits; a callback that kept it would see their weights.
            callback._model = None


class _Loop:
    """One training under way."""

    def __init__(
        self,
        trainer: CompiledTrainer,
        network: TrainedNetwork,
        epochs: Epochs,
        observers: Sequence[TrainingObserver],
    ) -> None:
        self.trainer = trainer
        self.network = network
        self.epochs = epochs
        self.observers = observers
        self.rows = epochs.rows()
        self.validation = [place() for place in epochs.validation]
        self.history = network.history
        self.logs: dict[str, float] = {}
        self.steps = -(-epochs.row_count // trainer.batch_size)
        self.iteration = trainer.iterations
        self.first_epoch, self.first_iteration = epochs.first_epoch, self.iteration
        self.epoch, self.step = epochs.first_epoch, 0
        self.totals: np.ndarray | None = None
        patience = epochs.patience
        more_is_better = patience is not None and patience.more_is_better
        self.best = Best(epochs.monitor, more_is_better=more_is_better)
        self.best_weights: list[np.ndarray] = []
        if epochs.progress is not None:
            for name in _CONTINUED:
                setattr(self, name, getattr(epochs.progress, name))
        self.last_epoch = self.first_epoch + epochs.count
        trainer.network.stop_training = False
        trainer.plan_steps(
            self.first_iteration, np.inf if epochs.is_part else epochs.count * self.steps
        )
        self.last_callback = _LastCallback()
        self.callbacks = keras.callbacks.CallbackList(
            [*epochs.callbacks, self.last_callback],
            model=trainer.network,
            epochs=self.last_epoch,
            steps=self.steps,
            verbose=0,
        )
        self.has_batch_hooks = any(map(_sees_batches, epochs.callbacks))
        self.standing: Standing | None = None
        self.is_watched = self._is_watched()
        self.looks_at_clock = any(observer.looks_at_clock for observer in observers)
        self.steps_at_once = (
            1 if self.has_batch_hooks else _FIRST_STEPS if self.looks_at_clock else self.steps
        )

    def _is_watched(self) -> bool:
        """Return whether epochs must end one by one; who only writes may hear of several."""
        epochs = self.epochs
        if (
            epochs.metrics
            or epochs.progress is not None
            or not all(getattr(callback, "only_records", False) for callback in epochs.callbacks)
        ):
            return True
        if not self.validation:
            return epochs.patience is not None or epochs.rate_decay != 1.0
        return len(self.validation) > 1 or not self.trainer.measures_at_once(self.validation[0])

    def begin(self) -> None:
        """Let callbacks begin, and remember what they knew where training was interrupted."""
        network, progress = self.trainer.network, self.epochs.progress
        for observer in self.observers:
            observer.on_begin(self._moment())
        self.callbacks.on_train_begin()
        self.memory = CallbackState(
            [c for c in self.epochs.callbacks if not isinstance(c, TrainingObserver)]
        )
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
        return self.epoch >= self.last_epoch or self.trainer.network.stop_training

    def end(self) -> TrainedNetwork:
        """Go back to the best epoch where that is asked for, and return what has been trained."""
        goes_back = self.epochs.patience is not None
        if goes_back and self.best.epoch >= 0:
            best = self.best_weights if self.standing is None else self.standing.weights
            self.trainer.load_weights(best)
            self.history.best_epoch = self.best.epoch
        elif self.epoch > self.epochs.first_epoch and not self.epochs.is_part:
            self.trainer.finalize()
        self.callbacks.on_train_end(self.logs)
        trained = self._trained()
        if goes_back:
            for observer in self.observers:
                observer.on_best_restored(trained)
        return trained

    def next_block(self) -> None:
        """Run as many epochs as one layout of orders holds."""
        row_count, batch_size = self.epochs.row_count, self.trainer.batch_size
        count = min(epochs_per_call(row_count, batch_size), self.last_epoch - self.epoch)
        orders = lay_out([self._order(self.epoch + i) for i in range(count)], batch_size)
        if not self.is_watched:
            if self.validation:
                self._validated_epochs(orders, count)
            else:
                self._epochs(orders, count)
            return
        for index in range(count):
            self._watched_epoch(orders, index)
            if self.is_over:
                return

    def _order(self, epoch: int) -> np.ndarray:
        if not self.epochs.shuffle:
            return np.arange(self.epochs.row_count)
        return np.random.default_rng([self.epochs.seed, epoch]).permutation(self.epochs.row_count)

    def _epochs(self, orders: Orders, count: int) -> None:
        totals = self.trainer.train(self.rows, orders, 0, count * orders.steps)
        for row in totals.numpy()[:count]:
            self._end_epoch(row)

    def _validated_epochs(self, orders: Orders, count: int) -> None:
        patience = self.epochs.patience
        first = 0
        while first < count and not self.is_over:
            began = time.perf_counter()
            taken = self.trainer.train_on(
                self.rows,
                self.validation[0],
                orders,
                first,
                min(first + max(1, self.trainer.steps_at_once // orders.steps), count),
                patience=np.iinfo(np.int32).max if patience is None else patience.epochs,
                rate_decay=self.epochs.rate_decay,
                standing=self.standing,
            )
            self.standing, stop = taken.standing, int(taken.stop)
            rate = (stop - first) * orders.steps / (time.perf_counter() - began)
            self.trainer.steps_at_once = int(rate * _SECONDS_A_CALL)
            rows = zip(taken.totals.numpy(), taken.measured.numpy(), strict=True)
            for totals, measured in islice(rows, first, stop):
                self._end_epoch(totals, measured)
            first = stop

    def _watched_epoch(self, orders: Orders, index: int) -> None:
        self.callbacks.on_epoch_begin(self.epoch)
        start, totals = index * orders.steps, self._totals_so_far(orders, index)
        while self.step < orders.steps and not self.trainer.network.stop_training:
            stop = min(self.step + self._steps_until_next_look(), orders.steps)
            began = time.perf_counter()
            if self.has_batch_hooks:
                self.callbacks.on_train_batch_begin(self.step)
            totals = self.trainer.train(self.rows, orders, start + self.step, start + stop, totals)
            if self.has_batch_hooks:
                self.callbacks.on_train_batch_end(self.step, self._named(totals.numpy()[index]))
            if self.looks_at_clock:
                totals.numpy()
                self._adapt_segment(stop - self.step, time.perf_counter() - began)
            self.iteration += stop - self.step
            self.step = stop
            if self.step < orders.steps:
                self._show(lambda totals=totals: totals.numpy()[index])
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
        wanted = [o.steps_between for o in self.observers if o.steps_between]
        return min([self.steps_at_once, *(n - self.iteration % n for n in wanted)])

    def _adapt_segment(self, steps: int, seconds: float) -> None:
        """Choose how many steps to take before the next look at the clock."""
        if not self.has_batch_hooks:
            rate = steps / max(seconds, 1e-6)
            self.steps_at_once = max(1, int(rate * SECONDS_BETWEEN_UPDATES))

    def _end_epoch(self, totals: np.ndarray, measured: np.ndarray | None = None) -> None:
        self.logs = self._named(totals)
        _check_finite(self.epoch, self.logs)
        if measured is not None:
            self.logs |= self._validation_logs(self._named(measured))
        elif self.validation:
            self.logs |= self._validation_logs(self._validate())
        self.logs |= self._further_measures()
        # The list of callbacks would look through the logs for tensors first: they are numbers.
        for callback in self.callbacks.callbacks:
            callback.on_epoch_end(self.epoch, self.logs)
        if measured is None and self.epochs.rate_decay != 1.0:
            self.trainer.scale_learning_rate(self.epochs.rate_decay)
        self.logs = self.last_callback.logs
        self.history.append(self.epoch, self.logs)
        is_best = self.best.improves(self.epoch, self.logs)
        patience = self.epochs.patience
        if patience is not None:
            if is_best and measured is None:
                self.best_weights = self.trainer.weights()
            if self.epoch - self.best.epoch >= patience.epochs:
                self.trainer.network.stop_training = True
        self.epoch, self.step, self.totals = self.epoch + 1, 0, None
        self._show(ends_epoch=True, is_best=is_best)

    def _further_measures(self) -> dict[str, float]:
        found = {}
        sets = zip(("", "val_"), (self.rows, *self.validation), self.epochs.metrics, strict=False)
        for prefix, rows, measure in sets:
            for name, value in measure(self.trainer.outputs(rows)).items():
                found[f"{prefix}{name}"] = value
        return found

    def _show(self, totals: Callable | None = None, **what: bool) -> None:
        """Show observers where the training stands."""
        if self.observers:
            moment = self._moment(totals, **what)
            for observer in self.observers:
                observer.on_moment(moment)

    def _moment(
        self,
        totals: Callable | None = None,
        *,
        ends_epoch: bool = False,
        is_best: bool = False,
    ) -> Moment:
        return Moment(
            iteration=self.iteration,
            steps_taken=self.iteration - self.first_iteration,
            steps_planned=self.epochs.count * self.steps,
            ends_epoch=ends_epoch,
            is_best=is_best,
            is_over=self.is_over,
            progress=lambda: self._progress(totals and totals()),
        )

    def _progress(self, totals: np.ndarray | None) -> Progress:
        return Progress(
            trained=self._trained(),
            totals=totals,
            last_epoch=self.last_epoch,
            is_stopped=self.trainer.network.stop_training,
            callbacks=self.memory.changes(),
            **{name: getattr(self, name) for name in _CONTINUED if name != "totals"},
        )

    def _trained(self) -> TrainedNetwork:
        return self.network.replaced(state=self.trainer.state(), history=self.history)

    def _validate(self) -> dict[str, float]:
        self.callbacks.on_test_begin()
        totals = sum(self.trainer.measure(rows).numpy() for rows in self.validation)
        logs = self._named(totals)
        self.callbacks.on_test_end(logs)
        return logs

    def _validation_logs(self, logs: dict[str, float]) -> dict[str, float]:
        return {f"val_{name}": value for name, value in logs.items()}

    def _named(self, totals: np.ndarray) -> dict[str, float]:
        *sums, weight = map(float, totals)
        names = self.trainer.objective.measure_names
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
