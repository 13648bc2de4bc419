"""Encoders of single categorical columns: by vocabulary, by hash, by identity."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from feature_specs.columns.table import MISSING_INTEGER, MISSING_TEXT, Table, missing_everywhere
from feature_specs.encoders.encoder import CategoricalEncoder, Columns

TEXT, INTEGER = "string", "int64"

# What Keras puts in a lookup's place for unseen values; no value of a column can be either.
_NO_TEXT = "\ufdd0"
_NO_INTEGER = MISSING_INTEGER + 1


class ValueEncoder(CategoricalEncoder):
    """Encodes text or whole numbers, one a cell or a list a cell.

    Parameters
    ----------
    name : str
    source : str
    dtype : {"string", "int64"}
    is_multi_valued : bool
    weight_source : str, optional
    """

    def __init__(
        self,
        name: str,
        source: str,
        dtype: str,
        is_multi_valued: bool = False,
        weight_source: str | None = None,
    ) -> None:
        self.name = name
        self.source = source
        self.dtype = dtype
        self.is_multi_valued = is_multi_valued
        self.weight_source = weight_source

    @property
    def sources(self) -> dict[str, str]:
        """The raw columns, each with the dtype of its serving input."""
        weight = {} if self.weight_source is None else {self.weight_source: "float64"}
        return {self.source: self.dtype, **weight}

    def encode(self, table: Table) -> np.ndarray:
        """Return codes of shape (rows,), or (rows, length) for lists."""
        if not self.is_multi_valued:
            return self.codes(values_of(table, self.source, self.dtype))
        flat, lengths = table.lists(self.source)
        entries = Table(flat.to_frame(self.source))
        codes = self.codes(values_of(entries, self.source, self.dtype)) if len(flat) else flat
        return spread(codes, lengths, self._width(lengths), np.int32)

    def encode_weight(self, table: Table) -> np.ndarray:
        """Return the weight of every code, in its shape; a missing weight is 0."""
        if not self.is_multi_valued:
            weights = table.numbers([self.weight_source])[:, 0]
            return np.nan_to_num(weights).astype(np.float32)
        flat, lengths = table.lists(self.weight_source)
        _, expected = table.lists(self.source)
        row = np.flatnonzero(lengths != expected)
        if len(row):
            raise ValueError(
                f"Column {self.weight_source!r} has {lengths[row[0]]} weights for "
                f"{expected[row[0]]} values of column {self.source!r} in row {row[0]}; give one "
                "weight a value."
            )
        weights = np.nan_to_num(flat.to_numpy(np.float64)) if len(flat) else flat
        return spread(weights, lengths, self._width(lengths), np.float32)

    def fit(self, table: Table) -> ValueEncoder:
        """Learn what the training rows hold."""
        if self.is_multi_valued:
            flat, lengths = table.lists(self.source)
            self.length = max(1, int(lengths.max(initial=0)))
            values = values_of(Table(flat.to_frame(self.source)), self.source, self.dtype)
        else:
            values = values_of(table, self.source, self.dtype)
        if (factorize(values, self.dtype)[0] < 0).all():
            raise missing_everywhere(self.source)
        self.learn(values)
        return super().fit(table)

    def learn(self, values: pd.Series | np.ndarray) -> None:
        """Learn the vocabulary, where there is one to learn."""

    @abstractmethod
    def codes(self, values: pd.Series | np.ndarray) -> np.ndarray:
        """Return the int32 code of each value."""

    def _width(self, lengths: np.ndarray) -> int:
        return max(self.length, int(lengths.max(initial=0)))


class VocabularyEncoder(ValueEncoder):
    """Numbers the values of a vocabulary; others share codes for unseen values.

    Parameters
    ----------
    vocabulary : list, optional
        Known values; learnt from the training rows by default.
    min_frequency : int or float, optional
        Fewest training rows (or smallest share) of a learnt value.
    max_tokens : int, optional
        Most values learnt, the most frequent.
    num_oov_buckets : int
        Number of codes for unseen values, which are told apart by hash where there are several.
    """

    def __init__(
        self,
        name: str,
        source: str,
        dtype: str,
        is_multi_valued: bool = False,
        weight_source: str | None = None,
        *,
        vocabulary: list | None = None,
        min_frequency: int | float | None = None,
        max_tokens: int | None = None,
        num_oov_buckets: int = 1,
    ) -> None:
        super().__init__(name, source, dtype, is_multi_valued, weight_source)
        self.vocabulary = None if vocabulary is None else list(vocabulary)
        self.min_frequency = min_frequency
        self.max_tokens = max_tokens
        self.num_oov_buckets = max(1, num_oov_buckets)

    def learn(self, values: pd.Series | np.ndarray) -> None:
        """Take the values frequent enough, in their own order."""
        if self.vocabulary is not None:
            return
        codes, uniques = factorize(values, self.dtype)
        counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
        fewest = self.min_frequency or 1
        if isinstance(fewest, float):
            fewest = fewest * len(values)
        chosen = np.flatnonzero(counts >= fewest)
        if self.max_tokens is not None:
            ranked = sorted(chosen, key=lambda i: (-counts[i], uniques[i]))
            chosen = ranked[: self.max_tokens]
        self.set_vocabulary(sorted(uniques[i] for i in chosen))

    def set_vocabulary(self, vocabulary: list) -> None:
        """Number these values, in this order."""
        self.vocabulary = vocabulary
        vars(self).pop("_known", None)

    @cached_property
    def _known(self) -> dict[Any, int]:
        return {value: self.reserved + i for i, value in enumerate(self.vocabulary)}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_known"}

    def codes(self, values: pd.Series | np.ndarray) -> np.ndarray:
        """Look up each distinct value once and spread the codes."""
        codes, uniques = factorize(values, self.dtype)
        known = self._known
        found = np.array([known.get(value, -1) for value in uniques], dtype=np.int32)
        unknown = np.flatnonzero(found < 0)
        if len(unknown):
            texts = [str(uniques[i]) for i in unknown]
            found[unknown] = 1 + hash_texts(texts, self.num_oov_buckets)
        # Code -1 of factorize, for missing, finds the 0 at the end.
        return np.append(found, np.int32(0))[codes]

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Look up, hash what is unknown, and give 0 to what is missing."""
        values = columns[self.source]
        is_text = self.dtype == TEXT
        missing = tf.equal(values, MISSING_TEXT if is_text else MISSING_INTEGER)
        unknown = tf.ones_like(values, tf.int64)
        if self.num_oov_buckets > 1:
            texts = values if is_text else tf.strings.as_string(values)
            unknown += tf.strings.to_hash_bucket_fast(texts, self.num_oov_buckets)
        if lookup is not None:
            found = lookup(values)
            unknown = tf.where(tf.equal(found, 0), unknown, found + self.num_oov_buckets)
        return tf.cast(tf.where(missing, tf.zeros_like(unknown), unknown), tf.int32)

    def make_lookup(self) -> keras.layers.Layer | None:
        """Return the table that finds a value's place in the vocabulary, from 1 on."""
        if not self.vocabulary:
            return None
        if self.dtype == TEXT:
            words = np.array(self.vocabulary, object)
            return keras.layers.StringLookup(vocabulary=words, oov_token=_NO_TEXT)
        return keras.layers.IntegerLookup(vocabulary=self.vocabulary, oov_token=_NO_INTEGER)

    @property
    def reserved(self) -> int:
        """Codes of missing and unseen values."""
        return 1 + self.num_oov_buckets

    @property
    def labels(self) -> list[str]:
        """Names of the codes."""
        unseen = ["unseen"]
        if self.num_oov_buckets > 1:
            unseen = [f"unseen_{i}" for i in range(self.num_oov_buckets)]
        return ["missing", *unseen, *map(str, self.vocabulary)]


