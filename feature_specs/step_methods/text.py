"""The step that takes columns for texts, as a method of a spec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from feature_specs.step_methods.base import StepMethods
from feature_specs.steps import TextColumn


class TextStepMethods(StepMethods):
    """Adds steps that take columns for texts."""

    def step_text_column(
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
        pretrained: Any = None,
        trainable: bool = False,
        name: str | None = None,
    ) -> Self:
        """Take texts as the words they hold; a missing text is one without words.

        TensorFlow itself splits the texts, so that a served model finds the same words.

        Parameters
        ----------
        columns : selector, str or list of str
        representation : {"embedding", "multi_hot", "count", "tf_idf"}, default="embedding"
            A vector for each word, pooled into one for the text; or a column for each word, with
            1, how often the text holds it, or that times how rare it is.
        max_tokens : int, None or "auto", default="auto"
            Most words, the most frequent, padding and unseen words counted as in Keras; None for
            all. "auto" is 10,000; with word vectors all words that have one, and 10,000 that
            have none where training changes the vectors.
        sequence_length : int or "auto", default="auto"
            Words of a text that an embedding reads; "auto" covers 95 of 100 training texts.
        ngrams : int or sequence of int, default=None
            Longest sequence of words that counts as a word of its own, or the lengths that do.
        standardize : str, callable or None, default="lower_and_strip_punctuation"
            Also ``"lower"``, ``"strip_punctuation"``, or a function of a tensor of strings.
        split : {"whitespace", "character"} or callable, default="whitespace"
        vocabulary : sequence of str, default=None
            Known words; those of the training texts by default.
        dimension : int, default=16
            Length of the vectors that training finds.
        pooling : {"mean", "max", "attention"}, default="mean"
            Over the words that are there; padding takes no part.
        pretrained : word vectors or sentence model, default=None
            A dictionary, DataFrame or gensim ``KeyedVectors`` of vectors by word, a text file of
            them (GloVe, word2vec), ``"glove-50d"``; or the folder of a SavedModel, or an address
            that ``tensorflow_hub`` resolves, that maps texts to vectors.
        trainable : bool, default=False
            Whether training changes pretrained vectors.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec

        References
        ----------
        ``keras.layers.TextVectorization``.
        """
        step = TextColumn(
            columns,
            representation=representation,
            max_tokens=max_tokens,
            sequence_length=sequence_length,
            ngrams=ngrams,
            standardize=standardize,
            split=split,
            vocabulary=vocabulary,
            dimension=dimension,
            pooling=pooling,
            pretrained=pretrained,
            trainable=trainable,
        )
        return self._with(step, name)
