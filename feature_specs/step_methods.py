"""The fluent half of a spec: one method a kind of step, each returning a new spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pandas as pd
from sklearn.base import clone

from feature_specs.steps import (
    BucketizedColumn,
    CategoricalColumn,
    CrossedColumn,
    DatetimeColumn,
    EmbeddingColumn,
    HashColumn,
    IdentityColumn,
    IndicatorColumn,
    NumericColumn,
    RemoveColumn,
    SharedEmbeddingsColumn,
    Step,
    TextColumn,
    VocabularyFileColumn,
    WeightedCategoricalColumn,
)


class StepMethods:
    """Adds steps to a spec; ``columns`` is a selector, a name or a list of names throughout."""

    def step_numeric_column(
        self,
        columns: Any,
        *,
        normalizer: Any = None,
        default_value: float | str = "mean",
        add_indicator: bool | str = "auto",
        shape: int = 1,
        name: str | None = None,
    ) -> Self:
        """Take numbers as they are, or scaled.

        Parameters
        ----------
        columns : selector, str or list of str
        normalizer : str, scaler, scikit-learn transformer or callable, default=None
            ``"standard"``, ``"min_max"``, ``"robust"``, ``"max_abs"``, ``"log1p"``,
            ``"quantile"``, or an object that scales one column.
        default_value : float, "mean" or "median", default="mean"
            What stands for a missing value.
        add_indicator : bool or "auto", default="auto"
            Whether a 0/1 column marks missing values; "auto" where the training rows had any.
        shape : int, default=1
            Length of the vector in each cell.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = NumericColumn(
            columns,
            normalizer=normalizer,
            default_value=default_value,
            add_indicator=add_indicator,
            shape=shape,
        )
        return self._with(step, name)

    def step_categorical_column_with_vocabulary_list(
        self,
        columns: Any,
        *,
        vocabulary_list: Sequence | None = None,
        min_frequency: int | float | None = None,
        max_tokens: int | None = None,
        num_oov_buckets: int = 1,
        name: str | None = None,
    ) -> Self:
        """Take text, whole numbers, or lists of them for categories of a vocabulary.

        Parameters
        ----------
        columns : selector, str or list of str
        vocabulary_list : sequence, default=None
            Known values; those of the training rows by default.
        min_frequency : int or float, default=None
            Fewest training rows, or smallest share of them, that a learnt value needs.
        max_tokens : int, default=None
            Most values learnt, the most frequent.
        num_oov_buckets : int, default=1
            Codes that unseen values share, by hash.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = CategoricalColumn(
            columns,
            vocabulary_list=vocabulary_list,
            min_frequency=min_frequency,
            max_tokens=max_tokens,
            num_oov_buckets=num_oov_buckets,
        )
        return self._with(step, name)

    def step_categorical_column_with_vocabulary_file(
        self,
        columns: Any,
        vocabulary_file: str | Path,
        *,
        vocabulary_size: int | None = None,
        num_oov_buckets: int = 1,
        name: str | None = None,
    ) -> Self:
        """Take values for categories of a vocabulary that a text file lists, one a line.

        Parameters
        ----------
        columns : selector, str or list of str
        vocabulary_file : str or path
        vocabulary_size : int, default=None
            How many lines to take; all by default.
        num_oov_buckets : int, default=1
            Codes that unseen values share, by hash.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = VocabularyFileColumn(
            columns,
            vocabulary_file,
            vocabulary_size=vocabulary_size,
            num_oov_buckets=num_oov_buckets,
        )
        return self._with(step, name)

    def step_categorical_column_with_hash_bucket(
        self, columns: Any, hash_bucket_size: int, *, name: str | None = None
    ) -> Self:
        """Throw values into buckets by hash; nothing has to be learnt.

        Parameters
        ----------
        columns : selector, str or list of str
        hash_bucket_size : int
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        return self._with(HashColumn(columns, hash_bucket_size), name)

    def step_categorical_column_with_identity(
        self,
        columns: Any,
        num_buckets: int,
        *,
        default_value: int | None = None,
        name: str | None = None,
    ) -> Self:
        """Take whole numbers from 0 to ``num_buckets - 1`` for categories as they are.

        Parameters
        ----------
        columns : selector, str or list of str
        num_buckets : int
        default_value : int, default=None
            Stands for numbers out of range, which are unseen otherwise.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = IdentityColumn(columns, num_buckets, default_value=default_value)
        return self._with(step, name)

    def step_weighted_categorical_column(
        self,
        column: str,
        weight_column: str,
        *,
        vocabulary_list: Sequence | None = None,
        name: str | None = None,
    ) -> Self:
        """Take values for categories that count as much as another column says.

        Parameters
        ----------
        column : str
        weight_column : str
            A number for each value; lists of the same lengths for lists.
        vocabulary_list : sequence, default=None
            Known values; those of the training rows by default.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = WeightedCategoricalColumn(column, weight_column, vocabulary_list=vocabulary_list)
        return self._with(step, name)

    def step_bucketized_column(
        self,
        columns: Any,
        *,
        boundaries: Sequence[float] | None = None,
        num_bins: int = 10,
        name: str | None = None,
    ) -> Self:
        """Sort numbers into intervals; makes the feature ``bucketized_x`` of column x.

        Parameters
        ----------
        columns : selector, str or list of str
        boundaries : sequence of float, default=None
            Lower ends of all intervals but the first; quantiles of the training rows by default.
        num_bins : int, default=10
            Number of learnt intervals.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = BucketizedColumn(columns, boundaries=boundaries, num_bins=num_bins)
        return self._with(step, name)

    def step_crossed_column(
        self, columns: Any, hash_bucket_size: int | str = "auto", *, name: str | None = None
    ) -> Self:
        """Make the feature ``crossed_a_b`` of the combinations of columns a and b.

        Parameters
        ----------
        columns : selector or list of str
            Text, whole numbers or bucketized features, two or more.
        hash_bucket_size : int or "auto", default="auto"
            Number of buckets; "auto" is four times the combinations of the training rows.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        return self._with(CrossedColumn(columns, hash_bucket_size), name)

    def step_indicator_column(self, columns: Any, *, name: str | None = None) -> Self:
        """Represent categorical features by a 0/1 column for each category.

        Parameters
        ----------
        columns : selector, str or list of str
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        return self._with(IndicatorColumn(columns), name)

    def step_embedding_column(
        self,
        columns: Any,
        dimension: int | str = "auto",
        *,
        combiner: str = "mean",
        initializer: Any = None,
        weights: Mapping | pd.DataFrame | None = None,
        max_norm: float | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> Self:
        """Represent categorical features by vectors that training finds.

        Parameters
        ----------
        columns : selector, str or list of str
        dimension : int or "auto", default="auto"
            Length of the vectors; "auto" grows with the number of categories.
        combiner : {"mean", "sqrtn", "sum"}, default="mean"
            How the vectors of a list are combined.
        initializer : str or keras.initializers.Initializer, default=None
            Truncated normal of standard deviation 1/sqrt(dimension) by default.
        weights : mapping or DataFrame, default=None
            Pretrained vectors by category.
        max_norm : float, default=None
            Longer vectors are shortened to this length.
        trainable : bool, default=True
            Whether training changes the vectors.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = EmbeddingColumn(
            columns,
            dimension,
            combiner=combiner,
            initializer=initializer,
            weights=weights,
            max_norm=max_norm,
            trainable=trainable,
        )
        return self._with(step, name)

    def step_shared_embeddings_column(
        self,
        columns: Any,
        dimension: int | str = "auto",
        *,
        combiner: str = "mean",
        initializer: Any = None,
        name: str | None = None,
    ) -> Self:
        """Represent several features of the same categories by vectors from one table.

        Parameters
        ----------
        columns : selector or list of str
        dimension : int or "auto", default="auto"
        combiner : {"mean", "sqrtn", "sum"}, default="mean"
        initializer : str or keras.initializers.Initializer, default=None
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = SharedEmbeddingsColumn(
            columns, dimension, combiner=combiner, initializer=initializer
        )
        return self._with(step, name)

    def step_datetime_column(
        self,
        columns: Any,
        *,
        parts: Sequence[str] = ("year", "month", "dayofweek"),
        cyclic: bool = True,
        name: str | None = None,
    ) -> Self:
        """Take moments apart.

        Parameters
        ----------
        columns : selector, str or list of str
        parts : sequence of str, default=("year", "month", "dayofweek")
            Of "year", "month", "day", "dayofweek", "hour", "minute".
        cyclic : bool, default=True
            Whether parts other than the year become sine and cosine, so that December meets
            January.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        return self._with(DatetimeColumn(columns, parts=parts, cyclic=cyclic), name)

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

    def step_remove_column(self, columns: Any, *, name: str | None = None) -> Self:
        """Leave features out; what was derived from them stays.

        Parameters
        ----------
        columns : selector, str or list of str
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        return self._with(RemoveColumn(columns), name)

    def _with(self, step: Step, name: str | None) -> Self:
        """Return an unfitted copy with `step` appended under a name of its own."""
        taken = {taken_name for taken_name, _ in self.steps}
        if name is None:
            kinds = sum(1 for _, other in self.steps if other.kind == step.kind)
            name = step.kind if kinds == 0 else f"{step.kind}_{kinds + 1}"
        if name in taken:
            raise ValueError(f"A step is called {name!r} already; give this one another name=.")
        copy = clone(self)
        copy.steps = (*copy.steps, (name, step))
        return copy
