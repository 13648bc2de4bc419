"""Vectors of words that only prediction knows, beside those that training found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


def complete_weights(network: keras.Model, weights: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the weights of a trained network with the vectors that only prediction knows.

    Parameters
    ----------
    network : keras.Model
        Built on a spec.
    weights : sequence of ndarray
        Of the network built on ``spec.for_training()``, in the order of its variables.

    Returns
    -------
    list of ndarray
    """
    further = {
        id(layer.embeddings): layer.further
        for layer in network._flatten_layers()
        if getattr(layer, "further", None) is not None
    }
    return [
        _completed(weight, variable.shape, *further[id(variable)])
        if id(variable) in further
        else weight
        for variable, weight in zip(network.variables, weights, strict=True)
    ]


def _completed(
    weight: np.ndarray, shape: tuple[int, int], trained: int, vectors: np.ndarray
) -> np.ndarray:
    # A linear model beside the embedding has learnt nothing of the other words.
    beyond = vectors if vectors.shape[1] == shape[1] else np.zeros((len(vectors), shape[1]))
    return np.concatenate([weight[:trained], beyond.astype(weight.dtype)])
