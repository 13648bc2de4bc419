"""Layers that learn from the rows before the first step, as Keras's ``adapt`` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras
    import numpy as np

    from estimators.base.encoding import EncodedRows


def initial_weights(
    rows: EncodedRows, given: Sequence[Callable | None]
) -> Callable[[keras.Model, Sequence[np.ndarray]], list[np.ndarray]]:
    """Return what makes a network's fresh weights those that training begins with.

    Parameters
    ----------
    rows : EncodedRows
        Training rows, from which layers learn.
    given : sequence of callable or None
        Takes the network and weights and returns weights; the first is asked, last of all.

    Returns
    -------
    callable
        Takes the network and fresh weights.
    """
    chosen = [change for change in given if change is not None]
    return partial(_changed, [partial(_with_learnt, rows), *chosen[:1]])


def _changed(
    changes: Sequence[Callable], network: keras.Model, weights: Sequence[np.ndarray]
) -> list[np.ndarray]:
    for change in changes:
        weights = change(network, weights)
    return weights


def _with_learnt(
    rows: EncodedRows, network: keras.Model, weights: Sequence[np.ndarray]
) -> list[np.ndarray]:
    from feature_specs.networks.pieces import Pieces

    learning = [layer for layer in network._flatten_layers() if isinstance(layer, Pieces)]
    if not learning:
        return weights
    inputs, weights = rows.arrays(), list(weights)
    places = {id(variable): place for place, variable in enumerate(network.variables)}
    for layer in learning:
        weights[places[id(layer.edges)]] = layer.learnt(inputs)
    return weights
