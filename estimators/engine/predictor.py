"""A network compiled for prediction: a pure function of weights and inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from estimators.engine.compiled import Compiled
from estimators.engine.rows import chunks


class Predictor:
    """Runs a network on weights that it is given, so that any number of fits and threads share it.

    Parameters
    ----------
    network : keras.Model
        Maps a dictionary of encoded inputs to outputs of shape (rows, units).
    jit_compile : bool
        Whether XLA compiles the network.
    """

    def __init__(self, network: keras.Model, *, jit_compile: bool) -> None:
        self.network = network
        self._outputs = Compiled(self._call, jit_compile=jit_compile)

    def place(self, weights: Sequence[np.ndarray]) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        """Copy `weights`, in the order of the network's variables, to the device."""
        by_variable = dict(zip(map(id, self.network.variables), weights, strict=True))
        return tuple(
            [tf.constant(by_variable[id(variable)]) for variable in variables]
            for variables in (
                self.network.trainable_variables,
                self.network.non_trainable_variables,
            )
        )

    def predict(
        self,
        weights: tuple[list[tf.Tensor], list[tf.Tensor]],
        inputs: Mapping[str, np.ndarray],
    ) -> np.ndarray:
        """Return the outputs of the network, shape (rows, units).

        Parameters
        ----------
        weights : pair of lists of tensors
            What `place` returned.
        inputs : mapping of str to array
        """
        outputs = [
            self._outputs(
                *weights, {name: tf.constant(array) for name, array in chunk.items()}
            ).numpy()[:count]
            for count, chunk in chunks(inputs)
        ]
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    def _call(
        self,
        trainable: list[tf.Tensor],
        non_trainable: list[tf.Tensor],
        inputs: dict[str, tf.Tensor],
    ) -> tf.Tensor:
        outputs, _ = self.network.stateless_call(trainable, non_trainable, inputs, training=False)
        return outputs