class HashEncoder(ValueEncoder):
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
        found = 1 + hash_texts([str(value) for value in uniques], self.hash_bucket_size)
        return np.append(found, np.int32(0))[codes]

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Hash, and give 0 to what is missing."""
        values = columns[self.source]
        is_text = self.dtype == TEXT
        missing = tf.equal(values, MISSING_TEXT if is_text else MISSING_INTEGER)
        texts = values if is_text else tf.strings.as_string(values)
        buckets = 1 + tf.strings.to_hash_bucket_fast(texts, self.hash_bucket_size)
        return tf.cast(tf.where(missing, tf.zeros_like(buckets), buckets), tf.int32)

    @property
    def reserved(self) -> int:
        """The code of missing values."""
        return 1

    @property
    def labels(self) -> list[str]:
        """Names of the codes."""
        return ["missing", *(f"bucket_{i}" for i in range(self.hash_bucket_size))]


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

    def codes(self, values: np.ndarray) -> np.ndarray:
        """Shift by the reserved codes."""
        outside = (values < 0) | (values >= self.num_buckets)
        codes = np.where(outside, self._outside_code, values + 2)
        return np.where(values == MISSING_INTEGER, 0, codes).astype(np.int32)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Shift by the reserved codes."""
        values = columns[self.source]
        outside = (values < 0) | (values >= self.num_buckets)
        codes = tf.where(outside, tf.constant(self._outside_code, tf.int64), values + 2)
        missing = tf.equal(values, MISSING_INTEGER)
        return tf.cast(tf.where(missing, tf.zeros_like(codes), codes), tf.int32)

    @property
    def _outside_code(self) -> int:
        return 1 if self.default_value is None else self.default_value + 2

    @property
    def labels(self) -> list[str]:
        """Names of the codes."""
        return ["missing", "unseen", *map(str, range(self.num_buckets))]


def dtype_of(column: pd.Series, name: str) -> str:
    """Return "string" or "int64", by what the column's cells are.

    Raises
    ------
    ValueError
        For fractions.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return TEXT
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        Table(column.to_frame(name)).integers(name)
        return INTEGER
    return TEXT


def values_of(table: Table, source: str, dtype: str) -> pd.Series | np.ndarray:
    return table.texts(source) if dtype == TEXT else table.integers(source)


def factorize(values: pd.Series | np.ndarray, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each value among the distinct ones, -1 for missing, and these."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.array.codes
        uniques = values.dtype.categories.to_numpy(object)
    else:
        codes, uniques = pd.factorize(values)
        uniques = np.asarray(uniques, object)
    absent = MISSING_TEXT if dtype == TEXT else MISSING_INTEGER
    empty = np.flatnonzero(uniques == absent)
    if len(empty):
        codes = np.where(codes == empty[0], -1, codes)
    return codes, uniques


def hash_texts(texts: list[str], buckets: int) -> np.ndarray:
    if not texts:
        return np.zeros(0, np.int32)
    hashed = tf.strings.to_hash_bucket_fast(tf.constant(texts, tf.string), buckets)
    return hashed.numpy().astype(np.int32)


def spread(
    flat: np.ndarray | pd.Series, lengths: np.ndarray, width: int, dtype: type
) -> np.ndarray:
    """Return what stands side by side as rows of `width`, each of its length, padded with 0."""
    block = np.zeros((len(lengths), width), dtype)
    block[np.arange(width) < lengths[:, None]] = flat
    return block
