"""A network in two halves, with what stands for the columns as floats between them.

The first half looks codes up, as indicators, vectors or sums of words; numbers are floats as they
come. The second half is all the rest, and has a gradient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import keras


class Feature(NamedTuple):
    """What a layer makes of codes.

    Attributes
    ----------
    tensor : KerasTensor of shape (rows, ...)
    inputs : tuple of str
        Names of the inputs that it is made of.
    """

    tensor: keras.KerasTensor
    inputs: tuple[str, ...]


class FeatureGraph:
    """Computes either half of a network, wherever its layers stand in parts of it.

    Parameters
    ----------
    network : keras.Model
        From a dictionary of inputs to one output.
    numbers : collection of str
        Names of the inputs that are floats to begin with.

    Attributes
    ----------
    features : list of Feature

    Examples
    --------
    >>> import keras
    >>> size, kind = keras.Input((1,), name="size"), keras.Input((), dtype="int32", name="kind")
    >>> inputs = {"size": size, "kind": kind}
    >>> vectors = keras.layers.Embedding(3, 2)(kind)
    >>> both = keras.layers.Concatenate()([size, vectors])
    >>> graph = FeatureGraph(keras.Model(inputs, keras.layers.Dense(1)(both)), ["size"])
    >>> [(feature.inputs, feature.tensor.shape) for feature in graph.features]
    [(('kind',), (None, 2))]
    """

    def __init__(self, network: keras.Model, numbers: Collection[str]) -> None:
        self._inputs: Mapping[str, keras.KerasTensor] = network.input
        self._outputs = network.outputs
        self._numbers = list(numbers)
        self.features: list[Feature] = []
        found = {
            id(tensor): () if name in self._numbers else (name,)
            for name, tensor in self._inputs.items()
        }
        self._find_features(self._outputs, found)

    def first_half(self, inputs: Mapping[str, Any]) -> list[Any]:
        """Return the features of inputs."""
        known = {id(self._inputs[name]): value for name, value in inputs.items()}
        return _computed([feature.tensor for feature in self.features], known)

    def second_half(self, numbers: Sequence[Any], features: Sequence[Any]) -> Any:
        """Return the output for numbers, in the order of their names, and features."""
        tensors = [self._inputs[name] for name in self._numbers]
        tensors += [feature.tensor for feature in self.features]
        known = {id(t): v for t, v in zip(tensors, [*numbers, *features], strict=True)}
        (output,) = _computed(self._outputs, known)
        return output

    def _find_features(
        self, tensors: Iterable[keras.KerasTensor], found: dict[int, tuple[str, ...]]
    ) -> None:
        """Note of tensors, and of all before them, which inputs of codes they hold unchanged."""
        for tensor in tensors:
            if id(tensor) in found:
                continue
            before = _before(tensor)
            self._find_features(before, found)
            names = tuple(dict.fromkeys(name for t in before for name in found[id(t)]))
            if names and keras.backend.is_float_dtype(tensor.dtype):
                self.features.append(Feature(tensor, names))
                names = ()
            found[id(tensor)] = names


def _computed(tensors: Sequence[keras.KerasTensor], known: dict[int, Any]) -> list[Any]:
    """Return the values of tensors, and put those of all before them beside the known ones."""
    for tensor in tensors:
        if id(tensor) in known:
            continue
        values = _computed(_before(tensor), known)
        inner = _inner(tensor)
        if inner is not None:
            known[id(tensor)] = values[0]
            continue
        node = _node(tensor)
        arguments, named = node.arguments.fill_in(known)
        outputs = node.operation(*arguments, **named)
        known.update(zip(map(id, node.outputs), keras.tree.flatten(outputs), strict=True))
    return [known[id(tensor)] for tensor in tensors]


def _before(tensor: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Return what a tensor is made of, within a part of the network that it comes out of."""
    inner = _inner(tensor)
    return _node(tensor).input_tensors if inner is None else [inner]


def _inner(tensor: keras.KerasTensor) -> keras.KerasTensor | None:
    """Return the same tensor within a part that takes the very inputs that it was made with."""
    operation, _, place = tensor._keras_history
    if not isinstance(operation, keras.Model):
        return None
    taken = map(id, _node(tensor).input_tensors)
    return operation.outputs[place] if list(taken) == list(map(id, operation.inputs)) else None


def _node(tensor: keras.KerasTensor) -> Any:
    operation, number, _ = tensor._keras_history
    return operation._inbound_nodes[number]
