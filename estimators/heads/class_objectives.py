"""What training minimises of class probabilities, without and with an order of the classes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import keras
import tensorflow as tf

from estimators.engine.compiled.keys import key_of
from estimators.heads.given_losses.kinds import CATEGORICAL, kind_of
from estimators.heads.given_losses.per_row import row_losses, takes_codes
from estimators.heads.objectives import Constants


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


@dataclass(frozen=True)
class OrdinalObjective:
    """The negative log-likelihood of classes in order, by the log-odds of reaching each."""

    measure_names: tuple[str, ...] = ("loss", "accuracy")

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row."""
        picked = tf.one_hot(target, outputs.shape[-1] + 1, dtype=outputs.dtype)
        return -tf.reduce_sum(picked * _log_of_classes(outputs), axis=-1)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return loss and accuracy of each row."""
        classes = tf.argmax(_log_of_classes(outputs), -1, output_type=target.dtype)
        right = tf.cast(tf.equal(classes, target), tf.float32)
        return [self.losses(target, outputs, constants), right]


def _log_of_classes(logits: tf.Tensor) -> tf.Tensor:
    """Return the logarithms of the probabilities of all classes.

    σ(a) - σ(b) is σ(a) σ(-b) (1 - exp(b - a)), which does not cancel.
    """
    reached = tf.pad(tf.math.log_sigmoid(logits), [[0, 0], [1, 0]])
    not_beyond = tf.pad(tf.math.log_sigmoid(-logits), [[0, 0], [0, 1]])
    gaps = tf.maximum(logits[:, :-1] - logits[:, 1:], keras.backend.epsilon())
    between = tf.pad(tf.math.log(-tf.math.expm1(-gaps)), [[0, 0], [1, 1]])
    return reached + not_beyond + between
