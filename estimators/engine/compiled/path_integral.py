"""What every feature adds to an output: the gradient along the line from a baseline, integrated.

The line is cut into segments, and network and gradient are computed at their ends. Within a
segment the network changes by a known amount; the share of the segment for which the gradient of
its first end stands in, and that of its last end for the rest, is the one that gives this amount.
That is exact where the network is a straight line that bends once within the segment, as ReLU and
pieces do, and the trapezoidal rule where it is smooth. What is left is spread in proportion to
what the features add, so that the sum is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from estimators.engine.compiled.feature_graph import FeatureGraph
from estimators.engine.compiled.function import Compiled
from estimators.engine.compiled.predictor import PlacedWeights, tensors_of
from estimators.engine.device_rows import chunks
from estimators.engine.sparse_rows import all_rows

SEGMENTS = 32
# Ends of a segment that differ less than by this part of what is added are taken half and half.
_LEAST_BEND = 1e-3


class FeatureGroup(NamedTuple):
    """Features that are told as one: a single number, or all that a layer makes of codes.

    Attributes
    ----------
    inputs : tuple of str
        Names of the inputs of the network that it is made of.
    place : int or None
        Column of a block of numbers.
    """

    inputs: tuple[str, ...]
    place: int | None = None


class PathIntegral:
    """Integrates the gradient of a network, or of what several say together, along a line.

    Parameters
    ----------
    network : keras.Model
        From a dictionary of inputs to outputs of shape (rows, units).
    numbers : collection of str
        Names of the inputs that are floats to begin with.
    average : callable
        Takes the outputs of several networks and returns what they say together.
    jit_compile : bool
        Whether XLA compiles it.
    label : str, optional
        As for `Compiled`.

    Attributes
    ----------
    groups : list of FeatureGroup

    References
    ----------
    Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017.
    """

    def __init__(
        self,
        network: keras.Model,
        numbers: Collection[str],
        average: Callable[[list[tf.Tensor]], tf.Tensor],
        *,
        jit_compile: bool,
        label: str = "",
    ) -> None:
        self._network = network
        self._numbers = list(numbers)
        self._graph = FeatureGraph(network, self._numbers)
        self._average = average
        compiled = {"jit_compile": jit_compile, "label": label}
        self._features = Compiled(self._features_of, **compiled)
        self._integral = Compiled(self._integrated, **compiled)
        self.groups = [
            FeatureGroup((name,), place)
            for name in self._numbers
            for place in range(network.input[name].shape[-1])
        ]
        self.groups += [FeatureGroup(feature.inputs) for feature in self._graph.features]

    def mean_features(
        self, members: Sequence[PlacedWeights], inputs: Mapping[str, np.ndarray]
    ) -> list[np.ndarray]:
        """Return the means over rows of all features: numbers, then those of each member.

        Parameters
        ----------
        members : sequence of PlacedWeights
            One for each network.
        inputs : mapping of str to array
        """
        weights = [member.arguments for member in members]
        total: Any = 0
        rows = 0
        for count, chunk in chunks(inputs):
            features = self._features(weights, tensors_of(chunk))
            sums = [f.numpy()[:count].sum(axis=0, dtype=np.float64) for f in features]
            total = sums if rows == 0 else [t + s for t, s in zip(total, sums, strict=True)]
            rows += count
        return [(of_one / rows).astype(np.float32) for of_one in total]

    def zero_features(self, member_count: int) -> list[np.ndarray]:
        """Return zeros in the place of all features."""
        numbers = [self._network.input[name] for name in self._numbers]
        features = [feature.tensor for feature in self._graph.features] * member_count
        return [np.zeros(tensor.shape[1:], np.float32) for tensor in (*numbers, *features)]

    def attributions(
        self,
        members: Sequence[PlacedWeights],
        inputs: Mapping[str, np.ndarray],
        baseline: Sequence[np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the outputs at the baseline, and what every group adds to them in each row.

        Parameters
        ----------
        members : sequence of PlacedWeights
            One for each network.
        inputs : mapping of str to array
        baseline : sequence of array
            As `mean_features` returns it.

        Returns
        -------
        base : ndarray of shape (units,)
        added : ndarray of shape (rows, groups, units)
        """
        weights = [member.arguments for member in members]
        start = [tf.constant(of_one) for of_one in baseline]
        base, added = [], []
        for count, chunk in chunks(inputs):
            tensors = tensors_of(chunk)
            of_units = [
                self._integral(weights, tensors, start, tf.constant(unit))
                for unit in range(self._network.output.shape[-1])
            ]
            base = base or [float(outputs[0]) for outputs, _ in of_units]
            added.append(np.stack([of_unit.numpy()[:count] for _, of_unit in of_units], axis=-1))
        return np.array(base), np.concatenate(added)

    # Weights are lists of the trained and of other ones, a pair for each network.

    def _features_of(
        self, weights: Sequence[tuple], inputs: Mapping[str, tf.Tensor]
    ) -> list[tf.Tensor]:
        given = {name: _dense(rows) for name, rows in all_rows(self._network, inputs).items()}
        features = [given[name] for name in self._numbers]
        for of_member in weights:
            with self._with(of_member):
                features += self._graph.first_half(given)
        return features

    def _outputs_at(self, weights: Sequence[tuple], point: Sequence[tf.Tensor]) -> tf.Tensor:
        numbers, features = point[: len(self._numbers)], point[len(self._numbers) :]
        outputs, each = [], len(self._graph.features)
        for number, of_member in enumerate(weights):
            own = features[number * each : (number + 1) * each]
            with self._with(of_member):
                outputs.append(self._graph.second_half(numbers, own))
        return outputs[0] if len(outputs) == 1 else self._average(outputs)

    def _integrated(
        self,
        weights: Sequence[tuple],
        inputs: Mapping[str, tf.Tensor],
        baseline: Sequence[tf.Tensor],
        unit: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        ends = self._features_of(weights, inputs)
        moves = [end - start for end, start in zip(ends, baseline, strict=True)]
        moved = self._by_group([tf.abs(move) for move in moves])
        chosen = tf.one_hot(unit, self._network.output.shape[-1])

        def at(number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            share = tf.cast(number, tf.float32) / SEGMENTS
            pairs = zip(baseline, moves, strict=True)
            point = [start + share * move for start, move in pairs]
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(point)
                # Rows know nothing of each other: the gradient of their sum is that of each.
                output = tf.linalg.matvec(self._outputs_at(weights, point), chosen)
            zero = tf.UnconnectedGradients.ZERO
            slopes = tape.gradient(output, point, unconnected_gradients=zero)
            return output, self._by_group([s * m for s, m in zip(slopes, moves, strict=True)])

        def add(
            number: tf.Tensor,
            output: tf.Tensor,
            slopes: tf.Tensor,
            base: tf.Tensor,
            total: tf.Tensor,
        ) -> tuple[tf.Tensor, ...]:
            next_output, next_slopes = at(number)
            part = _added(slopes, next_slopes, next_output - output, moved)
            # The start is no segment; computed here too, the network is compiled once.
            is_start = number == 0
            base = tf.where(is_start, next_output, base)
            total += tf.where(is_start, tf.zeros_like(part), part)
            return number + 1, next_output, next_slopes, base, total

        none, nothing = tf.zeros_like(moved[:, 0]), tf.zeros_like(moved)
        first = (tf.constant(0), none, nothing, none, nothing)
        *_, base, total = tf.while_loop(lambda number, *_: number <= SEGMENTS, add, first)
        return base, total

    def _by_group(self, values: Sequence[tf.Tensor]) -> tf.Tensor:
        """Return values of all features as columns: numbers alone, others by layer in a sum."""
        numbers, features = values[: len(self._numbers)], values[len(self._numbers) :]
        each = len(self._graph.features)
        sums = [tf.reduce_sum(value, axis=list(range(1, len(value.shape)))) for value in features]
        columns = [tf.add_n(sums[number::each])[:, None] for number in range(each)]
        return tf.concat([*numbers, *columns], axis=1)

    def _with(self, weights: tuple) -> keras.StatelessScope:
        trained, others = weights
        network = self._network
        variables = [*network.trainable_variables, *network.non_trainable_variables]
        return keras.StatelessScope(list(zip(variables, [*trained, *others], strict=True)))


def _added(first: tf.Tensor, last: tf.Tensor, change: tf.Tensor, moved: tf.Tensor) -> tf.Tensor:
    """Return what every group adds within a segment, with the sum `change`.

    Parameters
    ----------
    first, last : tensor of shape (rows, groups)
        Slopes at the ends of the segment, times the length of the whole line.
    change : tensor of shape (rows,)
    moved : tensor of shape (rows, groups)
        Length of the line; decides where both slopes are 0 everywhere.
    """
    first, last = first / SEGMENTS, last / SEGMENTS
    sizes = tf.abs(first) + tf.abs(last)
    before, after = tf.reduce_sum(first, axis=1), tf.reduce_sum(last, axis=1)
    bend = before - after
    least = _LEAST_BEND * tf.reduce_sum(sizes, axis=1)
    missed = change - (before + after) / 2
    share = 0.5 + tf.math.divide_no_nan(missed * bend, bend**2 + least**2)
    share = tf.clip_by_value(share, 0.0, 1.0)[:, None]
    added = share * first + (1 - share) * last
    has_slope = tf.reduce_sum(sizes, axis=1, keepdims=True) > 0
    sizes = tf.where(has_slope, sizes, moved)
    left = change - tf.reduce_sum(added, axis=1)
    whole = tf.reduce_sum(sizes, axis=1)
    return added + sizes * tf.math.divide_no_nan(left, whole)[:, None]


def _dense(rows: tf.Tensor | tf.SparseTensor) -> tf.Tensor:
    if not isinstance(rows, tf.SparseTensor):
        return rows
    # Entries of weight 0, which fill chunks up, stand at places that others have.
    dense = tf.scatter_nd(rows.indices, rows.values, rows.dense_shape)
    return tf.ensure_shape(dense, rows.shape)
