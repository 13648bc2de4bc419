"""The step that takes columns for texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from feature_specs.columns.table import is_unicode
from feature_specs.networks.representations import Bag, TextVectors
from feature_specs.steps.fitting import Fitting
from feature_specs.steps.step import Step
from feature_specs.text.encoder import TextEncoder
from feature_specs.text.sentence_encoders import RawTextEncoder, Sentence, SentenceEncoder
from feature_specs.text.vocabulary import DEFAULT_MAX_TOKENS, RESERVED_WORDS
from feature_specs.text.word_vector_sources import is_word_vectors, read_word_vectors

TEXT_CONSTRAINTS: dict[str, list] = {
    "representation": [StrOptions({"embedding", "multi_hot", "count", "tf_idf"})],
    "max_tokens": [Interval(Integral, 3, None, closed="left"), StrOptions({"auto"}), None],
    "sequence_length": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "ngrams": [Interval(Integral, 1, None, closed="left"), list, tuple, None],
    "standardize": [
        StrOptions({"lower_and_strip_punctuation", "lower", "strip_punctuation"}),
        callable,
        None,
    ],
    "split": [StrOptions({"whitespace", "character"}), callable],
    "vocabulary": ["array-like", None],
    "dimension": [Interval(Integral, 1, None, closed="left")],
    "pooling": [StrOptions({"mean", "max", "attention"})],
    "pretrained": [
        str,
        Path,
        dict,
        pd.DataFrame,
        HasMethods(["positions"]),
        HasMethods(["get_vector"]),
        None,
    ],
    "trainable": ["boolean"],
}


class TextColumn(Step):
    """Texts as the words they hold, which TensorFlow itself finds, on the host as in a graph."""

    kind = "text"
    _parameter_constraints = TEXT_CONSTRAINTS

    def __init__(
        self,
        columns: Any,
        *,
        representation: str = "embedding",
        max_tokens: int | str | None = "auto",
        sequence_length: int | str = "auto",
        ngrams: int | Sequence[int] | None = None,
        standardize: str | Callable | None = "lower_and_strip_punctuation",
        split: str | Callable = "whitespace",
        vocabulary: Sequence[str] | None = None,
        dimension: int = 16,
        pooling: str = "mean",
        pretrained: str | Path | Mapping | pd.DataFrame | Any = None,
        trainable: bool = False,
    ) -> None:
        self.columns = columns
        self.representation = representation
        self.max_tokens = max_tokens
        self.sequence_length = sequence_length
        self.ngrams = ngrams
        self.standardize = standardize
        self.split = split
        self.vocabulary = vocabulary
        self.dimension = dimension
        self.pooling = pooling
        self.pretrained = pretrained
        self.trainable = trainable

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder for each column, and how its words enter a network."""
        self._lengths_of_ngrams()
        columns = fitting.select(self.columns)
        for column in columns:
            fitting.table.texts(column)
            fitting.representations.pop(column, None)  # was made for other codes
        if self.pretrained is None:
            self._add_words(fitting, columns)
        elif self.representation != "embedding":
            raise ValueError(
                f"pretrained is for representation='embedding'; got {self.representation!r}."
            )
        elif is_word_vectors(self.pretrained):
            self._add_word_vectors(fitting, columns)
        else:
            self._add_sentence_model(fitting, columns)

    def _add_words(self, fitting: Fitting, columns: list[str]) -> None:
        for column in columns:
            if not fitting.add(self._encoder(column, DEFAULT_MAX_TOKENS)):
                continue
            if self.representation == "embedding":
                fitting.represent(column, TextVectors(self.dimension, self.pooling))
            else:
                fitting.represent(column, Bag())

    def _add_word_vectors(self, fitting: Fitting, columns: list[str]) -> None:
        table = read_word_vectors(self.pretrained)
        for column in columns:
            encoder = self._encoder(
                column, None, word_vectors=table, must_have_vectors=not self.trainable
            )
            if not fitting.add(encoder):
                continue
            positions = table.positions(encoder.vocabulary)
            known = positions >= 0
            if not known.any():
                raise ValueError(
                    f"pretrained holds no vector for any word of column {column!r}; check its "
                    f"language and capitals: it holds {table.words[0]!r}."
                )
            # The table may hold a hundred times the words; the last row is for words it lacks.
            own = np.zeros((known.sum() + 1, table.dimension), np.float32)
            own[:-1] = table.vectors[positions[known]]
            places = np.where(known, np.cumsum(known) - 1, -1)
            way = TextVectors(table.dimension, self.pooling, (places, own), self.trainable)
            fitting.represent(column, way)

    def _add_sentence_model(self, fitting: Fitting, columns: list[str]) -> None:
        from feature_specs.text.sentence_models import find_sentence_model

        folder = find_sentence_model(self.pretrained)
        for column in columns:
            if self.trainable:
                fitting.add(RawTextEncoder(column, column))
                fitting.represent(column, Sentence(folder))
            else:
                fitting.add(SentenceEncoder(column, column, folder))

    def _encoder(self, column: str, default_max_tokens: int | None, **how: Any) -> TextEncoder:
        most = default_max_tokens if self.max_tokens == "auto" else self.max_tokens
        return TextEncoder(
            column,
            column,
            representation=self.representation,
            max_tokens=most,
            sequence_length=self.sequence_length,
            ngrams=self._lengths_of_ngrams(),
            standardize=self.standardize,
            split=self.split,
            vocabulary=self._given_vocabulary(),
            **how,
        )

    def _lengths_of_ngrams(self) -> int | tuple[int, ...] | None:
        """Return `ngrams` as Keras takes them."""
        if self.ngrams is None:
            return None
        lengths = np.array(self.ngrams, object).tolist()
        several = lengths if isinstance(lengths, list) else [lengths]
        if not several or not all(isinstance(n, Integral) and n >= 1 for n in several):
            raise ValueError(
                f"ngrams must be a number of words or several, each at least 1; got {self.ngrams}."
            )
        return tuple(map(int, several)) if lengths is several else int(lengths)

    def _given_vocabulary(self) -> list[str] | None:
        if self.vocabulary is None:
            return None
        words = list(self.vocabulary)
        if not words:
            raise ValueError("vocabulary holds no word; give some or leave it at None.")
        seen: set[str] = set()
        for word in words:
            if not isinstance(word, str) or word in RESERVED_WORDS or not is_unicode(word):
                raise ValueError(f"vocabulary holds {word!r}, which is no word; leave it out.")
            if word in seen:
                raise ValueError(f"vocabulary holds {word!r} twice; leave one out.")
            seen.add(word)
        if isinstance(self.max_tokens, Integral) and len(words) + 2 > self.max_tokens:
            raise ValueError(
                f"vocabulary holds {len(words)} words, which need max_tokens of at least "
                f"{len(words) + 2} (padding and unseen words take two); got {self.max_tokens}."
            )
        return words
