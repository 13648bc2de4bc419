"""Pretrained vectors of words, in the one form that every source is brought into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

# What overflows in float32 is infinite, and that has an error of its own.
overflow_is_infinite = np.errstate(over="ignore")


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

    @overflow_is_infinite
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
        row = first_not_finite(self.vectors)
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


def first_not_finite(vectors: np.ndarray) -> int | None:
    """Return the first row that holds NaN or infinite values, None without one."""
    is_finite = np.isfinite(vectors).all(axis=1)
    return None if is_finite.all() else int(np.argmin(is_finite))
