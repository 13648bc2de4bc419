"""Several epochs as one graph: training, validation, the best weights and the stopping rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import keras
import tensorflow as tf

from estimators.engine.device_rows import Rows


class Standing(NamedTuple):
    """Where early stopping stands after an epoch.

    Attributes
    ----------
    least : float32 tensor of shape ()
        Weighted sum of the losses of the validation rows in the best epoch.
    waited : int32 tensor of shape ()
        How many epochs ago that was.
    weights : tuple of tensor
        What it left, in the order of the network's variables.
    """

    least: tf.Tensor
    waited: tf.Tensor
    weights: tuple[tf.Tensor, ...]


class EpochsTaken(NamedTuple):
    """What a call for several epochs has done.

    Attributes
    ----------
    stop : int32 tensor of shape ()
        The epoch before which it ended: earlier than asked for where training was stopped.
    totals, measured : tensor of shape (epochs, measures + 1)
        Weighted sums of the training and of the validation rows, and the sums of the weights;
        zeros for other epochs.
    standing : Standing
    """

    stop: tf.Tensor
    totals: tf.Tensor
    measured: tf.Tensor
    standing: Standing


class Trainer(Protocol):
    """What the graph asks of a `CompiledTrainer`."""

    network: keras.Model
    last_rate: keras.Variable | keras.optimizers.schedules.LearningRateSchedule
    measure_names: Sequence[str]

    def train_steps(
        self,
        rows: Rows,
        orders: tf.Tensor,
        row_count: tf.Tensor,
        steps: tf.Tensor,
        first_step: tf.Tensor,
        last_step: tf.Tensor,
        totals: tf.Tensor,
    ) -> tf.Tensor:
        """Take steps; return the sums of every epoch so far."""

    def measure_rows(self, rows: Rows) -> tf.Tensor:
        """Return the sums over `rows`."""


def epochs_in_graph(
    trainer: Trainer,
    rows: Rows,
    validation: Rows,
    orders: tf.Tensor,
    row_count: tf.Tensor,
    steps: tf.Tensor,
    first: tf.Tensor,
    stop: tf.Tensor,
    patience: tf.Tensor,
    rate_decay: tf.Tensor,
    standing: Standing,
) -> EpochsTaken:
    """Take epochs as `CompiledTrainer.train_on` says, within a graph."""
    loss = trainer.measure_names.index("loss")
    shape = (orders.shape[0], len(trainer.measure_names) + 1)

    def goes_on(taken: EpochsTaken) -> tf.Tensor:
        is_finite = tf.reduce_all(tf.math.is_finite(taken.totals[:, loss]))
        return (taken.stop < stop) & (taken.standing.waited < patience) & is_finite

    def epoch(taken: EpochsTaken) -> tuple[EpochsTaken]:
        number, standing = taken.stop, taken.standing
        span = (number * steps, (number + 1) * steps)
        totals = trainer.train_steps(rows, orders, row_count, steps, *span, taken.totals)
        sums = trainer.measure_rows(validation)
        is_best = sums[loss] < standing.least
        if isinstance(trainer.last_rate, keras.Variable):
            trainer.last_rate.assign(trainer.last_rate * rate_decay)
        weights = zip(trainer.network.variables, standing.weights, strict=True)
        here = tf.equal(tf.range(shape[0]), number)[:, None]
        return (
            EpochsTaken(
                number + 1,
                totals,
                taken.measured + tf.where(here, sums, 0.0),
                Standing(
                    tf.where(is_best, sums[loss], standing.least),
                    tf.where(is_best, 0, standing.waited + 1),
                    tuple(tf.where(is_best, v.value, best) for v, best in weights),
                ),
            ),
        )

    begin = EpochsTaken(first, tf.zeros(shape), tf.zeros(shape), standing)
    return tf.while_loop(goes_on, epoch, (begin,))[0]
