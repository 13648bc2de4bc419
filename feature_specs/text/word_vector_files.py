"""Word vectors from files: the text format of GloVe and of word2vec, packed or not."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from feature_specs.text.word_vectors import WordVectors, first_not_finite, overflow_is_infinite

_BYTES_AT_ONCE = 1 << 24
_REFUSED_FILES = {
    ".bin": "is in word2vec's binary format; load it by gensim's KeyedVectors.load_word2vec_format "
    "with binary=True and pass that.",
    ".zip": "is an archive; unpack it and pass the path of a text file in it.",
}


def read_word_vector_file(path: Path) -> WordVectors:
    """Return the words and vectors of a text file.

    Raises
    ------
    ValueError
        Naming what is wrong with the file, and in which line.
    """
    refused = _REFUSED_FILES.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    if refused is not None:
        raise ValueError(f"{str(path)!r} {refused}")
    return _TextFile(path).read()


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

    @overflow_is_infinite
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
        row = first_not_finite(vectors)
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


def _count_numbers(line: bytes) -> int:
    """Return how many numbers stand at the end of a line, after a word."""
    return sum(1 for _ in takewhile(_is_number, reversed(line.split()[1:])))


def _is_number(field: bytes) -> bool:
    try:
        float(field)
        return True
    except ValueError:
        return False
