"""Buckets by hash, which need no vocabulary; and the hash, the same in every process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from farmhash import Fingerprint64

from feature_specs.encoders.encoder import CategoricalEncoder, Columns
from feature_specs.encoders.values import ValueEncoder, factorize, is_missing

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


class BucketsByHash(CategoricalEncoder):
    """Codes 1 and up for buckets, 0 for missing values.

    Attributes
    ----------
    hash_bucket_size : int
    """

    hash_bucket_size: int

    @property
    def reserved(self) -> int:
        """The code of missing values."""
        return 1

    @property
    def labels(self) -> list[str]:
        """Names of the codes."""
        return ["missing", *(f"bucket_{i}" for i in range(self.hash_bucket_size))]

    def _buckets(self, texts: Sequence[str]) -> np.ndarray:
        return 1 + hash_texts(texts, self.hash_bucket_size, self.name)

    def _buckets_in_graph(self, values: tf.Tensor, missing: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        buckets = 1 + hash_in_graph(values, self.hash_bucket_size)
        return tf.cast(tf.where(missing, tf.zeros_like(buckets), buckets), tf.int32)


class HashEncoder(BucketsByHash, ValueEncoder):
    """Throws values into buckets by hash.

    Parameters
    ----------
    hash_bucket_size : int
    """

    def __init__(
        self, name: str, source: str, dtype: str, is_multi_valued: bool, *, hash_bucket_size: int
    ) -> None:
        super().__init__(name, source, dtype, is_multi_valued)
        self.hash_bucket_size = hash_bucket_size

    def codes(self, values: pd.Series | np.ndarray) -> np.ndarray:
        """Hash each distinct value once and spread the codes."""
        codes, uniques = factorize(values, self.dtype)
        found = self._buckets([str(value) for value in uniques])
        return np.append(found, np.int32(0))[codes]

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Hash, and give 0 to what is missing."""
        values = columns[self.source]
        return self._buckets_in_graph(values, is_missing(values))


def hash_texts(texts: Sequence[str], buckets: int, feature: str) -> np.ndarray:
    """Return the bucket of each text, from 0 on: FarmHash's Fingerprint64, as TensorFlow has it.

    Raises
    ------
    ValueError
        Naming the feature, for a text that Unicode does not know.
    """
    try:
        hashed = np.fromiter(map(Fingerprint64, texts), np.uint64, len(texts))
    except UnicodeEncodeError as error:
        raise ValueError(
            f"Feature {feature!r} holds {error.object!r}, which is no valid Unicode; read its "
            "column with the right encoding, or with errors='replace'."
        ) from None
    return (hashed % np.uint64(buckets)).astype(np.int32)


def hash_in_graph(values: tf.Tensor, buckets: int) -> tf.Tensor:
    """Return the same of a tensor of texts, or of whole numbers by their digits."""
    import tensorflow as tf

    texts = values if values.dtype == tf.string else tf.strings.as_string(values)
    return tf.strings.to_hash_bucket_fast(texts, buckets)
