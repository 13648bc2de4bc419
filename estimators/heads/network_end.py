"""What a network ends in, by its last layer where that says it, else by what it computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import keras
import numpy as np
import tensorflow as tf

from estimators.heads.choice import (
    LOG_SOFTMAX,
    LOGITS,
    NEGATIVE,
    POSITIVE,
    SIGMOID,
    SOFTMAX,
    UNKNOWN,
)

_ACTIVATIONS = {"linear": LOGITS, "sigmoid": SIGMOID, "softmax": SOFTMAX}
# How far weights are moved, in their own standard deviations: large ones drive logits out of the
# range of probabilities, and probabilities nowhere.
_MOVES = (0.0, 2.0, 20.0)
_LEAST_SPREAD = 0.5
# Larger tables of weights are moved by one factor: embeddings of a whole vocabulary.
_MOST_MOVED = 1 << 17


def end_of(network: keras.Model, inputs: Mapping[str, np.ndarray]) -> str:
    """Return what `network` ends in.

    Parameters
    ----------
    network : keras.Model
        From `inputs` to outputs of shape (rows, units); its weights are left as they are.
    inputs : mapping of str to array
        A few encoded rows.
    """
    return _last_activation(network) or _computed(np.concatenate(list(_probes(network, inputs))))


def _last_activation(network: keras.Model) -> str | None:
    """Return the end that the last layer names, None for a layer that may compute anything."""
    operation = network.outputs[0]._keras_history.operation
    if isinstance(operation, keras.Sequential) or type(operation).__name__ == "Functional":
        return _last_activation(operation)
    if type(operation) not in (keras.layers.Dense, keras.layers.Activation):
        return None
    name = getattr(operation.activation, "__name__", "")
    # A function of the caller's may have any name.
    is_known = operation.activation is getattr(keras.activations, name, None)
    return _ACTIVATIONS.get(name) if is_known else None


def _probes(network: keras.Model, inputs: Mapping[str, np.ndarray]) -> Iterator[np.ndarray]:
    """Yield outputs with the network's own weights, then with others."""
    generator = np.random.default_rng(0)
    tensors = {name: tf.constant(array) for name, array in inputs.items()}
    # Of frozen layers as well.
    weights = {id(v) for layer in network._flatten_layers() for v in layer._trainable_variables}
    for moves in _MOVES:
        trainable, others = (
            [_moved(v, moves, generator) if id(v) in weights else v.value for v in variables]
            for variables in (network.trainable_variables, network.non_trainable_variables)
        )
        outputs, _ = network.stateless_call(trainable, others, tensors, training=False)
        yield np.asarray(outputs, dtype=np.float64)


def _moved(variable: keras.Variable, moves: float, generator: np.random.Generator) -> tf.Tensor:
    value = variable.value
    if not moves or not value.dtype.is_floating:
        return value
    if value.shape.num_elements() > _MOST_MOVED:
        moved = value * tf.cast(1 + moves * generator.normal(), value.dtype)
    else:
        spread = max(np.std(value.numpy()), _LEAST_SPREAD)
        steps = moves * spread * generator.normal(size=value.shape)
        moved = value + tf.cast(steps, value.dtype)
    # Weights under a constraint are never seen without it.
    return moved if variable.constraint is None else variable.constraint(moved)


def _computed(outputs: np.ndarray) -> str:
    """Return the end that all of these outputs, shape (rows, units), agree with."""
    outputs = outputs[np.isfinite(outputs).all(axis=1)]
    if not len(outputs):
        return UNKNOWN
    if outputs.shape[1] == 1 and (outputs == 1).all():
        return SOFTMAX
    if (np.ptp(outputs, axis=0) == 0).all():
        return UNKNOWN
    if (outputs >= 0).all():
        if (outputs > 1 + _ROUNDING).any():
            return POSITIVE
        return SOFTMAX if _sum_to_one(outputs) else SIGMOID
    if (outputs <= 0).all():
        return LOG_SOFTMAX if _sum_to_one(np.exp(outputs)) else NEGATIVE
    return LOGITS


# Of half precision.
_ROUNDING = 5e-3


def _sum_to_one(probabilities: np.ndarray) -> bool:
    return bool((np.abs(probabilities.sum(axis=1) - 1) < _ROUNDING).all())
