"""Steps: small sentences about columns, each a scikit-learn estimator of parameters alone.

What a step learns goes into encoders (``encoders.py``) when the spec that holds it is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from feature_specs.categorical_encoders import (
    BucketEncoder,
    CrossEncoder,
    HashEncoder,
    IdentityEncoder,
    VocabularyEncoder,
    dtype_of,
)
from feature_specs.fitting import Fitting
from feature_specs.numeric_encoders import PART_SIZES, ColumnsEncoder, DateEncoder, VectorEncoder
from feature_specs.representations import Embedding, Indicator


class Step(BaseEstimator):
    """One sentence of a feature spec.

    Subclasses add encoders or representations to the fit under way.
    """

    kind: str = "step"

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add to `fitting` what this step makes of the columns; `name` is the step's own."""
        raise NotImplementedError


class NumericColumn(Step):
    """Numbers as they are, or scaled."""

    kind = "numeric"

    def __init__(
        self,
        columns: Any,
        *,
        normalizer: Any = None,
        default_value: float | str = "mean",
        add_indicator: bool | str = "auto",
        shape: int = 1,
    ) -> None:
        self.columns = columns
        self.normalizer = normalizer
        self.default_value = default_value
        self.add_indicator = add_indicator
        self.shape = shape

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add one encoder for all columns, or one for each column of vectors."""
        columns = fitting.select(self.columns)
        if self.shape > 1:
            for column in columns:
                fitting.add(VectorEncoder(column, column, self.shape, self.normalizer))
        elif columns:
            fitting.add(
                ColumnsEncoder(
                    name, columns, self.normalizer, self.default_value, self.add_indicator
                )
            )


class CategoricalColumn(Step):
    """Categories by a vocabulary, given or learnt."""

    kind = "categorical"

    def __init__(
        self,
        columns: Any,
        *,
        vocabulary_list: Sequence | None = None,
        min_frequency: int | float | None = None,
        max_tokens: int | None = None,
        num_oov_buckets: int = 1,
    ) -> None:
        self.columns = columns
        self.vocabulary_list = vocabulary_list
        self.min_frequency = min_frequency
        self.max_tokens = max_tokens
        self.num_oov_buckets = num_oov_buckets

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder for each column."""
        for column in fitting.select(self.columns):
            encoder = VocabularyEncoder(
                column,
                column,
                *_type_and_shape(fitting, column),
                vocabulary=self.vocabulary_list,
                min_frequency=self.min_frequency,
                max_tokens=self.max_tokens,
                num_oov_buckets=self.num_oov_buckets,
            )
            fitting.add(encoder)
            if self.vocabulary_list is None:
                _check_informative(encoder)


class VocabularyFileColumn(Step):
    """Categories by a vocabulary that a file lists, one a line."""

    kind = "vocabulary_file"

    def __init__(
        self,
        columns: Any,
        vocabulary_file: str | Path,
        *,
        vocabulary_size: int | None = None,
        num_oov_buckets: int = 1,
    ) -> None:
        self.columns = columns
        self.vocabulary_file = vocabulary_file
        self.vocabulary_size = vocabulary_size
        self.num_oov_buckets = num_oov_buckets

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder for each column."""
        words = Path(self.vocabulary_file).read_text(encoding="utf-8").split("\n")
        words = [word.removesuffix("\r") for word in words if word]
        for column in fitting.select(self.columns):
            dtype, is_list = _type_and_shape(fitting, column)
            vocabulary = [int(word) if dtype == "int64" else word for word in words]
            fitting.add(
                VocabularyEncoder(
                    column,
                    column,
                    dtype,
                    is_list,
                    vocabulary=vocabulary[: self.vocabulary_size],
                    num_oov_buckets=self.num_oov_buckets,
                )
            )


class HashColumn(Step):
    """Categories by hash, for more values than a vocabulary should hold."""

    kind = "hash"

    def __init__(self, columns: Any, hash_bucket_size: int) -> None:
        self.columns = columns
        self.hash_bucket_size = hash_bucket_size

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder for each column."""
        for column in fitting.select(self.columns):
            dtype, is_list = _type_and_shape(fitting, column)
            fitting.add(
                HashEncoder(column, column, dtype, is_list, hash_bucket_size=self.hash_bucket_size)
            )


class IdentityColumn(Step):
    """Whole numbers from 0 on that are categories already."""

    kind = "identity"

    def __init__(self, columns: Any, num_buckets: int, *, default_value: int | None = None) -> None:
        self.columns = columns
        self.num_buckets = num_buckets
        self.default_value = default_value

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder for each column."""
        for column in fitting.select(self.columns):
            fitting.add(
                IdentityEncoder(
                    column,
                    column,
                    _type_and_shape(fitting, column)[1],
                    num_buckets=self.num_buckets,
                    default_value=self.default_value,
                )
            )


class WeightedCategoricalColumn(Step):
    """Categories that count as much as another column says."""

    kind = "weighted"

    def __init__(
        self, column: str, weight_column: str, *, vocabulary_list: Sequence | None = None
    ) -> None:
        self.column = column
        self.weight_column = weight_column
        self.vocabulary_list = vocabulary_list

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder with weights."""
        (column,) = fitting.select(self.column)
        (weight,) = fitting.select(self.weight_column)
        fitting.add(
            VocabularyEncoder(
                column,
                column,
                *_type_and_shape(fitting, column),
                weight,
                vocabulary=self.vocabulary_list,
            )
        )


