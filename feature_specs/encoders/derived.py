"""Encoders that make categories of numbers, by boundaries, and of several columns, by hash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from feature_specs.columns.table import MISSING_INTEGER, MISSING_TEXT, Table
from feature_specs.encoders.categorical import TEXT, factorize, hash_texts, values_of
from feature_specs.encoders.encoder import (
    CategoricalEncoder,
    Columns,
    Encoder,
    as_numbers,
    count_up_to,
)


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


class CrossEncoder(CategoricalEncoder):
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
        buckets = 1 + hash_texts(list(joined), self.hash_bucket_size)
        missing = np.any([codes < 0 for codes, _ in parts], axis=0)
        return np.where(missing, 0, buckets[inverse]).astype(np.int32)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Join, hash, and give 0 where a part is missing."""
        texts, missing = [], tf.constant(False)
        for part in self.parts:
            if isinstance(part, Encoder):
                values = part.in_graph(columns)
                absent = tf.equal(values, 0)
            else:
                values = columns[part[0]]
                absent = tf.equal(values, MISSING_TEXT if part[1] == TEXT else MISSING_INTEGER)
            texts.append(values if values.dtype == tf.string else tf.strings.as_string(values))
            missing = tf.logical_or(missing, absent)
        joined = tf.strings.join(texts, self._joint)
        buckets = 1 + tf.strings.to_hash_bucket_fast(joined, self.hash_bucket_size)
        return tf.cast(tf.where(missing, tf.zeros_like(buckets), buckets), tf.int32)

    def count_combinations(self, table: Table) -> int:
        """Return how many different codes the rows have."""
        return len(np.unique(self.encode(table)))

    @staticmethod
    def _part(part: tuple[str, str] | Encoder, table: Table) -> tuple[np.ndarray, np.ndarray]:
        if isinstance(part, Encoder):
            codes = part.encode(table)
            return np.where(codes == 0, -1, codes), np.arange(part.cardinality)
        return factorize(values_of(table, *part), part[1])

    @property
    def reserved(self) -> int:
        """The code of missing values."""
        return 1

    @property
    def labels(self) -> list[str]:
        """Names of the codes."""
        return ["missing", *(f"bucket_{i}" for i in range(self.hash_bucket_size))]

    @classmethod
    def _restored(cls, state: dict[str, Any]) -> dict[str, Any]:
        parts = [
            Encoder.from_config(part) if isinstance(part, Mapping) else tuple(part)
            for part in state["parts"]
        ]
        return {**state, "parts": parts}
