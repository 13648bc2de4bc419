"""Saved encoders, scalers and representations, and the spec that holds them: what was learnt."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from keras.initializers import Initializer
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator

from estimators.persistence.serialization.attribute_types import Count, Finite, Function
from estimators.persistence.serialization.schemas.columns import NORMALIZER
from estimators.persistence.serialization.schemas.schema import Schema, schema
from feature_specs import FeatureSpec, scalers
from feature_specs.columns.values.moments import UNITS
from feature_specs.columns.values.time_zones import is_clock
from feature_specs.encoders.buckets import BucketEncoder
from feature_specs.encoders.crosses import CrossEncoder
from feature_specs.encoders.dates import PARTS, DateEncoder
from feature_specs.encoders.elapsed import TIME_UNITS, ElapsedEncoder
from feature_specs.encoders.encoder import Encoder
from feature_specs.encoders.hash_buckets import HashEncoder
from feature_specs.encoders.identity import IdentityEncoder
from feature_specs.encoders.numeric import ColumnsEncoder, MissingMark, Nothing, VectorEncoder
from feature_specs.encoders.sparse import SparseEncoder
from feature_specs.encoders.vocabulary import VocabularyEncoder
from feature_specs.networks.numeric_embeddings import Periodic, PiecewiseLinear
from feature_specs.networks.representations import Bag, Embedding, Indicator, TextVectors
from feature_specs.scalers import Scaler
from feature_specs.steps.step import Step
from feature_specs.text.encoder import TextEncoder
from feature_specs.text.sentence_encoders import RawTextEncoder, Sentence, SentenceEncoder
from feature_specs.text.word_vectors import WordVectors

_DTYPE = Literal["string", "int64"]
_SERVED = Literal["moment", "text", "number"]
_CLOCK = Annotated[str, lambda value, size: is_clock(value)]
_LABELS = list[str | int | float | bool]
_WAY = Indicator | Embedding | TextVectors | Bag | Sentence
_CATEGORICAL = {
    "silent": tuple[int, ...],
    "expected_unseen": float | None,
    "spelled": list[str] | None,
}
_VALUES = {"name": str, "source": str, "dtype": _DTYPE, "is_multi_valued": bool}
_VALUES_LEARNT = {**_CATEGORICAL, "weight_source": str | None, "length": Count}


def _affine(**parameters: Any) -> Schema:
    return schema(
        parameters,
        optional={"n_features_in_": Count, "center_": Finite, "inv_scale_": Finite},
        agrees=lambda scaler: _has_shapes(scaler, "center_", "inv_scale_"),
    )


def _has_shapes(scaler: Scaler, *names: str) -> bool:
    """Return whether what was learnt has an entry for each column."""
    learnt = [getattr(scaler, name) for name in names if hasattr(scaler, name)]
    return len(learnt) in (0, len(names)) and all(
        array.shape == (scaler.n_features_in_,) for array in learnt
    )


def _is_quantile(scaler: scalers.Quantile) -> bool:
    if not hasattr(scaler, "quantiles_"):
        return True
    quantiles, two = scaler.quantiles_, scaler.two_valued_
    shape = quantiles.shape
    return (
        len(shape) == 2
        and shape[0] == scaler.n_features_in_
        and shape[1] > 1
        and scaler.slopes_.shape == shape
        and scaler.levels_.shape == shape[1:]
        and (two.dtype, two.shape) == (bool, shape[:1])
        and bool((quantiles[two, 0] < quantiles[two, -1]).all())
    )


def _scales_columns(encoder: ColumnsEncoder) -> bool:
    width = len(encoder.columns)
    return (
        width > 0
        and encoder.fill_.shape == (width,)
        and encoder.scaler_.n_features_in_ == width
        and all(0 <= column < width for column in [*encoder.marked_, *encoder.two_valued_])
    )


def _scales_sparse_columns(encoder: SparseEncoder) -> bool:
    positions, width = encoder.positions_, len(encoder.columns)
    return (
        positions.dtype.kind == "i"
        and positions.shape == (width,)
        and encoder.scaler_.n_features_in_ == width
        and bool(((positions >= 0) & (positions < encoder.width_)).all())
    )


def _scales_elapsed_time(encoder: ElapsedEncoder) -> bool:
    columns = {encoder.source, *([] if encoder.since is None else [encoder.since])}
    return (
        encoder.formats_.keys() == encoder.served_.keys() == columns
        and encoder.scaler_.n_features_in_ == 1
    )


def _has_vectors(encoder: TextEncoder) -> bool:
    vectors = encoder.further_vectors
    return len(encoder.further_words) == (0 if vectors is None else len(vectors)) and (
        encoder.representation != "tf_idf" or encoder.rarity.shape == (encoder.cardinality,)
    )


def _has_positions(way: TextVectors) -> bool:
    if way.pretrained is None:
        return True
    positions, vectors = way.pretrained
    return (
        positions.dtype.kind == "i"
        and positions.ndim == 1
        and vectors.ndim == 2
        and vectors.shape[1] == way.dimension
        and bool(((positions >= -1) & (positions < len(vectors))).all())
    )


SCHEMAS: dict[type, Schema] = {
    FeatureSpec: schema(
        {"formula": str | None, "steps": list[tuple[str, Step]] | tuple[tuple[str, Step], ...]},
        optional={
            "normalizer": NORMALIZER,
            "features_": dict[str, Encoder],
            "representations_": dict[str, list[_WAY]],
            "_left_out": dict[str, str],
            "_steps": list[tuple[str, Step]],
            "columns_": list[str],
            "n_features_in_": Count,
            "feature_names_in_": np.ndarray,
            "_sklearn_output_config": dict[str, str],
        },
    ),
    FrozenEstimator: schema({"estimator": FeatureSpec}, optional={"_sklearn_version": str}),
    # Encoders
    ColumnsEncoder: schema(
        {
            "name": str,
            "columns": list[str],
            "normalizer": NORMALIZER,
            "default_value": float | str,
            "add_indicator": bool | str,
            "fill_": Finite,
            "marked_": list[int],
            "scaler_": Scaler,
        },
        optional={"places": list[str] | None, "two_valued_": list[int]},
        agrees=_scales_columns,
    ),
    SparseEncoder: schema(
        {
            "name": str,
            "columns": list[str],
            "normalizer": NORMALIZER,
            "default_value": float | str,
            "add_indicator": bool | str,
            "positions_": np.ndarray,
            "width_": Count,
            "scaler_": Scaler,
        },
        optional={"places": list[str] | None},
        agrees=_scales_sparse_columns,
    ),
    MissingMark: schema({"name": str}),
    Nothing: schema({"counted": str}),
    VectorEncoder: schema(
        {"name": str, "source": str, "shape": Count, "normalizer": NORMALIZER, "scaler_": Scaler},
        agrees=lambda encoder: encoder.scaler_.n_features_in_ == encoder.shape,
    ),
    DateEncoder: schema(
        {
            "name": str,
            "source": str,
            "parts": list[Literal[*PARTS]],
            "cyclic": bool,
            "center_": float,
            "inv_scale_": float,
            "has_gaps_": bool,
        },
        optional={
            "datetime_format": str | None,
            "unit": Literal[*UNITS] | None,
            "format_": str | None,
            "years_": list[int] | None,
            "served_": _SERVED,
            "fill_": list[float] | None,
            "time_zone": _CLOCK | None,
            "holidays": dict[str, list[int]] | None,
            "clock_": _CLOCK,
            "holidays_": dict[str, list[int]],
        },
    ),
    ElapsedEncoder: schema(
        {
            "name": str,
            "source": str,
            "since": str | None,
            "since_moment": list[int | None] | None,
            "output_unit": Literal[*TIME_UNITS],
            "normalizer": NORMALIZER,
            "datetime_format": str | None,
            "unit": Literal[*UNITS] | None,
            "time_zone": _CLOCK | None,
            "formats_": dict[str, str | None],
            "served_": dict[str, _SERVED],
            "clock_": _CLOCK,
            "origin_": int,
            "fill_": float,
            "has_gaps_": bool,
            "two_values_": bool,
            "scaler_": Scaler,
        },
        agrees=_scales_elapsed_time,
    ),
    BucketEncoder: schema(
        {"name": str, "source": str, "boundaries": list[float]}, optional=_CATEGORICAL
    ),
    CrossEncoder: schema(
        {
            "name": str,
            "parts": list[tuple[str, _DTYPE] | BucketEncoder],
            "hash_bucket_size": Count,
        },
        optional=_CATEGORICAL,
    ),
    HashEncoder: schema({**_VALUES, "hash_bucket_size": Count}, optional=_VALUES_LEARNT),
    IdentityEncoder: schema(
        {**_VALUES, "num_buckets": Count, "default_value": int | None}, optional=_VALUES_LEARNT
    ),
    VocabularyEncoder: schema(
        {
            **_VALUES,
            "vocabulary": _LABELS,
            "min_frequency": float | None,
            "max_tokens": int | None,
            "num_oov_buckets": Count,
        },
        optional={**_VALUES_LEARNT, "order": list[str] | None},
    ),
    TextEncoder: schema(
        {
            "name": str,
            "source": str,
            "representation": Literal["embedding", "multi_hot", "count", "tf_idf"],
            "max_tokens": int | None,
            "sequence_length": int | str,
            "ngrams": int | tuple[int, ...] | None,
            "standardize": str | Function | None,
            "split": str | Function | None,
            "vocabulary": list[str],
            "length": Count,
        },
        optional={
            **_CATEGORICAL,
            "word_vectors": None,
            "must_have_vectors": bool,
            "further_words": list[str],
            "further_vectors": Finite | None,
            "rarity": Finite,
        },
        agrees=_has_vectors,
    ),
    SentenceEncoder: schema({"name": str, "source": str, "folder": str, "dimension": Count}),
    RawTextEncoder: schema({"name": str, "source": str}, optional=_CATEGORICAL),
    # Representations
    PiecewiseLinear: schema(
        {"intervals": Count, "dimension": Count | None, "learning_rate_multiplier": float},
        optional={"edges": Literal["quantiles", "tree"]},
    ),
    Periodic: schema(
        {
            "frequencies": Count,
            "dimension": Count | None,
            "sigma": float,
            "learning_rate_multiplier": float,
        }
    ),
    Indicator: schema({}),
    Bag: schema({}),
    Embedding: schema(
        {
            "dimension": Count | Literal["auto"],
            "combiner": Literal["mean", "sqrtn", "sum"],
            "initializer": str | Initializer | Function | dict | None,
            "weights": dict | pd.DataFrame | None,
            "max_norm": float | None,
            "trainable": bool,
            "shared_name": str | None,
        }
    ),
    # A digest is a key of compiled networks, which a file must not choose.
    TextVectors: schema(
        {
            "dimension": Count,
            "pooling": Literal["mean", "max", "attention"],
            "pretrained": tuple[np.ndarray, Finite] | None,
            "trainable": bool,
        },
        agrees=_has_positions,
        made_again=("_digest",),
    ),
    Sentence: schema({"folder": str, "version": tuple}),
    WordVectors: schema(
        {"words": list[str], "vectors": np.ndarray},
        rebuild=lambda state: WordVectors(state["words"], state["vectors"]),
        made_again=("_index",),
    ),
    # Scalers
    scalers.Identity: _affine(),
    scalers.Standard: _affine(ddof=int),
    scalers.MinMax: _affine(),
    scalers.Robust: _affine(),
    scalers.MaxAbs: _affine(),
    scalers.Quantile: schema(
        {"n_quantiles": int | Literal["auto"], "output": Literal["normal", "uniform"]},
        optional={
            "limit": float | None,
            "n_features_in_": Count,
            "quantiles_": Finite,
            "levels_": Finite,
            "slopes_": Finite,
            "two_valued_": np.ndarray,
        },
        agrees=_is_quantile,
    ),
    scalers.Log1p: schema({}, optional={"n_features_in_": Count}),
    scalers.Function: schema({"function": Function}, optional={"n_features_in_": Count}),
    scalers.Wrapped: schema(
        {"transformer": BaseEstimator},
        optional={"n_features_in_": Count, "transformer_": BaseEstimator},
    ),
}
