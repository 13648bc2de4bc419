"""What training minimises and reports, as functions of the network's outputs on the device."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from estimators.engine.compiled import keras_keys  # noqa: F401  for what keys of losses are made of
from estimators.engine.compiled.keys import key_of
from estimators.heads.given_losses.kinds import CATEGORICAL, kind_of
from estimators.heads.given_losses.per_row import call_of, row_losses, takes_codes
from estimators.heads.losses import QuantileLoss, tweedie_deviance

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


def regression_objective(loss: Callable) -> RegressionObjective | UnitsObjective:
    """Return the objective of a loss function or object of Keras."""
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
class CountObjective:
    """The negative log-likelihood of Poisson counts, whose mean is the exponential of the output.

    The term ln(target!) is Stirling's, zero for counts up to 1, as in TensorFlow.

    Parameters
    ----------
    from_means : bool
        Whether the outputs are the means themselves.
    """

    from_means: bool = False
    measure_names: tuple[str, ...] = ("loss", "mean_absolute_error")

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row."""
        log_mean = _log_means(outputs, constants, self.from_means)
        return tf.reduce_mean(tf.nn.log_poisson_loss(target, log_mean, True), axis=-1)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return loss and absolute error of each row."""
        errors = tf.abs(target - tf.exp(_log_means(outputs, constants, self.from_means)))
        return [self.losses(target, outputs, constants), tf.reduce_mean(errors, axis=-1)]


@dataclass(frozen=True)
class TweedieObjective:
    """The deviance of a Tweedie distribution, whose mean is the exponential of the output.

    Training sees target and means as shares of the mean target: penalties and steps weigh the same
    in any unit.

    Parameters
    ----------
    power : float
    from_means : bool
        Whether the outputs are the means themselves.
    """

    power: float
    from_means: bool = False
    measure_names: tuple[str, ...] = ("loss", "mean_absolute_error")

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row on the scale of the mean target."""
        offset = constants["offset"]
        share = _log_means(outputs, constants, self.from_means) - offset
        deviance = tweedie_deviance(target * tf.exp(-offset), share, self.power)
        return tf.reduce_mean(deviance, axis=-1)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return deviance and absolute error of each row, in the units of the target."""
        log_mean = _log_means(outputs, constants, self.from_means)
        errors = tf.abs(target - tf.exp(log_mean))
        deviance = tweedie_deviance(target, log_mean, self.power)
        return [tf.reduce_mean(deviance, axis=-1), tf.reduce_mean(errors, axis=-1)]


def _log_means(outputs: tf.Tensor, constants: Constants, from_means: bool) -> tf.Tensor:
    if from_means:
        return tf.math.log(tf.maximum(outputs, keras.backend.epsilon()))
    return outputs + constants["offset"]


@dataclass(frozen=True)
class ClassObjective:
    """A loss of class probabilities: one softmax over exclusive classes, or a sigmoid each.

    Parameters
    ----------
    exclusive : bool
        Whether the target is one class code a row (softmax), else a 0/1 column an output.
    loss : callable or None
        A loss of Keras on probabilities; None stands for cross-entropy.
    key : hashable
        Stands for `loss` in comparisons.
    from_probabilities : bool
        Whether the network ends in a softmax or sigmoid of its own.
    """

    exclusive: bool
    loss: Callable | None = field(default=None, compare=False)
    key: Hashable = None
    from_probabilities: bool = False
    measure_names: tuple[str, ...] = ("loss", "accuracy")

    @classmethod
    def of(cls, exclusive: bool, loss: Callable | None, from_probabilities: bool) -> ClassObjective:
        """Return the objective of a loss function or object of Keras, None for cross-entropy."""
        return cls(exclusive, loss, key_of(loss), from_probabilities)

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row."""
        logits = self.logits(outputs)
        if self.loss is None and self.exclusive:
            return tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)
        if self.loss is None:
            entropy = tf.nn.sigmoid_cross_entropy_with_logits(target, logits)
            return tf.reduce_mean(entropy, axis=-1)
        loss = row_losses(self.loss)
        if self.exclusive:
            probabilities = tf.nn.softmax(logits)
            codes = takes_codes(self.loss)
            return loss(target if codes else tf.one_hot(target, logits.shape[-1]), probabilities)
        second = tf.sigmoid(logits)
        if kind_of(self.loss) != CATEGORICAL:
            return loss(target, second)
        # Two classes on one output: a loss of classes wants a probability for each of them.
        both = tf.concat([1 - second, second], axis=-1)
        codes = takes_codes(self.loss)
        return loss(target[:, 0] if codes else tf.concat([1 - target, target], axis=-1), both)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return loss and accuracy of each row; several labels are right only together."""
        logits = self.logits(outputs)
        if self.exclusive:
            right = tf.equal(tf.argmax(logits, -1, output_type=target.dtype), target)
        else:
            right = tf.reduce_all(tf.equal(logits > 0, target > 0.5), axis=-1)
        return [self.losses(target, outputs, constants), tf.cast(right, tf.float32)]

    def logits(self, outputs: tf.Tensor) -> tf.Tensor:
        """Return log-odds (sigmoid) or logarithms of probabilities (softmax)."""
        if not self.from_probabilities:
            return outputs
        epsilon = keras.backend.epsilon()
        p = tf.clip_by_value(outputs, epsilon, 1 - epsilon)
        return tf.math.log(p) if self.exclusive else tf.math.log(p) - tf.math.log1p(-p)
