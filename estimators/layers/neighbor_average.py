"""Outputs that are an average of the targets of known rows, the nearest of which count most."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# The share of the mean target, so that no class is ever impossible.
_OF_ALL = 1e-4
_TINY = 1e-12
_NEAREST = 1e-6
_FAR = 1e18


@keras.saving.register_keras_serializable(package="estimators")
class NeighborAverage(keras.layers.Layer):
    """Averages the targets of known rows, weighted by the softmax of minus their distances.

    Distances are Euclidean, between embeddings. In training the known rows are the others of the
    batch, whose targets are inputs; afterwards they are candidates that the layer holds.

    Parameters
    ----------
    units : int
        Number of target columns.
    candidates : int
        Number of rows that the layer has room for. An estimator places them after training; by
        hand ``layer.candidates``, ``layer.targets`` and ``layer.counts`` are assigned, and
        ``layer.mean`` where a mean of the target other than 0 is known.
    scale : {'values', 'logarithms', 'log_odds', 'log_probabilities'}, default='values'
        On which scale the average is given: as it is, as its logarithm, as log-odds of a
        probability, or as logarithms of probabilities.
    **kwargs
        Of ``keras.layers.Layer``.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.layers import NeighborAverage
    >>> layer = NeighborAverage(units=1, candidates=2)
    >>> layer.build((None, 1))
    >>> _ = layer.candidates.assign([[0.0], [10.0]])
    >>> _ = layer.targets.assign([[5.0], [7.0]])
    >>> _ = layer.counts.assign([1.0, 1.0])
    >>> np.asarray(layer(np.array([[0.0], [5.0]], "float32"))).round(2).tolist()
    [[5.0], [6.0]]

    References
    ----------
    Goldberger et al., Neighbourhood Components Analysis, 2004; Ye et al., Revisiting Nearest
    Neighbor for Tabular Data, 2024 (ModernNCA).
    """

    def __init__(self, units: int, candidates: int, scale: str = "values", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.candidate_count, self.scale = units, candidates, scale

    def build(
        self,
        embeddings_shape: tuple[int | None, ...],
        targets_shape: tuple[int | None, ...] | None = None,
        counts_shape: tuple[int | None, ...] | None = None,
        rows_shape: tuple[int | None, ...] | None = None,
    ) -> None:
        """Make room for the candidates."""
        self.zeros_initializer = keras.initializers.Zeros()

        def room(name: str, *shape: int) -> keras.Variable:
            return self.add_weight(
                shape=shape, initializer=self.zeros_initializer, trainable=False, name=name
            )

        self.mean = room("mean", self.units)
        self.candidates = room("candidates", self.candidate_count, embeddings_shape[-1])
        self.targets = room("targets", self.candidate_count, self.units)
        self.counts = room("counts", self.candidate_count)

    def call(self, embeddings: Any, targets: Any = None, counts: Any = None, rows: Any = None):  # noqa: ANN201
        """Return the outputs, shape (rows, units).

        Parameters
        ----------
        embeddings : tensor of shape (rows, components)
        targets : tensor of shape (rows, units), optional
            Given in training alone, where the rows are neighbours of each other.
        counts : tensor of shape (rows, 1), optional
            How much each row counts as a neighbour; 0 for one that does not.
        rows : tensor of int of shape (rows, 1), optional
            Rows of one number are no neighbours of each other.
        """
        if targets is None:
            return self._scaled(
                self._average(embeddings, self.candidates, self.targets, self.counts[None])
            )
        others = ops.cast(ops.not_equal(rows, ops.transpose(rows)), embeddings.dtype)
        counts = ops.transpose(counts) * others
        return self._scaled(self._average(embeddings, embeddings, targets, counts))

    def _average(self, embeddings: Any, candidates: Any, targets: Any, counts: Any) -> Any:
        mean = self.mean
        if self.scale == "log_odds":
            # 1 minus a probability near 1 would have few digits left.
            targets, mean = (ops.concatenate([p, 1 - p], axis=-1) for p in (targets, mean))
        # So do differences of the large squares that rows far from 0 have.
        center = ops.stop_gradient(_mean_of_rows(candidates))
        embeddings, candidates = embeddings - center, candidates - center
        both = _squares(embeddings) + ops.transpose(_squares(candidates))
        squared = both - 2 * ops.matmul(embeddings, ops.transpose(candidates))
        # Where rows meet, rounding alone would be left, of which a root makes much.
        squared = ops.maximum(squared, ops.stop_gradient(_NEAREST * (1 + both)))
        nearest = ops.min(ops.where(counts > 0, squared, _FAR), axis=1, keepdims=True)
        nearer = ops.sqrt(ops.stop_gradient(nearest)) - ops.sqrt(squared)
        # Those that do not count may be nearer than any that does.
        shares = ops.exp(ops.minimum(nearer, 0.0)) * counts
        total = ops.sum(shares, axis=1, keepdims=True)
        average = (ops.matmul(shares, targets) + _TINY * mean) / (total + _TINY)
        return (1 - _OF_ALL) * average + _OF_ALL * mean

    def _scaled(self, average: Any) -> Any:
        if self.scale == "values":
            return average
        logarithms = ops.log(ops.maximum(average, _TINY))
        if self.scale == "log_odds":
            return logarithms[:, : self.units] - logarithms[:, self.units :]
        return logarithms

    def compute_output_shape(
        self, embeddings_shape: tuple[int | None, ...], *of_batch: Any, **of_batch_by_name: Any
    ) -> tuple[int | None, ...]:
        """Return the shape of the outputs."""
        return (*embeddings_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        own = {"units": self.units, "candidates": self.candidate_count, "scale": self.scale}
        return {**super().get_config(), **own}


# XLA's own sums over so many rows take several times as long as a product.


def _mean_of_rows(block: Any) -> Any:
    ones = ops.ones_like(block[:, :1])
    return ops.matmul(ops.transpose(ones), block) / ops.sum(ones)


def _squares(block: Any) -> Any:
    ones = ops.ones_like(block[:1])
    return ops.matmul(ops.square(block), ops.transpose(ones))
