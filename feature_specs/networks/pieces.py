"""Numbers in pieces: how far each has come through every one of its intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

# Quantiles of more rows than these are no nearer to those of the columns.
_MOST_ROWS = 20_000
_FEWEST_A_PIECE = 5


@keras.saving.register_keras_serializable(package="feature_specs")
class Pieces(keras.layers.Layer):
    """Piecewise-linear encoding: for every interval 0 below it, 1 above it, a slope within.

    A network on such inputs bends in the numbers themselves where a few thousand steps would not
    teach it to. `learnt` finds the intervals: with about as many training rows each, or where a
    decision tree splits the target.

    Parameters
    ----------
    count : int
        Number of intervals of each number.
    source : str
        Name of the input that holds the numbers.
    positions : sequence of int, optional
        Which of its columns; all by default.
    by : {"quantiles", "tree"}, default="quantiles"
        What decides where intervals end.

    References
    ----------
    Gorishniy, Rubachev and Babenko, On Embeddings for Numerical Features in Tabular Deep
    Learning, 2022.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Pieces(2, "numeric")
    >>> layer.build((None, 1))
    >>> _ = layer.edges.assign(layer.learnt({"numeric": np.array([[0.0], [1.0], [2.0]])}))
    >>> np.asarray(layer(np.array([[0.5], [3.0]], "float32"))).tolist()
    [[0.5, 0.0], [1.0, 1.0]]
    """

    def __init__(
        self,
        count: int,
        source: str,
        positions: Sequence[int] | None = None,
        by: str = "quantiles",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.by = by
        self.count = count
        self.source = source
        self.positions = None if positions is None else list(positions)
        # Where fresh weights are drawn anew, these come with the layer.
        self.edges_initializer = keras.initializers.Zeros()

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make room for the ends of the intervals, which no step changes."""
        self.edges = self.add_weight(
            shape=(input_shape[-1], self.count + 1),
            initializer=self.edges_initializer,
            trainable=False,
            name="edges",
        )

    def call(self, numbers: Any) -> Any:
        """Return (rows, columns * count) shares from 0 to 1."""
        edges = ops.cast(self.edges, numbers.dtype)
        starts, widths = edges[:, :-1], edges[:, 1:] - edges[:, :-1]
        is_empty = ops.less_equal(widths, 0)
        shares = (numbers[..., None] - starts) / ops.where(is_empty, ops.ones_like(widths), widths)
        shares = ops.where(is_empty, ops.zeros_like(shares), ops.clip(shares, 0.0, 1.0))
        return ops.reshape(shares, (-1, numbers.shape[-1] * self.count))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return (*input_shape[:-1], input_shape[-1] * self.count)

    def learnt(
        self,
        inputs: Mapping[str, np.ndarray],
        target: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the ends of the intervals, shape (columns, count + 1).

        Parameters
        ----------
        inputs : mapping of str to ndarray
            Training rows.
        target : ndarray of shape (rows, outputs), optional
            As numbers; needed by a tree.
        weight : ndarray of shape (rows,), optional
        """
        every = slice(None, None, -(-len(inputs[self.source]) // _MOST_ROWS))
        numbers = inputs[self.source][every]
        if self.positions is not None:
            numbers = numbers[:, self.positions]
        if self.by == "tree":
            return _splits(numbers, target[every], weight[every], self.count)
        levels = np.linspace(0.0, 1.0, self.count + 1)
        return np.quantile(numbers, levels, axis=0).T.astype(np.float32)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        own = {"count": self.count, "source": self.source, "positions": self.positions}
        return {**super().get_config(), **own, "by": self.by}


def _splits(numbers: np.ndarray, target: np.ndarray, weight: np.ndarray, count: int) -> np.ndarray:
    """Return least and largest numbers with the splits of a tree between; the last one repeats."""
    from sklearn.tree import DecisionTreeRegressor

    edges = np.empty((numbers.shape[1], count + 1), np.float32)
    for column, values in enumerate(numbers.T):
        tree = DecisionTreeRegressor(
            max_leaf_nodes=max(2, count),
            min_samples_leaf=_FEWEST_A_PIECE,
            # What rounding leaves of the target within a piece is nothing to split.
            min_impurity_decrease=1e-9,
            random_state=0,
        ).fit(values[:, None], target, weight)
        is_split = tree.tree_.feature >= 0
        thresholds = np.sort(tree.tree_.threshold[is_split])[: count - 1]
        edges[column, 0] = values.min()
        edges[column, 1 : len(thresholds) + 1] = thresholds
        edges[column, len(thresholds) + 1 :] = values.max()
    return edges
