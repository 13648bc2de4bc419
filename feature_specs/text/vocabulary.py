"""Which words of the training texts get a code of their own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from feature_specs.text.word_vectors import WordVectors

DEFAULT_MAX_TOKENS = 10_000
# What Keras puts for padding and for unseen words; neither can be a word.
RESERVED_WORDS = ("", "[UNK]")


def choose_words(
    counts: Mapping[str, int],
    most: int | None,
    word_vectors: WordVectors | None,
    must_have_vectors: bool,
) -> list[str]:
    """Return the words that get codes, the most frequent first, ties as in Keras.

    Parameters
    ----------
    counts : mapping of str to int
        How often the training texts hold each word.
    most : int or None
        How many words to choose at most.
    word_vectors : WordVectors or None
    must_have_vectors : bool
        Whether words without a vector are left out.

    Returns
    -------
    list of str

    Examples
    --------
    >>> choose_words({"a": 1, "film": 3, "b": 1}, 2, None, False)
    ['film', 'b']
    """
    words = np.array([word for word in counts if word not in RESERVED_WORDS], object)
    counted = np.array([counts[word] for word in words])
    if word_vectors is not None:
        has_vector = word_vectors.positions(words) >= 0
        if must_have_vectors:
            words, counted = words[has_vector], counted[has_vector]
        elif most is None and len(words) > DEFAULT_MAX_TOKENS:
            # Rare words without a vector would be trained from nothing by next to nothing.
            fewest = np.partition(counted, -DEFAULT_MAX_TOKENS)[-DEFAULT_MAX_TOKENS]
            kept = has_vector | (counted >= fewest)
            words, counted = words[kept], counted[kept]
    if most is not None and len(words) > most:
        # Words are dear to sort: those that are too rare anyhow leave before.
        frequent = counted >= np.partition(counted, -most)[-most]
        words, counted = words[frequent], counted[frequent]
    return words[np.lexsort((words, counted))[::-1]][:most].tolist()
