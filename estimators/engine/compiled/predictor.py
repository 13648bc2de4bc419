"""A network compiled for prediction: a pure function of weights and inputs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from estimators.engine.compiled.function import Compiled
from estimators.engine.device_rows import chunks
from estimators.engine.sparse_rows import all_rows


class Predictor:
    """Runs a network on weights that it is given, so that any number of fits and threads share it.

    Parameters
    ----------
    network : keras.Model
        Maps a dictionary of encoded inputs to outputs of shape (rows, units).
    jit_compile : bool
        Whether XLA compiles the network.
    label : str, optional
        As for `Compiled`.
    """

    # Whether they are arguments of the compiled program, so that others may call it.
    takes_weights = True

    def __init__(self, network: keras.Model, *, jit_compile: bool, label: str = "") -> None:
        self.network = network
        self._outputs = Compiled(self._call, jit_compile=jit_compile, label=label)

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
            self._outputs(*weights, tf.nest.map_structure(tf.constant, chunk)).numpy()[:count]
            for count, chunk in chunks(inputs)
        ]
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    def graph(
        self, weights: tuple[list[tf.Tensor], list[tf.Tensor]], inputs: Mapping[str, tf.Tensor]
    ) -> Callable:
        """Return the compiled graph for weights and inputs like these, to be called in another."""
        alike = tf.nest.map_structure(lambda t: tf.TensorSpec(t.shape, t.dtype), (*weights, inputs))
        with tf.init_scope():
            return self._outputs.graph(alike)

    def _call(
        self,
        trainable: list[tf.Tensor],
        non_trainable: list[tf.Tensor],
        inputs: dict[str, tf.Tensor],
    ) -> tf.Tensor:
        outputs, _ = self.network.stateless_call(
            trainable, non_trainable, all_rows(self.network, inputs), training=False
        )
        return outputs


class CapturingPredictor(Predictor):
    """A predictor for a network with a layer whose weights only assignment can replace."""

    takes_weights = False

    def __init__(self, network: keras.Model, *, jit_compile: bool, label: str = "") -> None:
        super().__init__(network, jit_compile=jit_compile, label=label)
        self._held: object = None
        self._turn = threading.Lock()

    def place(self, weights: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return `weights`: they are assigned when their turn comes."""
        return list(weights)

    def predict(
        self, weights: Sequence[np.ndarray], inputs: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Return the outputs of the network, shape (rows, units)."""
        with self._turn:
            if self._held is not weights:
                for variable, value in zip(self.network.variables, weights, strict=True):
                    variable.assign(value)
                self._held = weights
            return super().predict((), inputs)

    def _call(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        return self.network(all_rows(self.network, inputs), training=False)


def new_predictor(network: keras.Model, *, jit_compile: bool, label: str = "") -> Predictor:
    """Return the predictor that `network` needs."""
    kind = CapturingPredictor if has_captured_weights(network) else Predictor
    return kind(network, jit_compile=jit_compile, label=label)


def has_captured_weights(network: keras.Model) -> bool:
    """Return whether a layer says of itself that its graph holds its weights."""
    return any(getattr(layer, "has_captured_weights", False) for layer in network._flatten_layers())
