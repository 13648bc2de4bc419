"""Several networks, each on weights of its own, called as one graph of their compiled programs."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf

from estimators.engine.compiled.function import Compiled
from estimators.engine.compiled.predictor import PlacedWeights, Predictor, tensors_of
from estimators.engine.device_rows import chunks


class Call(NamedTuple):
    """A network on its weights.

    Attributes
    ----------
    predictor : Predictor
    weights : PlacedWeights
        What ``predictor.place`` returned.
    names : dict of str to str
        Inputs of the network, and how they are called where they are given.
    """

    predictor: Predictor
    weights: PlacedWeights
    names: Mapping[str, str]


def outputs_together(
    owner: object, calls: Sequence[Call], inputs: Mapping[str, np.ndarray]
) -> list[np.ndarray]:
    """Return what each call gives, shape (rows, units), with the bits that it gives alone.

    For few rows most of the time goes by on the way into TensorFlow, which is gone once for all.

    Parameters
    ----------
    owner : object
        With whom the graph goes.
    calls : sequence of Call
    inputs : mapping of str to array
    """
    with _lock:
        together = _of_owners.get(owner)
        if together is None or not together.is_of(calls):
            together = _of_owners[owner] = _Together(calls)
    return together.outputs(inputs)


def forget_graphs_of_several() -> None:
    """Free the graphs of all owners; they are made again when asked."""
    with _lock:
        _of_owners.clear()


_lock = threading.Lock()
_of_owners: WeakKeyDictionary[object, _Together] = WeakKeyDictionary()


class _Together:
    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = list(calls)
        # XLA compiles the networks; there is nothing beside them to compile.
        self._graph = Compiled(self._call, jit_compile=False)

    def is_of(self, calls: Sequence[Call]) -> bool:
        return len(calls) == len(self._calls) and all(
            own.predictor is given.predictor and own.weights is given.weights
            for own, given in zip(self._calls, calls, strict=True)
        )

    def outputs(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        parts = [
            [output.numpy()[:count] for output in self._graph(tensors_of(chunk))]
            for count, chunk in chunks(inputs)
        ]
        return [np.concatenate(of_call) for of_call in zip(*parts, strict=True)]

    def _call(self, inputs: dict[str, tf.Tensor]) -> list[tf.Tensor]:
        outputs = []
        for predictor, weights, names in self._calls:
            given = {own: inputs[name] for own, name in names.items()}
            outputs.append(predictor.graph(weights, given)(*weights.arguments, given))
        return outputs
