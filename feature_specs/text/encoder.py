"""An encoder of texts: into the codes of their words, in order or counted.

TensorFlow itself splits texts and looks words up, on the host as in the graph, so that both see
the same words; it is imported when the first text is read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from copy import copy
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from feature_specs.columns.table import Table
from feature_specs.encoders.encoder import CategoricalEncoder, Columns
from feature_specs.encoders.values import TEXT, spread
from feature_specs.text.splitting import CountedWords, count_words, in_pieces, total_counts
from feature_specs.text.vocabulary import DEFAULT_MAX_TOKENS, RESERVED_WORDS, choose_words
from feature_specs.text.word_vectors import WordVectors

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

_COVERED_TEXTS = 0.95
_MOST_TEXTS_FOR_EXAMPLES = 1_000


class TextEncoder(CategoricalEncoder):
    """Splits texts into words with Keras's ``TextVectorization`` and numbers these.

    Parameters
    ----------
    name, source : str
    representation : {"embedding", "multi_hot", "count", "tf_idf"}
        An embedding needs the words in order, the others the distinct words of each text.
    max_tokens : int or None
        Most codes, those of padding and unseen words among them, as in Keras.
    sequence_length : int or "auto"
        Words of a text that an embedding reads; "auto" covers 95 of 100 training texts.
    ngrams : int or tuple of int, optional
    standardize, split : str, callable or None
    vocabulary : list of str, optional
        Learnt from the training texts by default.
    word_vectors : WordVectors, optional
        Words of this table that no training text holds are known to prediction.
    must_have_vectors : bool
        Whether words without a vector count as unseen.
    """

    is_multi_valued = True
    _in_lookup = (
        "standardize",
        "split",
        "ngrams",
        "vocabulary",
        "word_vectors",
        "further_words",
        "further_vectors",
    )
    _made_again = ("_vectorization", "_splitting", "_for_training", "_training")

    def __init__(
        self,
        name: str,
        source: str,
        *,
        representation: str = "embedding",
        max_tokens: int | None = DEFAULT_MAX_TOKENS,
        sequence_length: int | str = "auto",
        ngrams: int | tuple[int, ...] | None = None,
        standardize: str | Callable | None = "lower_and_strip_punctuation",
        split: str | Callable | None = "whitespace",
        vocabulary: list[str] | None = None,
        word_vectors: WordVectors | None = None,
        must_have_vectors: bool = False,
    ) -> None:
        self.name = name
        self.source = source
        self.representation = representation
        self.max_tokens = max_tokens
        self.sequence_length = sequence_length
        self.ngrams = ngrams
        self.standardize = standardize
        self.split = split
        self.vocabulary = vocabulary
        self.word_vectors = word_vectors
        self.must_have_vectors = must_have_vectors
        self.further_words: list[str] = []
        self.further_vectors: np.ndarray | None = None

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.source: TEXT}

    @property
    def keeps_order(self) -> bool:
        """Whether codes stand in the order of the words, rather than once for each word."""
        return self.representation == "embedding"

    @property
    def has_weights(self) -> bool:
        """Whether every code comes with a weight."""
        return self.representation in ("count", "tf_idf")

    def fit(self, table: Table) -> TextEncoder:
        """Learn vocabulary and length of the training texts."""
        texts = table.plain_texts(self.source)
        count = partial(count_words, splitting=self._splitting, with_pairs=not self.keeps_order)
        pieces = in_pieces(count, texts)
        counts = total_counts(pieces)
        if counts.keys() <= set(RESERVED_WORDS):
            self._constant = True
            return self
        if self.vocabulary is None:
            most = None if self.max_tokens is None else self.max_tokens - self.reserved
            self.vocabulary = choose_words(counts, most, self.word_vectors, self.must_have_vectors)
        known = set(self.vocabulary)
        sure = sum(counts[word] for word in known if counts[word] > 1)
        self.expected_unseen = float(1 - sure / (counts.total() - counts.get("", 0)))
        self.silent = (0, 1) if known.union([""]).issuperset(counts) else (0,)
        if self.keeps_order:
            self._note_length(np.concatenate([piece.lengths for piece in pieces]))
            self._training = texts, [self._looked_up(piece) for piece in pieces]
        else:
            self._note_documents(pieces)
        self._note_further_words(counts)
        self.word_vectors = None
        return self

    def _note_length(self, lengths: np.ndarray) -> None:
        self.length = self.sequence_length
        if self.length == "auto":
            covering = np.quantile(lengths, _COVERED_TEXTS, method="higher")
            self.length = max(8, _round_up(int(covering)))

    def _note_documents(self, pieces: Sequence[CountedWords]) -> None:
        """Remember how many distinct words a text holds, and how rare each word is."""
        codes = dict(zip(self.vocabulary, range(self.reserved, self.cardinality), strict=False))
        documents = np.zeros(self.cardinality, np.int64)
        longest = 1
        for piece in pieces:
            of_word = np.array([codes.get(word, 1) for word in piece.words], np.int64)
            code, row = of_word[piece.pairs[:, 1]], piece.pairs[:, 0]
            documents += np.bincount(code, minlength=self.cardinality)
            known = np.bincount(row[code > 1], minlength=1)
            longest = max(longest, int(known.max()) + 1)
        self.length = _round_up(longest)
        if self.representation == "tf_idf":
            texts = sum(len(piece.lengths) for piece in pieces)
            rarity = np.log(1 + texts / (1 + documents)).astype(np.float32)
            # As in Keras, an unseen word is as rare as words are on average.
            rarity[1] = rarity[2 : 2 + len(self.vocabulary)].mean()
            self.rarity = rarity

    def _note_further_words(self, training_words: Iterable[str]) -> None:
        if self.word_vectors is None:
            return
        words, known = self.word_vectors.words, set(self.vocabulary).union(training_words)
        further = [
            i for i, word in enumerate(words) if word not in known and word not in RESERVED_WORDS
        ]
        self.further_words = [words[i] for i in further]
        self.further_vectors = self.word_vectors.vectors[further]

    def for_training(self) -> TextEncoder:
        """Return an encoder to which words that only the word vectors hold are unseen."""
        return self._for_training if self.further_words else self

    @cached_property
    def _for_training(self) -> TextEncoder:
        trimmed = copy(self)
        vars(self).pop("_training", None)
        vars(trimmed).pop("_vectorization", None)
        trimmed.further_words, trimmed.further_vectors = [], None
        return trimmed

    def encode(self, table: Table) -> np.ndarray:
        """Return the codes alone."""
        return self.encode_weighted(table)[0]

    def encode_weighted(self, table: Table) -> tuple[np.ndarray, np.ndarray | None]:
        """Return codes of shape (rows, length), padded with 0, and weights of the same shape."""
        texts = table.plain_texts(self.source)
        training, pieces = vars(self).pop("_training", (None, None))
        if training != texts:
            pieces = in_pieces(self._look_up, texts)
        lengths = np.concatenate([piece.lengths for piece in pieces])
        width = self.length if self.keeps_order else self._width(int(lengths.max(initial=0)))
        codes = spread(np.concatenate([piece.codes for piece in pieces]), lengths, width, np.int32)
        if not self.has_weights:
            return codes, None
        weights = spread(
            np.concatenate([piece.weights for piece in pieces]), lengths, width, np.float32
        )
        return codes, weights

    def unseen_examples(self, table: Table) -> list[str]:
        """Return some words of the first texts that have no code."""
        texts = table.plain_texts(self.source)[:_MOST_TEXTS_FOR_EXAMPLES]
        count = partial(count_words, splitting=self._splitting, with_pairs=False)
        known = {"", *self.vocabulary, *self.further_words}
        words = total_counts(in_pieces(count, texts))
        return [word for word in words if word not in known][:3]

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> Any:
        """Return the same, the weights beside the codes where there are any."""
        import tensorflow as tf

        codes, counts = self._codes(columns[self.source], lookup)
        if self.keeps_order:
            return codes.to_tensor(shape=[None, self.length])
        longest = tf.reduce_max(tf.concat([codes.row_lengths(), [0]], 0))
        sizes = tf.constant(self._sizes, tf.int64)
        width = tf.gather(sizes, tf.searchsorted(sizes, longest[None])[0])
        padded = _widened(codes, width)
        if not self.has_weights:
            return padded
        return [padded, _widened(self._weights(codes, counts), width)]

    def make_lookup(self) -> keras.layers.TextVectorization:
        """Return Keras's layer with the vocabulary."""
        import keras

        words = np.array([*self.vocabulary, *self.further_words], object)
        return keras.layers.TextVectorization(**self._how_to_split, vocabulary=words, ragged=True)

    def signature(self) -> Hashable:
        """Return what the layers on the codes depend on."""
        length = self.length if self.keeps_order else None
        return self.cardinality, self.silent, self.representation, length

    def output_shape_and_dtype(self) -> tuple[tuple[int | None, ...], str]:
        """Return the number of words, not fixed where they are counted, and int32."""
        return ((self.length if self.keeps_order else None),), "int32"

    @property
    def labels(self) -> list[str]:
        """Names of the codes."""
        return ["missing", "unseen", *self.vocabulary, *self.further_words]

    @property
    def kept(self) -> list[int]:
        """Codes of words, and of unseen ones where the training texts had some."""
        return [code for code in range(len(self.labels)) if code not in self.silent]

    @property
    def last_unseen(self) -> int:
        """The code of words that the vocabulary lacks."""
        return 1

    @property
    def cardinality(self) -> int:
        """Number of codes, rounded up so that the folds of a search share one network."""
        known = self._trained
        if self.further_words:
            return known + len(self.further_words)
        rounded = _round_up(known)
        return rounded if self.max_tokens is None else max(known, min(self.max_tokens, rounded))

    @property
    def further(self) -> tuple[int, np.ndarray] | None:
        """Number of codes that training knows, and the vectors of those beyond."""
        return (self._trained, self.further_vectors) if self.further_words else None

    @property
    def _trained(self) -> int:
        return len(self.vocabulary) + self.reserved

    @property
    def _how_to_split(self) -> dict[str, Any]:
        return {"standardize": self.standardize, "split": self.split, "ngrams": self.ngrams}

    @cached_property
    def _vectorization(self) -> keras.layers.TextVectorization:
        return self.make_lookup()

    @cached_property
    def _splitting(self) -> keras.layers.TextVectorization:
        import keras

        return keras.layers.TextVectorization(**self._how_to_split)

    def _looked_up(self, piece: CountedWords) -> _LookedUp:
        """Return what `_look_up` would, without splitting the texts again."""
        codes = dict(zip(self.vocabulary, range(self.reserved, self._trained), strict=True))
        of_word = [0 if word == "" else codes.get(word, 1) for word in piece.words]
        codes = np.array(of_word, np.int32)[piece.place]
        return _LookedUp(*_shortened(codes, piece.lengths, self.length), None)

    def _look_up(self, texts: tf.Tensor) -> _LookedUp:
        codes, counts = self._codes(texts, self._vectorization)
        weights = self._weights(codes, counts).flat_values.numpy() if self.has_weights else None
        return _LookedUp(codes.flat_values.numpy(), codes.row_lengths().numpy(), weights)

    def _codes(
        self, texts: tf.Tensor, lookup: keras.layers.TextVectorization
    ) -> tuple[tf.RaggedTensor, tf.Tensor | None]:
        """Return the codes of each text, and how often it holds each where they are counted."""
        import tensorflow as tf

        codes = lookup(texts)
        if self.keeps_order:
            return tf.cast(codes, tf.int32)[:, : self.length], None
        tally = tf.sparse.bincount(codes, axis=-1)
        row_lengths = tf.math.bincount(
            tf.cast(tally.indices[:, 0], tf.int32),
            minlength=tf.size(texts),
            maxlength=tf.size(texts),
        )
        distinct = tf.cast(tally.indices[:, 1], tf.int32)
        return tf.RaggedTensor.from_row_lengths(
            distinct, tf.cast(row_lengths, tf.int64)
        ), tally.values

    def _weights(self, codes: tf.RaggedTensor, counts: tf.Tensor) -> tf.RaggedTensor:
        import tensorflow as tf

        weights = tf.cast(counts, tf.float32)
        if self.representation == "tf_idf":
            weights *= tf.gather(tf.constant(self.rarity, tf.float32), codes.flat_values)
        return codes.with_flat_values(weights)

    def _width(self, longest: int) -> int:
        return self._sizes[np.searchsorted(self._sizes, longest)]

    @property
    def _sizes(self) -> list[int]:
        """Widths of counted texts: few, since a network is compiled for each."""
        return [self.length << i for i in range(25)]


class _LookedUp(NamedTuple):
    """Codes of some texts one after the other, how many each text has, and their weights."""

    codes: np.ndarray
    lengths: np.ndarray
    weights: np.ndarray | None


def _shortened(
    flat: np.ndarray, lengths: np.ndarray, longest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return what is left where each of the texts side by side keeps its first words."""
    starts = np.cumsum(lengths) - lengths
    kept = np.arange(len(flat)) - np.repeat(starts, lengths) < longest
    return flat[kept], np.minimum(lengths, longest)


def _widened(ragged: tf.RaggedTensor, width: tf.Tensor) -> tf.Tensor:
    """Return rows of `width`; the method ``to_tensor`` takes no width that a graph computes."""
    import tensorflow as tf

    padded = ragged.to_tensor()
    return tf.pad(padded, [[0, 0], [0, tf.cast(width, tf.int32) - tf.shape(padded)[1]]])


def _round_up(count: int) -> int:
    """Return the next of few sizes, at most an eighth above `count`."""
    grain = max(8, 1 << max(0, count.bit_length() - 4))
    return -(-count // grain) * grain
