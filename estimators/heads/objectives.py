"""What training minimises and reports, as functions of the network's outputs on the device."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

import keras
import tensorflow as tf

from estimators.engine.compiled.keys import key_of

Constants = Mapping[str, tf.Tensor]
Elementwise = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

# A loss in the units of the target, divided by this power of the target's scale, is the loss on
# the standardised target; 2 for any loss that is not named here.
_DEGREES = {"mean_absolute_error": 1, "quantile_loss": 1}


@dataclass(frozen=True)
class RegressionObjective:
    """A loss of real-valued predictions, minimised on the standardised target."""

    loss: Callable = field(compare=False)
    key: Hashable
    measure_names: tuple[str, ...] = ("loss", "mean_absolute_error")

    @classmethod
    def of(cls, loss: Callable) -> RegressionObjective:
        """Return the objective of a loss function or object of Keras."""
        return cls(loss, key_of(loss))

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row on the scale of the standardised target."""
        degree = _DEGREES.get(getattr(self.loss, "name", getattr(self.loss, "__name__", "")), 2)
        raw = self._elements(target, outputs, constants)
        return tf.reduce_mean(raw / constants["scale"] ** degree, axis=-1)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return loss and absolute error of each row, in the units of the target."""
        errors = tf.abs(target - outputs) * constants["scale"]
        raw = self._elements(target, outputs, constants)
        return [tf.reduce_mean(raw, axis=-1), tf.reduce_mean(errors, axis=-1)]

    def _elements(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        scale, offset = constants["scale"], constants["offset"]
        return row_losses(self.loss)(
            (target * scale + offset)[..., None], (outputs * scale + offset)[..., None]
        )


@dataclass(frozen=True)
class CountObjective:
    """The negative log-likelihood of Poisson counts, whose mean is the exponential of the output.

    The term ln(target!) is Stirling's, zero for counts up to 1, as in TensorFlow.
    """

    measure_names: tuple[str, ...] = ("loss", "mean_absolute_error")

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row."""
        log_mean = outputs + constants["offset"]
        return tf.reduce_mean(tf.nn.log_poisson_loss(target, log_mean, True), axis=-1)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return loss and absolute error of each row."""
        errors = tf.abs(target - tf.exp(outputs + constants["offset"]))
        return [self.losses(target, outputs, constants), tf.reduce_mean(errors, axis=-1)]


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
        if self.exclusive:
            one_hot = tf.one_hot(target, logits.shape[-1])
            return row_losses(self.loss)(one_hot, tf.nn.softmax(logits))
        return row_losses(self.loss)(target, tf.sigmoid(logits))

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


def row_losses(loss: Callable) -> Elementwise:
    """Return `loss` as a function that keeps one value a row, for a Keras object or function."""
    return loss.call if isinstance(loss, keras.losses.Loss) else loss
