"""Texts split into words and counted, many at a time, with TensorFlow."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

_MOST_TEXTS_AT_ONCE = 65_536


class CountedWords(NamedTuple):
    """Words of some texts: distinct ones and their counts, which of them stand where, and more.

    Lengths count the words of each text; pairs of (text, word) are distinct.
    """

    words: list[str]
    counts: np.ndarray
    place: np.ndarray
    lengths: np.ndarray
    pairs: np.ndarray | None


def count_words(
    texts: tf.Tensor, splitting: keras.layers.TextVectorization, with_pairs: bool
) -> CountedWords:
    """Return the words of some texts as a layer splits them.

    Raises
    ------
    ValueError
        Where the layer's own split returns no ragged tensor.
    """
    import tensorflow as tf

    # The layer's own way from texts to words; it offers none that is public.
    words = splitting._preprocess(texts)
    if not isinstance(words, tf.RaggedTensor):
        raise ValueError(
            "split must return a ragged tensor with the words of each text, as "
            f"tf.strings.split does; got {type(words).__name__}."
        )
    distinct, place, counts = tf.unique_with_counts(words.flat_values)
    pairs = None
    if with_pairs:
        pairs = tf.sparse.bincount(words.with_flat_values(place), axis=-1).indices.numpy()
    return CountedWords(
        [word.decode() for word in distinct.numpy()],
        counts.numpy(),
        place.numpy(),
        words.row_lengths().numpy(),
        pairs,
    )


def total_counts(pieces: Sequence[CountedWords]) -> Counter[str]:
    """Return how often all pieces together hold each word."""
    total: Counter[str] = Counter()
    for piece in pieces:
        total.update(dict(zip(piece.words, piece.counts.tolist(), strict=True)))
    return total


def in_pieces(function: Callable, texts: list[str]) -> list:
    """Call `function` on many texts at a time, on all processors."""
    import tensorflow as tf

    threads = os.cpu_count() or 1
    at_once = min(_MOST_TEXTS_AT_ONCE, max(1_024, -(-len(texts) // threads)))
    starts = range(0, len(texts), at_once)
    pieces = [tf.constant(texts[start : start + at_once], tf.string) for start in starts]
    if len(pieces) == 1:
        return [function(pieces[0])]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, pieces))
