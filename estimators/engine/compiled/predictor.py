"""A network compiled for prediction: a pure function of weights and inputs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from weakref import ref

import keras
import numpy as np
import tensorflow as tf

from estimators.engine.aligned_memory import tensor_of
from estimators.engine.compiled.direct_calls import DirectCall
from estimators.engine.compiled.function import Compiled
from estimators.engine.device_rows import chunks
from estimators.engine.sparse_rows import SparseRows, all_rows


class PlacedWeights:
    """Weights of a network on the device, and what was readied to call on them.

    Attributes
    ----------
    arguments : tuple of lists of tensors
        The first that the compiled network takes: weights that are trained, and the others.
    """

    def __init__(self, *arguments: list[tf.Tensor]) -> None:
        self.arguments = arguments
        # One attribute, for threads. The predictor goes when nobody else needs it.
        self._calls: tuple[Callable[[], Predictor | None], dict[tuple, DirectCall]] = _nobody, {}

    def calls_of(self, predictor: Predictor) -> dict[tuple, DirectCall]:
        """Return the calls of `predictor` on these weights by the shapes of inputs, to be kept."""
        whose, calls = self._calls
        if whose() is not predictor:
            calls = {}
            self._calls = ref(predictor), calls
        return calls


def tensors_of(inputs: Mapping[str, np.ndarray | SparseRows]) -> dict[str, Any]:
    """Return the arrays of a chunk as tensors, which may share their memory."""
    return {
        name: array._make(map(tensor_of, array))
        if isinstance(array, SparseRows)
        else tensor_of(array)
        for name, array in inputs.items()
    }


def _nobody() -> None:
    return None


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
        self._chunks = partial(chunks, of_one_size=_rounds_alike_in_all_calls(network))
        self._outputs = Compiled(self._call, jit_compile=jit_compile, label=label)

    def place(self, weights: Sequence[np.ndarray]) -> PlacedWeights:
        """Copy `weights`, in the order of the network's variables, to the device."""
        by_variable = dict(zip(map(id, self.network.variables), weights, strict=True))
        return PlacedWeights(
            *(
                [tf.constant(by_variable[id(variable)]) for variable in variables]
                for variables in (
                    self.network.trainable_variables,
                    self.network.non_trainable_variables,
                )
            )
        )

    def predict(self, weights: PlacedWeights, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the outputs of the network, shape (rows, units).

        Parameters
        ----------
        weights : PlacedWeights
            What `place` returned.
        inputs : mapping of str to array
        """
        calls = weights.calls_of(self)
        parts = self._chunks(inputs)
        outputs = [self._call_on(weights, calls, chunk)[:count] for count, chunk in parts]
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    def _call_on(
        self,
        weights: PlacedWeights,
        calls: dict[tuple, DirectCall],
        inputs: Mapping[str, np.ndarray | SparseRows],
    ) -> np.ndarray:
        tensors = tensors_of(inputs)
        flat = tf.nest.flatten(tensors)
        shapes = tuple((tensor.dtype, tensor.shape) for tensor in flat)
        call = calls.get(shapes)
        if call is None:
            held = weights.arguments
            call = calls[shapes] = self._outputs.direct((*held, tensors), len(held))
        return call(flat).numpy()

    def graph(self, weights: PlacedWeights, inputs: Mapping[str, tf.Tensor]) -> Callable:
        """Return the compiled graph for weights and inputs like these, to be called in another."""
        arguments = (*weights.arguments, inputs)
        alike = tf.nest.map_structure(lambda t: tf.TensorSpec(t.shape, t.dtype), arguments)
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


class WaitingWeights(PlacedWeights):
    """Weights on the host, no arguments of the compiled network."""

    def __init__(self, values: Sequence[np.ndarray]) -> None:
        super().__init__()
        self.values = values


class CapturingPredictor(Predictor):
    """A predictor for a network with a layer whose weights only assignment can replace."""

    takes_weights = False

    def __init__(self, network: keras.Model, *, jit_compile: bool, label: str = "") -> None:
        super().__init__(network, jit_compile=jit_compile, label=label)
        self._held: object = None
        self._turn = threading.Lock()

    def place(self, weights: Sequence[np.ndarray]) -> WaitingWeights:
        """Return `weights`, to be assigned when their turn comes."""
        return WaitingWeights(weights)

    def predict(self, weights: WaitingWeights, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the outputs of the network, shape (rows, units)."""
        with self._turn:
            if self._held is not weights:
                for variable, value in zip(self.network.variables, weights.values, strict=True):
                    variable.assign(value)
                self._held = weights
            return super().predict(weights, inputs)

    def _call(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        return self.network(all_rows(self.network, inputs), training=False)


def new_predictor(network: keras.Model, *, jit_compile: bool, label: str = "") -> Predictor:
    """Return the predictor that `network` needs."""
    kind = CapturingPredictor if has_captured_weights(network) else Predictor
    return kind(network, jit_compile=jit_compile, label=label)


def _rounds_alike_in_all_calls(network: keras.Model) -> bool:
    """Return whether a layer says of itself that outputs of different calls are compared."""
    layers = network._flatten_layers()
    return any(getattr(layer, "rounds_alike_in_all_calls", False) for layer in layers)


def has_captured_weights(network: keras.Model) -> bool:
    """Return whether a layer says of itself that its graph holds its weights."""
    return any(getattr(layer, "has_captured_weights", False) for layer in network._flatten_layers())
