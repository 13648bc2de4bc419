"""Saved selectors and steps: what a person says of columns."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from keras.initializers import Initializer
from sklearn.base import BaseEstimator

from estimators.persistence.serialization.attribute_types import Function
from estimators.persistence.serialization.schemas.schema import Schema, schema
from feature_specs.columns import selector, selectors
from feature_specs.columns.selector import Names, Selector
from feature_specs.steps import categorical, dates, numeric, representations, text
from feature_specs.text.word_vector_sources import is_word_vectors

_ONE = str | Selector | Function
COLUMNS = (
    _ONE
    | list[_ONE | list[_ONE] | tuple[_ONE, ...]]
    | tuple[_ONE | list[_ONE] | tuple[_ONE, ...], ...]
    | set[str]
    | frozenset[str]
    | np.ndarray
    | pd.Index
)
_SEVERAL = list | tuple | np.ndarray | pd.Series | pd.Index
NORMALIZER = str | BaseEstimator | Function | None
# A path, or what stands for vectors by word.
VECTORS = str | Path | Annotated[object, lambda value, size: is_word_vectors(value)] | None
PATTERN = str | int | tuple[int, ...]

_EMBEDDING = {
    "columns": COLUMNS,
    "dimension": int | str,
    "combiner": str,
    "initializer": str | Initializer | Function | dict | None,
    "weights": dict | pd.DataFrame | None,
    "max_norm": float | None,
    "trainable": bool,
}
TEXT = {
    "representation": str,
    "max_tokens": int | str | None,
    "sequence_length": int | str,
    "ngrams": int | list[int] | tuple[int, ...] | None,
    "standardize": str | Function | None,
    "split": str | Function | None,
    "vocabulary": _SEVERAL | None,
    "dimension": int,
    "pooling": str,
    "pretrained": VECTORS,
    "trainable": bool,
}

SCHEMAS: dict[type, Schema] = {
    Names: schema({"names": tuple[str, ...], "must_exist": bool}),
    selector._Joined: schema(
        {"operator": Literal["+", "-", "&", "|"], "left": Selector, "right": Selector}
    ),
    selector._Complement: schema({"selector": Selector}),
    selector._Function: schema({"function": Function}),
    selectors._Derived: schema({"selector": Selector}),
    selectors._Pattern: schema(
        {"name": Literal[*selectors._RULES], "arguments": tuple[PATTERN, ...]}
    ),
    numeric.NumericColumn: schema(
        {
            "columns": COLUMNS,
            "normalizer": NORMALIZER,
            "default_value": float | str,
            "add_indicator": bool | str,
            "shape": int,
        }
    ),
    numeric.BucketizedColumn: schema(
        {"columns": COLUMNS, "boundaries": _SEVERAL | None, "num_bins": int}
    ),
    dates.DatetimeColumn: schema(
        {"columns": COLUMNS, "parts": _SEVERAL, "cyclic": bool},
        optional={
            "datetime_format": str | None,
            "unit": str | None,
            "time_zone": str | None,
            "holidays": _SEVERAL | dict | None,
        },
    ),
    dates.ElapsedTimeColumn: schema(
        {
            "columns": COLUMNS,
            "since": str | date | np.datetime64,
            "output_unit": str,
            "normalizer": NORMALIZER,
            "datetime_format": str | None,
            "unit": str | None,
            "time_zone": str | None,
        }
    ),
    categorical.CategoricalColumn: schema(
        {
            "columns": COLUMNS,
            "vocabulary_list": _SEVERAL | None,
            "min_frequency": float | None,
            "max_tokens": int | None,
            "num_oov_buckets": int,
        }
    ),
    categorical.VocabularyFileColumn: schema(
        {
            "columns": COLUMNS,
            "vocabulary_file": str | Path,
            "vocabulary_size": int | None,
            "num_oov_buckets": int,
        }
    ),
    categorical.HashColumn: schema({"columns": COLUMNS, "hash_bucket_size": int}),
    categorical.IdentityColumn: schema(
        {"columns": COLUMNS, "num_buckets": int, "default_value": int | None}
    ),
    categorical.WeightedCategoricalColumn: schema(
        {"column": str, "weight_column": str, "vocabulary_list": _SEVERAL | None}
    ),
    categorical.CrossedColumn: schema({"columns": COLUMNS, "hash_bucket_size": int | str}),
    representations.IndicatorColumn: schema({"columns": COLUMNS}),
    representations.EmbeddingColumn: schema(_EMBEDDING),
    representations.SharedEmbeddingsColumn: schema(_EMBEDDING),
    representations.RemoveColumn: schema({"columns": COLUMNS}),
    text.TextColumn: schema({"columns": COLUMNS, **TEXT}),
}
