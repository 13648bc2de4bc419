"""The encoder of numbers by the interval they fall into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from feature_specs.columns.table import Table
from feature_specs.encoders.encoder import CategoricalEncoder, Columns, as_numbers

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


class BucketEncoder(CategoricalEncoder):
    """Sorts numbers into the intervals between boundaries, each closed below.

    Parameters
    ----------
    name : str
    source : str
    boundaries : list of float
    """

    def __init__(self, name: str, source: str, boundaries: list[float]) -> None:
        self.name = name
        self.source = source
        self.boundaries = _normal(np.array(boundaries, np.float32)).tolist()

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.source: "float64"}

    def encode(self, table: Table) -> np.ndarray:
        """Return codes of shape (rows,), compared in float32."""
        values = _normal(table.numbers([self.source])[:, 0].astype(np.float32))
        edges = np.array(self.boundaries, np.float32)
        codes = np.searchsorted(edges, values, side="right") + 2
        return np.where(np.isnan(values), 0, codes).astype(np.int32)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same codes."""
        import tensorflow as tf

        from feature_specs.scalers.portable_math import count_up_to

        values = tf.cast(as_numbers(columns[self.source]), tf.float32)
        missing = tf.math.is_nan(values)
        edges = tf.constant(self.boundaries, tf.float32)
        return tf.where(missing, 0, count_up_to(values, edges) + 2)

    @property
    def labels(self) -> list[str]:
        """Names of the codes."""
        edges = [f"{edge:g}" for edge in self.boundaries]
        inner = [f"{low}_to_{high}" for low, high in zip(edges, edges[1:], strict=False)]
        return ["missing", "unseen", f"below_{edges[0]}", *inner, f"from_{edges[-1]}"]


def _normal(values: np.ndarray) -> np.ndarray:
    """Return float32 numbers with the subnormal ones as 0, as TensorFlow's kernels take them."""
    return np.where(np.abs(values) < np.finfo(np.float32).tiny, np.float32(0), values)
