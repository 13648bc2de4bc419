"""What training minimises and reports of values, as functions of the outputs on the device."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from estimators.engine.compiled import keras_keys  # noqa: F401  for what keys of losses are made of
from estimators.engine.compiled.keys import key_of
from estimators.heads.given_losses.per_row import call_of, row_losses
from estimators.heads.losses import QuantileLoss

Constants = Mapping[str, tf.Tensor]

# A loss in the units of the target, divided by this power of the target's scale, is the loss on
# the standardised target.
_DEGREES = {
    keras.losses.mean_squared_error: 2,
    keras.losses.MeanSquaredError: 2,
    keras.losses.mean_absolute_error: 1,
    keras.losses.MeanAbsoluteError: 1,
    QuantileLoss: 1,
}


def regression_objective(
    loss: Callable,
) -> RegressionObjective | UnitsObjective | QuantilesObjective:
    """Return the objective of a loss function or object of Keras."""
    if isinstance(loss, QuantileLoss) and loss.is_several:
        return QuantilesObjective(loss, key_of(loss))
    kind = RegressionObjective if _degree(loss) else UnitsObjective
    return kind(loss, key_of(loss))


def _degree(loss: Callable) -> int | None:
    kind = type(loss) if isinstance(loss, keras.losses.Loss) else loss
    return next((degree for known, degree in _DEGREES.items() if known is kind), None)


@dataclass(frozen=True)
class _OfLoss:
    """An objective made of a loss; equal to another by a key of the loss."""

    loss: Callable = field(compare=False)
    key: Hashable
    measure_names: tuple[str, ...] = ("loss", "mean_absolute_error")

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        # May hold what no file does.
        del state["key"]
        return state

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state, key=key_of(state["loss"]))


@dataclass(frozen=True)
class RegressionObjective(_OfLoss):
    """A loss that grows with the target's scale, minimised on the standardised target."""

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row on the scale of the standardised target."""
        raw = self._elements(target, outputs, constants)
        # Files of earlier versions hold any loss here.
        return tf.reduce_mean(raw / constants["scale"] ** (self.degree or 2), axis=-1)

    @property
    def degree(self) -> int | None:
        """By which power of the target's scale the loss grows, None where that is not known."""
        return _degree(self.loss)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return loss and absolute error of each row, in the units of the target."""
        errors = tf.abs(target - outputs) * constants["scale"]
        raw = self._elements(target, outputs, constants)
        return [tf.reduce_mean(raw, axis=-1), tf.reduce_mean(errors, axis=-1)]

    def _elements(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        scale, offset = constants["scale"], constants["offset"]
        return call_of(self.loss)(
            (target * scale + offset)[..., None], (outputs * scale + offset)[..., None]
        )


@dataclass(frozen=True)
class UnitsObjective(_OfLoss):
    """Any other loss: it sees target and predictions in the target's units, all outputs at once.

    Training divides it by one constant, so that a step, and what a penalty weighs against it,
    does not depend on the units.
    """

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row as a share of what there is to lose."""
        values = _in_units(outputs, constants)
        return row_losses(self.loss)(target, values) / constants["to_lose"]

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return loss and absolute error of each row, in the units of the target."""
        values = _in_units(outputs, constants)
        errors = tf.reduce_mean(tf.abs(target - values), axis=-1)
        return [row_losses(self.loss)(target, values), errors]

    def to_lose(self, columns: np.ndarray, guess: np.ndarray, weight: np.ndarray) -> float:
        """Return the mean loss of one guess for all rows, above that of the target itself."""
        target = tf.constant(columns, tf.float32)
        rows = row_losses(self.loss)
        lost = rows(target, tf.broadcast_to(tf.constant(guess, tf.float32), target.shape))
        lost = (lost - rows(target, target)).numpy().astype(np.float64)
        finite = np.isfinite(lost)
        mean = np.average(lost[finite], weights=weight[finite]) if weight[finite].any() else 0.0
        return float(mean) if mean > 0 else 1.0


def _in_units(outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
    return outputs * constants["scale"] + constants["offset"]


@dataclass(frozen=True)
class QuantilesObjective(_OfLoss):
    """The mean pinball loss of several quantiles, of which each has an output.

    Training lets every output find its quantile by itself. What is measured is what is predicted:
    the outputs in order, whose loss is never the larger one.
    """

    degree: ClassVar[int] = 1

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row on the scale of the standardised target."""
        return tf.reduce_mean(self._elements(target, self._by_target(outputs)), axis=-1)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return loss and absolute error of the middle of each row, in the target's units."""
        values = tf.sort(self._by_target(outputs), axis=-1)
        middle = tf.reduce_mean(tf.gather(values, self.middle, axis=-1), axis=-1)
        scale = constants["scale"][:: len(self.loss.quantiles)]
        losses, errors = self._elements(target, values), tf.abs(target - middle)
        return [tf.reduce_mean(each * scale, axis=-1) for each in (losses, errors)]

    @property
    def middle(self) -> list[int]:
        """The place of the quantile nearest to the median, or of the two that are as near."""
        distances = np.abs(np.array(self.loss.quantiles) - 0.5)
        return np.flatnonzero(np.isclose(distances, distances.min())).tolist()

    def _by_target(self, outputs: tf.Tensor) -> tf.Tensor:
        count = len(self.loss.quantiles)
        return tf.reshape(outputs, (-1, outputs.shape[-1] // count, count))

    def _elements(self, target: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
        repeated = tf.repeat(target[..., None], len(self.loss.quantiles), axis=-1)
        return self.loss.call(repeated, values)