class BucketizedColumn(Step):
    """Numbers by the interval they fall into."""

    kind = "bucketized"

    def __init__(
        self,
        columns: Any,
        *,
        boundaries: Sequence[float] | None = None,
        num_bins: int = 10,
    ) -> None:
        self.columns = columns
        self.boundaries = boundaries
        self.num_bins = num_bins

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add ``bucketized_x`` for each column x."""
        for column in fitting.select(self.columns):
            boundaries = self.boundaries
            if boundaries is None:
                values = fitting.table.numbers([column])[:, 0].astype(np.float64)
                shares = np.arange(1, self.num_bins) / self.num_bins
                boundaries = np.unique(np.float32(np.nanquantile(values, shares)))
            elif list(boundaries) != sorted(set(boundaries)):
                raise ValueError(
                    f"boundaries of column {column!r} must increase, got {list(boundaries)}."
                )
            fitting.add(BucketEncoder(f"bucketized_{column}", column, list(boundaries)))


class CrossedColumn(Step):
    """Combinations of categories, by hash."""

    kind = "crossed"

    def __init__(self, columns: Any, hash_bucket_size: int | str = "auto") -> None:
        self.columns = columns
        self.hash_bucket_size = hash_bucket_size

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add ``crossed_a_b`` for columns a and b."""
        columns = fitting.select(self.columns)
        parts = [_cross_part(fitting, column) for column in columns]
        size = self.hash_bucket_size
        if size == "auto":
            size = CrossEncoder("", parts, 2**30).count_combinations(fitting.table) * 4
        fitting.add(CrossEncoder("crossed_" + "_".join(columns), parts, int(size)))


class IndicatorColumn(Step):
    """Categories as 0/1 columns."""

    kind = "indicator"

    def __init__(self, columns: Any) -> None:
        self.columns = columns

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Represent each categorical feature by indicators."""
        for feature in fitting.select_categorical(self.columns):
            fitting.represent(feature, Indicator())


class EmbeddingColumn(Step):
    """Categories as vectors that training finds."""

    kind = "embedding"

    def __init__(
        self,
        columns: Any,
        dimension: int | str = "auto",
        *,
        combiner: str = "mean",
        initializer: Any = None,
        weights: Mapping | pd.DataFrame | None = None,
        max_norm: float | None = None,
        trainable: bool = True,
    ) -> None:
        self.columns = columns
        self.dimension = dimension
        self.combiner = combiner
        self.initializer = initializer
        self.weights = weights
        self.max_norm = max_norm
        self.trainable = trainable

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Represent each categorical feature by a table of its own."""
        for feature in fitting.select_categorical(self.columns):
            fitting.represent(feature, _embedding(self))


class SharedEmbeddingsColumn(EmbeddingColumn):
    """Several columns of the same categories as vectors from one table."""

    kind = "shared_embeddings"

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Give the features one vocabulary and one table."""
        features = fitting.select_categorical(self.columns)
        fitting.share_vocabulary(features)
        for feature in features:
            fitting.represent(feature, _embedding(self, shared_name=name))


class DatetimeColumn(Step):
    """Parts of moments: year, month, day, day of the week, hour, minute."""

    kind = "datetime"

    def __init__(
        self,
        columns: Any,
        *,
        parts: Sequence[str] = ("year", "month", "dayofweek"),
        cyclic: bool = True,
    ) -> None:
        self.columns = columns
        self.parts = parts
        self.cyclic = cyclic

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder for each column."""
        unknown = [part for part in self.parts if part not in ("year", *PART_SIZES)]
        if unknown:
            known = ", ".join(map(repr, ("year", *PART_SIZES)))
            raise ValueError(f"Unknown part {unknown[0]!r}; parts are {known}.")
        for column in fitting.select(self.columns):
            fitting.add(DateEncoder(column, column, list(self.parts), self.cyclic))


class RemoveColumn(Step):
    """Leaves features out; what was derived from them stays."""

    kind = "remove"

    def __init__(self, columns: Any) -> None:
        self.columns = columns

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Remove the features."""
        for column in fitting.select_features(self.columns):
            fitting.remove(column)


def _embedding(step: EmbeddingColumn, shared_name: str | None = None) -> Embedding:
    return Embedding(
        step.dimension,
        step.combiner,
        step.initializer,
        step.weights,
        step.max_norm,
        step.trainable,
        shared_name,
    )


def _type_and_shape(fitting: Fitting, column: str) -> tuple[str, bool]:
    """Return the dtype of a column's values, and whether its cells are lists of them."""
    if fitting.info(column).kind != "list":
        return dtype_of(fitting.table.column(column), column), False
    flat, _ = fitting.table.lists(column)
    return dtype_of(flat.infer_objects(), column), True


def _cross_part(fitting: Fitting, column: str) -> tuple[str, str] | BucketEncoder:
    feature = fitting.features.get(column)
    if isinstance(feature, BucketEncoder):
        return feature
    if fitting.info(column).kind not in ("nominal", "numeric", "boolean"):
        raise ValueError(f"Column {column!r} cannot be crossed; cross text, whole numbers or bins.")
    return column, dtype_of(fitting.table.column(column), column)


def _check_informative(encoder: VocabularyEncoder) -> None:
    known = len(encoder.vocabulary) + (encoder.reserved - len(encoder.silent))
    if known == 0:
        raise ValueError(
            f"Column {encoder.source!r} is missing in every row; drop it, for example with "
            "`- name` in the formula."
        )
    if known == 1 and not encoder.is_multi_valued:
        raise ValueError(
            f"Column {encoder.source!r} holds the single value {encoder.vocabulary[0]!r}; drop it, "
            "for example with `- name` in the formula."
        )
