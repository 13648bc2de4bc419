"""The encoder of combinations of columns, by hash."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from feature_specs.columns.table import Table
from feature_specs.columns.values.category_values import TEXT, spelled_among
from feature_specs.encoders.encoder import Columns, Encoder
from feature_specs.encoders.hash_buckets import BucketsByHash
from feature_specs.encoders.values import factorize, is_missing

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# As many combinations are hashed beforehand, in about .1 s.
_MOST_IN_TABLE = 100_000


class CrossEncoder(BucketsByHash):
    """Throws combinations of columns into buckets by the hash of their joined texts.

    Parameters
    ----------
    name : str
    parts : list of (str, str) or BucketEncoder
        Raw columns with their dtypes, and bucketized features.
    hash_bucket_size : int
    """

    _joint = "_X_"

    def __init__(
        self,
        name: str,
        parts: list[tuple[str, str] | Encoder],
        hash_bucket_size: int,
    ) -> None:
        self.name = name
        self.parts = parts
        self.hash_bucket_size = hash_bucket_size

    @property
    def sources(self) -> dict[str, str]:
        """The raw columns, each with the dtype of its serving input."""
        merged: dict[str, str] = {}
        for part in self.parts:
            # A column that is crossed with bins of itself comes in whole numbers.
            of_part = part.sources if isinstance(part, Encoder) else {part[0]: part[1]}
            merged = {**of_part, **merged} if isinstance(part, Encoder) else {**merged, **of_part}
        return merged

    def fit(self, table: Table) -> CrossEncoder:
        """Learn in which columns numbers stand for their texts."""
        self._note_spelled(table)
        return super().fit(table)

    def encode(self, table: Table) -> np.ndarray:
        """Hash each distinct combination once and spread the codes."""
        parts = [self._part(part, table) for part in self.parts]
        sizes = [len(uniques) + 1 for _, uniques in parts]
        shape = np.maximum(np.stack([codes for codes, _ in parts]), 0)
        combined = np.ravel_multi_index(tuple(shape), sizes)
        distinct, inverse = np.unique(combined, return_inverse=True)
        texts = [[*map(str, uniques), ""] for _, uniques in parts]
        chosen = zip(texts, np.unravel_index(distinct, sizes), strict=True)
        joined = map(self._joint.join, zip(*([t[i] for i in of_one] for t, of_one in chosen)))
        buckets = self._buckets(list(joined))
        missing = np.any([codes < 0 for codes, _ in parts], axis=0)
        return np.where(missing, 0, buckets[inverse]).astype(np.int32)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Join, hash, and give 0 where a part is missing."""
        import tensorflow as tf

        if self.is_tabulated:
            return self._look_up_in_graph(columns)
        texts, missing = [], tf.constant(False)
        for part in self.parts:
            if isinstance(part, Encoder):
                values = part.in_graph(columns)
                absent = tf.equal(values, 0)
            else:
                values = columns[part[0]]
                absent = is_missing(values)
            texts.append(values if values.dtype == tf.string else tf.strings.as_string(values))
            missing = tf.logical_or(missing, absent)
        return self._buckets_in_graph(tf.strings.join(texts, self._joint), missing)

    @property
    def is_tabulated(self) -> bool:
        """Whether a graph needs no hash, since bins have few combinations, known beforehand."""
        if not all(isinstance(part, Encoder) for part in self.parts):
            return False
        return math.prod(part.cardinality for part in self.parts) <= _MOST_IN_TABLE

    def _look_up_in_graph(self, columns: Columns) -> tf.Tensor:
        import tensorflow as tf

        sizes = [part.cardinality for part in self.parts]
        combined = 0
        for part, size in zip(self.parts, sizes, strict=True):
            combined = combined * size + part.in_graph(columns)
        codes = np.indices(sizes).reshape(len(sizes), -1)
        buckets = self._buckets([self._joint.join(map(str, each)) for each in codes.T.tolist()])
        table = np.where((codes == 0).any(axis=0), 0, buckets)
        return tf.gather(tf.constant(table, tf.int32), combined)

    def count_combinations(self, table: Table) -> int:
        """Return how many different codes the rows have."""
        self._note_spelled(table)
        return len(np.unique(self.encode(table)))

    def _note_spelled(self, table: Table) -> None:
        texts = [source for source, dtype in self.sources.items() if dtype == TEXT]
        self.spelled = spelled_among({source: table.column(source) for source in texts})

    def _part(self, part: tuple[str, str] | Encoder, table: Table) -> tuple[np.ndarray, np.ndarray]:
        if isinstance(part, Encoder):
            codes = part.encode(table)
            return np.where(codes == 0, -1, codes), np.arange(part.cardinality)
        return factorize(self.canonical(table.column(part[0]), part[0]), part[1])

    @classmethod
    def _restored(cls, state: dict[str, Any]) -> dict[str, Any]:
        parts = [
            Encoder.from_config(part) if isinstance(part, Mapping) else tuple(part)
            for part in state["parts"]
        ]
        return {**state, "parts": parts}
