"""The encoder by vocabulary, given or learnt."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from feature_specs.columns.column_warning import warn_of_column
from feature_specs.columns.values.category_values import MISSING_INTEGER, TEXT, given_values
from feature_specs.encoders.encoder import Columns
from feature_specs.encoders.hash_buckets import hash_in_graph, hash_texts
from feature_specs.encoders.values import ValueEncoder, factorize, is_missing

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# What Keras puts in a lookup's place for unseen values; no value of a column can be either.
_NO_TEXT = "\ufdd0"
_NO_INTEGER = MISSING_INTEGER + 1


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

    _made_again = ("_known",)
    # All values of an ordered dtype, in its order.
    order: list[str] | None = None

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
        place = f"The vocabulary of column {source!r}"
        self.vocabulary = None if vocabulary is None else given_values(vocabulary, dtype, place)
        self.min_frequency = min_frequency
        self.max_tokens = max_tokens
        self.num_oov_buckets = max(1, num_oov_buckets)

    def learn(self, values: pd.Series | np.ndarray) -> None:
        """Take the values frequent enough, in the order of their dtype or their own."""
        if self.vocabulary is not None:
            self._note_unseen(values)
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
        # A value that only just is frequent enough would be unseen had its row not been there.
        sure = [i for i in chosen if counts[i] - 1 >= fewest]
        self.expected_unseen = float(1 - counts[sure].sum() / max(1, counts.sum()))
        self.order = None
        if isinstance(values, pd.Series) and getattr(values.dtype, "ordered", False):
            self.order = list(uniques)
        self.set_vocabulary(in_order([uniques[i] for i in chosen], self.order))

    def _note_unseen(self, values: pd.Series | np.ndarray) -> None:
        codes = self.codes(values)
        unseen = codes[codes > 0] <= self.last_unseen
        self.expected_unseen = float(unseen.sum() / max(1, len(unseen)))
        if len(unseen) and unseen.all():
            example = pd.Series(values)[codes > 0].iloc[0]
            warn_of_column(
                f"The vocabulary of column {self.source!r} has none of the column's values, such "
                f"as {example!r}; give these, or look for another spelling or type."
            )

    def set_vocabulary(self, vocabulary: list) -> None:
        """Number these values, in this order."""
        self.vocabulary = vocabulary
        vars(self).pop("_known", None)

    @cached_property
    def _known(self) -> dict[Any, int]:
        return {value: self.reserved + i for i, value in enumerate(self.vocabulary)}

    def codes(self, values: pd.Series | np.ndarray) -> np.ndarray:
        """Look up each distinct value once and spread the codes."""
        codes, uniques = factorize(values, self.dtype)
        known = self._known
        found = np.array([known.get(value, -1) for value in uniques], dtype=np.int32)
        unknown = np.flatnonzero(found < 0)
        if len(unknown):
            texts = [str(uniques[i]) for i in unknown]
            found[unknown] = 1 + hash_texts(texts, self.num_oov_buckets, self.name)
        # Code -1 of factorize, for missing, finds the 0 at the end.
        return np.append(found, np.int32(0))[codes]

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Look up, hash what is unknown, and give 0 to what is missing."""
        import tensorflow as tf

        values = columns[self.source]
        unknown = tf.ones_like(values, tf.int64)
        if self.num_oov_buckets > 1:
            unknown += hash_in_graph(values, self.num_oov_buckets)
        if lookup is not None:
            # A graph that is read again has forgotten what shape a table's answer has.
            found = tf.reshape(lookup(values), tf.shape(values))
            unknown = tf.where(tf.equal(found, 0), unknown, found + self.num_oov_buckets)
        return tf.cast(tf.where(is_missing(values), tf.zeros_like(unknown), unknown), tf.int32)

    def make_lookup(self) -> keras.layers.Layer | None:
        """Return the table that finds a value's place in the vocabulary, from 1 on."""
        import keras

        if not self.vocabulary:
            return None
        if self.dtype == TEXT:
            words = np.array(self.vocabulary, object)
            return keras.layers.StringLookup(vocabulary=words, oov_token=_NO_TEXT)
        return keras.layers.IntegerLookup(vocabulary=self.vocabulary, oov_token=_NO_INTEGER)

    @property
    def last_unseen(self) -> int:
        """The codes from 1 to this one stand for values that the vocabulary lacks."""
        return self.num_oov_buckets

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


def in_order(values: Iterable, order: list | None) -> list:
    """Return values in the order of their dtype where it has one, else sorted."""
    return sorted(values) if order is None else sorted(values, key=order.index)
