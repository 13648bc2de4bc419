"""One network, compiled once: its trainer takes whole epochs of steps and hands the weights back.

A trainer is working memory. What a fit owns (weights, optimizer slots) is copied in before
training and copied out after it, so that any number of fits share one compilation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from estimators.engine.compiled.epochs_in_graph import EpochsTaken, Standing, epochs_in_graph
from estimators.engine.compiled.function import Compiled, OnOtherVariables
from estimators.engine.compiled.fused_updates import fused_updates
from estimators.engine.compiled.orders import Orders
from estimators.engine.compiled.rates import Rates
from estimators.engine.device_rows import Rows, coarse, taken_together
from estimators.engine.initial_weights import copy_of
from estimators.engine.layers.schedules import WithinFit
from estimators.engine.sparse_rows import SparseRows, all_rows, chosen_rows, most_entries
from estimators.engine.state import State
from estimators.engine.variable_names import variable_names

# What the widest layer may hold of rows that are only measured: 64 MiB of float32.
_MOST_NUMBERS_MEASURED = 1 << 24


class Objective(Protocol):
    """What training minimises and what it reports; hashable, so that trainers can be shared."""

    measure_names: tuple[str, ...]

    def losses(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Mapping[str, tf.Tensor]
    ) -> tf.Tensor:
        """Return the loss of each row, shape (rows,)."""

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Mapping[str, tf.Tensor]
    ) -> list[tf.Tensor]:
        """Return what the history shows of each row: for every name a tensor of shape (rows,)."""


class CompiledTrainer:
    """A network, its optimizers and an objective, compiled into a loop over batches.

    Parameters
    ----------
    network : keras.Model
        Maps a dictionary of encoded inputs to outputs of shape (rows, units).
    draw_weights : callable
        Returns initial weights for a seed, in the order of ``network.variables``.
    optimizers : mapping of str to keras.optimizers.Optimizer
        An optimizer for each named part of the network; the name "" stands for all of it.
    objective : Objective
    batch_size : int
    jit_compile : bool
        Whether XLA compiles the loop.
    twin : CompiledTrainer, optional
        Made of the same; its programs serve here as well, on this trainer's variables.
    label : str, optional
        Of all that is compiled in, as for `Compiled`.
    """

    def __init__(
        self,
        network: keras.Model,
        draw_weights: Callable[[int], list[np.ndarray]],
        optimizers: Mapping[str, keras.optimizers.Optimizer],
        objective: Objective,
        *,
        batch_size: int,
        jit_compile: bool,
        twin: CompiledTrainer | None = None,
        label: str = "",
    ) -> None:
        self.network = network
        self._label = label
        self.objective = objective
        self.measure_names = objective.measure_names
        self.batch_size = batch_size
        # How many steps a call should take at most; whoever times the calls knows.
        self.steps_at_once = 1
        self.optimizers = list(optimizers.values())
        self.variable_names = variable_names(network)
        self._draw_weights = draw_weights
        self._parts = [_trainable_of(network, part) for part in optimizers]
        for optimizer, variables in zip(self.optimizers, self._parts, strict=True):
            optimizer.build(variables)
        self._multiplied = [
            variable
            for variable in network.trainable_variables
            if getattr(variable, "learning_rate_multiplier", 1.0) != 1.0
        ]
        self._rates = Rates(network, self.optimizers)
        # The same for the same rates of the network.
        self.rates_key: Hashable = None
        self._scales_loss = any(map(_scales_loss, self.optimizers))
        self._initial_slots = [[copy_of(v) for v in o.variables] for o in self.optimizers]
        # Keras callbacks look for the optimizer on the model.
        network.compile(optimizer=self.optimizers[-1])
        self._twin = twin
        self._train = self._compiled("_train", self.train_steps, jit_compile)
        self._measure = self._compiled("_measure", self.measure_rows, jit_compile)
        self._outputs = self._compiled("_outputs", self.network_outputs, jit_compile)
        self._train_on = self._compiled("_train_on", self._train_epochs, jit_compile)
        self._rows_at_once = _rows_at_once(network)

    def _compiled(
        self, name: str, function: Callable, jit_compile: bool
    ) -> Compiled | OnOtherVariables:
        if self._twin is None:
            return Compiled(
                function, jit_compile=jit_compile, label=self._label and f"{self._label}{name}"
            )
        handles = dict(zip(map(id, self._twin._handles()), self._handles(), strict=True))
        compiled = getattr(self._twin, name)
        return OnOtherVariables(compiled, function, handles, jit_compile=jit_compile)

    def _handles(self) -> list[tf.Tensor]:
        """Return the handles of all variables that a step reads or changes, in a fixed order."""
        variables = [*self.network.variables, *(v for o in self.optimizers for v in o.variables)]
        schedules = [o._learning_rate for o in self.optimizers]
        planned = [s.variables for s in schedules if isinstance(s, WithinFit)]
        planned.append(self._rates.variables)
        return [v.value.handle for v in variables] + [v.handle for some in planned for v in some]

    def initial_state(self, seed: int) -> State:
        """Return fresh weights drawn from `seed` and untouched optimizer slots."""
        return State(self._draw_weights(seed), [list(slots) for slots in self._initial_slots])

    def with_learning_rates(self, state: State, learning_rates: Sequence[float | None]) -> State:
        """Return `state` with the learning rate of each optimizer replaced, None leaving it."""
        slots = [list(of_one) for of_one in state.slots]
        for optimizer, of_one, rate in zip(self.optimizers, slots, learning_rates, strict=True):
            if rate is not None:
                of_one[_index_of(optimizer.learning_rate, optimizer.variables)] = np.float32(rate)
        return State(state.weights, slots)

    def load(self, state: State) -> None:
        """Make `state` what the next step continues from."""
        self.load_weights(state.weights)
        for optimizer, slots in zip(self.optimizers, state.slots, strict=True):
            for variable, value in zip(optimizer.variables, slots, strict=True):
                variable.assign(value)

    @property
    def root(self) -> CompiledTrainer:
        """The trainer whose programs run here."""
        return self if self._twin is None else self._twin

    @property
    def iterations(self) -> int:
        """Number of steps taken since the weights were drawn."""
        return int(self.optimizers[0]._iterations.numpy())

    def plan_steps(self, first_iteration: int, steps: float) -> None:
        """Tell learning rates that fall within a fit when it began and how many steps it has."""
        for optimizer in self.optimizers:
            rate = _rate_of(optimizer)
            if isinstance(rate, WithinFit):
                rate.plan(first_iteration, steps)

    def take_rates(
        self,
        key: Hashable,
        new_network: Callable[[], keras.Model],
        optimizers: Sequence[keras.optimizers.Optimizer],
    ) -> None:
        """Train at the rates of other networks and optimizers of the same program.

        Parameters
        ----------
        key : hashable
            Of the rates of the network.
        new_network : callable
            Returns one; asked for where the key is another than before.
        optimizers : sequence of keras.optimizers.Optimizer
        """
        if key != self.rates_key:
            self._rates.take_from(new_network())
            self.rates_key = key
        self._rates.take_decays(optimizers)

    def load_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Replace the weights of the network and leave the optimizers as they are."""
        for variable, value in zip(self.network.variables, weights, strict=True):
            variable.assign(value)

    def weights(self) -> list[np.ndarray]:
        """Return a copy of the weights of the network."""
        return [copy_of(variable) for variable in self.network.variables]

    def state(self) -> State:
        """Return a copy of all that training has changed."""
        return State(self.weights(), [[copy_of(v) for v in o.variables] for o in self.optimizers])

    def finalize(self) -> None:
        """Let optimizers that keep averages of the weights put them into the network."""
        for optimizer, part in zip(self.optimizers, self._parts, strict=True):
            optimizer.finalize_variable_values(part)

    def scale_learning_rate(self, factor: float) -> None:
        """Multiply the learning rate of the last optimizer, which must be a number."""
        rate = self.last_rate
        rate.assign(rate.numpy() * np.float32(factor))

    @property
    def last_rate(self) -> keras.Variable | keras.optimizers.schedules.LearningRateSchedule:
        """The learning rate of the last optimizer, which callbacks know."""
        return _rate_of(self.optimizers[-1])

    def train(
        self,
        rows: Rows,
        orders: Orders,
        first_step: int,
        last_step: int,
        totals: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Take the steps from `first_step` up to `last_step`, counted from the first epoch's first.

        Parameters
        ----------
        rows : Rows
        orders : Orders
        first_step, last_step : int
        totals : tensor of shape (epochs, measures + 1), optional
            What an earlier call for the same orders returned.

        Returns
        -------
        tensor of shape (epochs, measures + 1)
            Weighted sum of every measure in each epoch so far, and the sum of the weights.
        """
        if totals is None:
            totals = tf.zeros((len(orders.rows), len(self.measure_names) + 1))
        scalars = (orders.row_count, orders.steps, first_step, last_step)
        return self._train(
            rows, orders.rows, *(tf.constant(value, tf.int32) for value in scalars), totals
        )

    def train_on(
        self,
        rows: Rows,
        validation: Rows,
        orders: Orders,
        first: int,
        stop: int,
        *,
        patience: int,
        rate_decay: float,
        standing: Standing | None,
    ) -> EpochsTaken:
        """Take whole epochs, from `first` up to `stop`, as long as nothing ends them before.

        That is early stopping, or a loss that is not finite.

        Parameters
        ----------
        rows : Rows
        validation : Rows
            As many as `measures_at_once`.
        orders : Orders
        first, stop : int
            Of the epochs of `orders`.
        patience : int
            Epochs without a better one after which none is taken.
        rate_decay : float
            By which the learning rate of the last optimizer is multiplied after every epoch.
        standing : Standing, optional
            What the call before left.
        """
        if standing is None:
            weights = tuple(tf.convert_to_tensor(v.value) for v in self.network.variables)
            standing = Standing(tf.constant(np.inf), tf.constant(0), weights)
        numbers = (orders.row_count, orders.steps, first, stop, patience)
        return self._train_on(
            rows,
            _measured_together(validation, len(validation.weight)),
            orders.rows,
            *(tf.constant(number, tf.int32) for number in numbers),
            tf.constant(rate_decay, tf.float32),
            standing,
        )

    def measures_at_once(self, rows: Rows) -> bool:
        """Return whether so many rows go through the network together."""
        return len(rows.weight) <= self._rows_at_once

    def measure(self, rows: Rows) -> tf.Tensor:
        """Return the weighted sum of every measure over `rows`, and the sum of their weights."""
        return tf.add_n([self._measure(part) for part in self._parts_to_measure(rows)])

    def outputs(self, rows: Rows) -> np.ndarray:
        """Return the outputs of the network for `rows` and their padding, shape (rows, units)."""
        parts = self._parts_to_measure(rows)
        return np.concatenate([self._outputs(part).numpy() for part in parts])

    def _parts_to_measure(self, rows: Rows) -> list[Rows]:
        """Return `rows` as many at a time as go through the network together."""
        size = len(rows.weight)
        rows = _measured_together(rows, min(size, self._rows_at_once))
        if self.measures_at_once(rows):
            return [rows]
        starts = range(0, size, self._rows_at_once)
        return [_slice(rows, start, start + self._rows_at_once) for start in starts]

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
        """Take steps as `train` says, within a graph."""

        def step(number: tf.Tensor, totals: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            epoch, start = number // steps, number % steps * self.batch_size
            chosen = tf.slice(orders, [epoch, start], [1, self.batch_size])[0]
            real = tf.cast(start + tf.range(self.batch_size) < row_count, tf.float32)
            batch = Rows(
                chosen_rows(self.network, rows.inputs, chosen),
                tf.gather(rows.target, chosen),
                tf.gather(rows.weight, chosen) * real,
                rows.constants,
            )
            sums = self._step(batch, tf.reduce_sum(real))
            here = tf.equal(tf.range(totals.shape[0]), epoch)[:, None]
            return number + 1, totals + tf.where(here, sums, 0.0)

        _, totals = tf.while_loop(lambda number, _: number < last_step, step, (first_step, totals))
        return totals

    def _train_epochs(self, *arguments: Any) -> EpochsTaken:
        return epochs_in_graph(self, *arguments)

    def _step(self, batch: Rows, count: tf.Tensor) -> tf.Tensor:
        with self._rates.in_force():
            return self._step_at_rates(batch, count)

    def _step_at_rates(self, batch: Rows, count: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(persistent=self._scales_loss) as tape:
            outputs = self.network(batch.inputs, training=True)
            losses = self.objective.losses(batch.target, outputs, batch.constants)
            loss = tf.reduce_sum(losses * batch.weight) / count
            for penalty in self.network.losses:
                loss += tf.cast(penalty, loss.dtype)
            losses = [loss]
            if self._scales_loss:
                losses = [optimizer.scale_loss(loss) for optimizer in self.optimizers]
        parts = [[v.value for v in part] for part in self._parts]
        sources = [[part] for part in parts] if self._scales_loss else [parts]
        gradients = [
            of_part
            for target, source in zip(losses, sources, strict=True)
            for of_part in tape.gradient(target, source, unconnected_gradients="zero")
        ]
        before = [(v, tf.identity(v.value)) for v in self._multiplied]
        for optimizer, part, of_part in zip(self.optimizers, self._parts, gradients, strict=True):
            with fused_updates(optimizer):
                optimizer.apply([tf.convert_to_tensor(gradient) for gradient in of_part], part)
            if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
                # It counts in the optimizer within it alone, and only steps that it let through.
                optimizer._iterations.assign_add(1)
        for variable, value in before:
            step = variable.value - value
            variable.assign(value + step * variable.learning_rate_multiplier)
        return self._sums(batch, outputs)

    def measure_rows(self, rows: Rows) -> tf.Tensor:
        """Measure rows as `measure` says, within a graph."""
        return self._sums(rows, self.network_outputs(rows))

    def network_outputs(self, rows: Rows) -> tf.Tensor:
        """Return the outputs of the network, within a graph."""
        return self.network(all_rows(self.network, rows.inputs), training=False)

    def _sums(self, rows: Rows, outputs: tf.Tensor) -> tf.Tensor:
        measures = self.objective.measures(rows.target, outputs, rows.constants)
        # A padded row may measure as NaN; its weight of 0 alone would not silence it.
        sums = [tf.reduce_sum(tf.math.multiply_no_nan(m, rows.weight)) for m in measures]
        return tf.stack([*sums, tf.reduce_sum(rows.weight)])


def _trainable_of(network: keras.Model, part: str) -> list[keras.Variable]:
    return (network.get_layer(part) if part else network).trainable_variables


def _scales_loss(optimizer: keras.optimizers.Optimizer) -> bool:
    """Return whether an optimizer wants the gradients of a loss that it has scaled."""
    is_its_own = type(optimizer).scale_loss is not keras.optimizers.Optimizer.scale_loss
    return is_its_own or optimizer.loss_scale_factor is not None


def _rate_of(
    optimizer: keras.optimizers.Optimizer,
) -> keras.Variable | keras.optimizers.schedules.LearningRateSchedule:
    # One that scales the loss holds the optimizer that has the rate.
    return getattr(optimizer, "inner_optimizer", optimizer)._learning_rate


def _index_of(wanted: keras.Variable, variables: Sequence[keras.Variable]) -> int:
    return next(i for i, variable in enumerate(variables) if variable is wanted)


def _measured_together(rows: Rows, count: int) -> Rows:
    sparse = {
        name: taken_together(array, coarse(most_entries(array.offsets, count)))
        for name, array in rows.inputs.items()
        if isinstance(array, SparseRows)
    }
    return rows._replace(inputs=rows.inputs | sparse)


def _slice(rows: Rows, start: int, stop: int) -> Rows:
    return Rows(
        {
            name: array.between(start, stop) if isinstance(array, SparseRows) else array[start:stop]
            for name, array in rows.inputs.items()
        },
        rows.target[start:stop],
        rows.weight[start:stop],
        rows.constants,
    )


def _rows_at_once(network: keras.Model) -> int:
    """Return how many rows are measured together: images grow large inside a network."""
    shapes = [
        tensor.shape[1:]
        for layer in network._flatten_layers()
        for node in layer._inbound_nodes
        for tensor in node.output_tensors
        if not tensor.sparse
    ]
    widest = max(math.prod(size or 1 for size in shape) for shape in shapes)
    return max(256, 1 << max(0, (_MOST_NUMBERS_MEASURED // widest).bit_length() - 1))
