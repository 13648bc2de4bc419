"""Optimizers whose update of a variable TensorFlow has as one operation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

# By what they are, not what they derive from: a subclass may update in its own way.
_LIKE_ADAM = (keras.optimizers.Adam, keras.optimizers.AdamW)
# The operation takes 0.999 from 1 in the precision of the variable, which half would be lost on.
_PRECISE = (tf.float32, tf.float64)


@contextmanager
def fused_updates(optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Have `optimizer` update each variable by one operation, where there is one for it.

    Keras writes Adam as 25 operations a variable, two of them roots, and XLA lowers each root by
    a compiler of its own that takes 10 ms to set up: a quarter of a first fit whose program is
    found on disk.
    """
    fused = [part for part in _parts_of(optimizer) if type(part) in _LIKE_ADAM and not part.amsgrad]
    for part in fused:
        # Past Keras, which would watch it and copy it with the optimizer.
        vars(part)["update_step"] = _AdamStep(part)
    try:
        yield
    finally:
        for part in fused:
            del vars(part)["update_step"]


def _parts_of(optimizer: keras.optimizers.Optimizer) -> list[keras.optimizers.Optimizer]:
    """Return the optimizers that change variables: those within it, or itself."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return _parts_of(optimizer.inner_optimizer)
    # Keras 3.15 knows several for the variables of one network.
    return getattr(optimizer, "optimizers", [optimizer])


class _AdamStep:
    """Kingma and Ba's step (2015, end of section 2) in the order in which Keras computes it."""

    def __init__(self, optimizer: keras.optimizers.Adam) -> None:
        self._optimizer = optimizer
        self._powers: dict[tuple[int, tf.DType], tuple[tf.Tensor, tf.Tensor]] = {}

    def __call__(
        self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor
    ) -> None:
        optimizer, dtype = self._optimizer, variable.dtype
        if dtype not in _PRECISE:
            type(optimizer).update_step(optimizer, gradient, variable, learning_rate)
            return
        place = optimizer._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=optimizer._momentums[place].value.handle,
            v=optimizer._velocities[place].value.handle,
            beta1_power=self._power(optimizer.beta_1, dtype),
            beta2_power=self._power(optimizer.beta_2, dtype),
            lr=tf.cast(learning_rate, dtype),
            beta1=tf.constant(optimizer.beta_1, dtype),
            beta2=tf.constant(optimizer.beta_2, dtype),
            epsilon=tf.constant(optimizer.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
        )

    def _power(self, beta: float, dtype: tf.DType) -> tf.Tensor:
        # A condition has a graph of its own.
        key = (id(tf.compat.v1.get_default_graph()), beta, dtype)
        if key not in self._powers:
            step = tf.cast(self._optimizer.iterations + 1, dtype)
            self._powers[key] = tf.pow(tf.constant(beta, dtype), step)
        return self._powers[key]
