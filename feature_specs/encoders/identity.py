"""The encoder of whole numbers that are categories already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from feature_specs.columns.values.category_values import INTEGER, MISSING_INTEGER
from feature_specs.encoders.encoder import Columns
from feature_specs.encoders.values import ValueEncoder, is_missing

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


class IdentityEncoder(ValueEncoder):
    """Takes whole numbers from 0 on for categories as they are.

    Parameters
    ----------
    num_buckets : int
        Numbers of this size and above, and negative ones, are unseen.
    default_value : int, optional
        Stands for the numbers that are out of range.
    """

    def __init__(
        self,
        name: str,
        source: str,
        is_multi_valued: bool,
        *,
        num_buckets: int,
        default_value: int | None = None,
    ) -> None:
        super().__init__(name, source, INTEGER, is_multi_valued)
        self.num_buckets = num_buckets
        self.default_value = default_value

    def learn(self, values: np.ndarray) -> None:
        """Note how many values are out of range."""
        known = values[values != MISSING_INTEGER]
        outside = (known < 0) | (known >= self.num_buckets)
        self.expected_unseen = float(outside.sum() / max(1, len(known)))

    def codes(self, values: np.ndarray) -> np.ndarray:
        """Shift by the reserved codes."""
        outside = (values < 0) | (values >= self.num_buckets)
        codes = np.where(outside, self._outside_code, values + 2)
        return np.where(values == MISSING_INTEGER, 0, codes).astype(np.int32)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Shift by the reserved codes."""
        import tensorflow as tf

        values = columns[self.source]
        outside = (values < 0) | (values >= self.num_buckets)
        codes = tf.where(outside, tf.constant(self._outside_code, tf.int64), values + 2)
        return tf.cast(tf.where(is_missing(values), tf.zeros_like(codes), codes), tf.int32)

    @property
    def _outside_code(self) -> int:
        return 1 if self.default_value is None else self.default_value + 2

    @property
    def last_unseen(self) -> int:
        """The code of numbers out of range, where no other number stands for them."""
        return 1 if self.default_value is None else 0

    @property
    def labels(self) -> list[str]:
        """Names of the codes."""
        return ["missing", "unseen", *map(str, range(self.num_buckets))]
