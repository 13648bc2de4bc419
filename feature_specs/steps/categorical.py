"""Steps that take the values of a column for categories, or of several columns together."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions

from feature_specs.columns.values.category_values import category_dtype
from feature_specs.encoders.buckets import BucketEncoder
from feature_specs.encoders.crosses import CrossEncoder
from feature_specs.encoders.hash_buckets import HashEncoder
from feature_specs.encoders.identity import IdentityEncoder
from feature_specs.encoders.vocabulary import VocabularyEncoder
from feature_specs.steps.fitting import Fitting
from feature_specs.steps.step import Step

_AT_LEAST_ONE = Interval(Integral, 1, None, closed="left")


class CategoricalColumn(Step):
    """Categories by a vocabulary, given or learnt."""

    kind = "categorical"
    _parameter_constraints = {
        "vocabulary_list": ["array-like", None],
        "min_frequency": [_AT_LEAST_ONE, Interval(RealNotInt, 0, 1, closed="neither"), None],
        "max_tokens": [_AT_LEAST_ONE, None],
        "num_oov_buckets": [Interval(Integral, 0, None, closed="left")],
    }

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


class VocabularyFileColumn(Step):
    """Categories by a vocabulary that a file lists, one a line."""

    kind = "vocabulary_file"
    _parameter_constraints = {
        "vocabulary_file": [str, Path],
        "vocabulary_size": [_AT_LEAST_ONE, None],
        "num_oov_buckets": [Interval(Integral, 0, None, closed="left")],
    }

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
            fitting.add(
                VocabularyEncoder(
                    column,
                    column,
                    *_type_and_shape(fitting, column),
                    vocabulary=words[: self.vocabulary_size],
                    num_oov_buckets=self.num_oov_buckets,
                )
            )


class HashColumn(Step):
    """Categories by hash, for more values than a vocabulary should hold."""

    kind = "hash"
    _parameter_constraints = {"hash_bucket_size": [_AT_LEAST_ONE]}

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
    _parameter_constraints = {"num_buckets": [_AT_LEAST_ONE], "default_value": [Integral, None]}

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
    _parameter_constraints = {
        "column": [str],
        "weight_column": [str],
        "vocabulary_list": ["array-like", None],
    }

    def __init__(
        self, column: str, weight_column: str, *, vocabulary_list: Sequence | None = None
    ) -> None:
        self.column = column
        self.weight_column = weight_column
        self.vocabulary_list = vocabulary_list

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder with weights."""
        # Neither says anything of its own, so that only both together may say nothing.
        (column,) = fitting.select_all(self.column)
        (weight,) = fitting.select_all(self.weight_column)
        encoder = VocabularyEncoder(
            column,
            column,
            *_type_and_shape(fitting, column),
            weight,
            vocabulary=self.vocabulary_list,
        )
        if fitting.add(encoder):
            fitting.left_out.pop(weight, None)


class CrossedColumn(Step):
    """Combinations of categories, by hash."""

    kind = "crossed"
    _parameter_constraints = {"hash_bucket_size": [_AT_LEAST_ONE, StrOptions({"auto"})]}

    def __init__(self, columns: Any, hash_bucket_size: int | str = "auto") -> None:
        self.columns = columns
        self.hash_bucket_size = hash_bucket_size

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add ``crossed_a_b`` for columns a and b."""
        columns = fitting.select_all(self.columns)
        name = "crossed_" + "_".join(columns)
        if len(columns) < 2:
            raise ValueError(f"A cross needs two columns or more, got {columns}.")
        parts = [
            _cross_part(fitting, column) for column in columns if not fitting.says_nothing(column)
        ]
        if not parts:
            fitting.leave_out(name)
            return
        size = self.hash_bucket_size
        if size == "auto":
            size = CrossEncoder("", parts, 2**30).count_combinations(fitting.table) * 4
        fitting.add(CrossEncoder(name, parts, int(size)))


def _type_and_shape(fitting: Fitting, column: str) -> tuple[str, bool]:
    """Return the dtype of a column's values, and whether its cells are lists of them."""
    if fitting.info(column).kind != "list":
        return category_dtype(fitting.table.column(column), f"Column {column!r}"), False
    flat, _ = fitting.table.lists(column)
    return category_dtype(flat, f"Column {column!r}"), True


def _cross_part(fitting: Fitting, column: str) -> tuple[str, str] | BucketEncoder:
    feature = fitting.features.get(column)
    if isinstance(feature, BucketEncoder):
        return feature
    if fitting.info(column).kind not in ("nominal", "numeric", "boolean"):
        raise ValueError(f"Column {column!r} cannot be crossed; cross text, whole numbers or bins.")
    return column, _type_and_shape(fitting, column)[0]
