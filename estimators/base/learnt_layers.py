"""Layers that learn from the rows before the first step, as Keras's ``adapt`` does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from estimators.engine.variable_names import variable_names

if TYPE_CHECKING:
    import keras

    from estimators.base.encoding import EncodedRows
    from estimators.engine.trained_network import TrainedNetwork
    from estimators.heads.head import Head

# By the name of its layer, without which it might be that of a layer of Keras's.
_MEAN_TARGET = re.compile(r"(^|/)neighbor_average(_\d+)?/mean$")


def initial_weights(
    rows: EncodedRows, head: Head, given: Sequence[Callable | None]
) -> Callable[[keras.Model, Sequence[np.ndarray]], list[np.ndarray]]:
    """Return what makes a network's fresh weights those that training begins with.

    Parameters
    ----------
    rows : EncodedRows
        Training rows, from which layers learn.
    head : Head
        Which knows what the target alone tells.
    given : sequence of callable or None
        Takes the network and weights and returns weights; the first is asked, last of all.

    Returns
    -------
    callable
        Takes the network and fresh weights.
    """
    chosen = [change for change in given if change is not None]
    learnt, told = (partial(change, rows, head) for change in (_with_learnt, _told_after))
    return partial(_changed, [learnt, *chosen[:1], told])


def with_present_rows(previous: TrainedNetwork, rows: EncodedRows, head: Head) -> TrainedNetwork:
    """Return a network that goes on training, with what it is told of the target of its rows.

    Its outputs are clipped no nearer than `rows` ask for; a mean target is that of `rows`.

    Parameters
    ----------
    previous : TrainedNetwork
    rows : EncodedRows
        Training rows of the fit that goes on.
    head : Head
    """
    return previous.with_weights(_told(previous.names, previous.weights, rows, head))


def _told_after(
    rows: EncodedRows, head: Head, network: keras.Model, weights: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Return weights, some of which another model may have given, and with them its target's."""
    return _told(variable_names(network), weights, rows, head)


def _told(
    names: Sequence[str | None], weights: Sequence[np.ndarray], rows: EncodedRows, head: Head
) -> list[np.ndarray]:
    ends, changes = head.ends(rows.y), {}
    if ends is not None:
        least, most = (end.astype("float32") for end in ends)
        changes = {
            "learnt_minimum": partial(np.minimum, least),
            "learnt_maximum": partial(np.maximum, most),
        }
    told = []
    for name, weight in zip(names, weights, strict=True):
        if _MEAN_TARGET.search(name or ""):
            weight = _mean_target(rows, head)
        own = (name or "").rpartition("/")[2]
        told.append(changes[own](weight) if own in changes else weight)
    return told


def _mean_target(rows: EncodedRows, head: Head) -> np.ndarray:
    return np.average(head.averaged(rows.y), axis=0, weights=rows.weight).astype("float32")


def _changed(
    changes: Sequence[Callable], network: keras.Model, weights: Sequence[np.ndarray]
) -> list[np.ndarray]:
    for change in changes:
        weights = change(network, weights)
    return weights


def _with_learnt(
    rows: EncodedRows, head: Head, network: keras.Model, weights: Sequence[np.ndarray]
) -> list[np.ndarray]:
    learnt = {
        id(variable): value
        for layer in network._flatten_layers()
        for variable, value in _learnt_by(layer, rows, head)
    }
    pairs = zip(network.variables, weights, strict=True)
    return [learnt.get(id(variable), weight) for variable, weight in pairs]


def _learnt_by(
    layer: keras.layers.Layer, rows: EncodedRows, head: Head
) -> Iterator[tuple[keras.Variable, np.ndarray]]:
    from estimators.layers import ClippedOutputs, CumulativeLogits, NeighborAverage, NTKOutputs
    from feature_specs.networks.pieces import Pieces

    if isinstance(layer, Pieces):
        yield layer.edges, layer.learnt(rows.arrays(), head.averaged(rows.y), rows.weight)
    elif isinstance(layer, CumulativeLogits):
        yield from layer.thresholds_of(head.start(rows.y, rows.weight))
    # Before thresholds, which know the target, it knows nothing of it.
    elif isinstance(layer, NTKOutputs) and layer.units == head.units:
        yield layer.bias, head.start(rows.y, rows.weight).astype("float32")
    elif isinstance(layer, NeighborAverage):
        yield layer.mean, _mean_target(rows, head)
    elif isinstance(layer, ClippedOutputs) and (ends := head.ends(rows.y)) is not None:
        given = (layer.given_minimum, layer.given_maximum)
        for weight, end, own in zip((layer.minimum, layer.maximum), ends, given, strict=True):
            if own is None:
                yield weight, end.astype("float32")
