"""The fitted features of a spec together: what they are called, and what they become as arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from feature_specs.columns.column_info import ColumnInfo
from feature_specs.encoders.elapsed import ElapsedEncoder
from feature_specs.encoders.encoder import CategoricalEncoder, Encoder, NumericEncoder
from feature_specs.encoders.numeric import ColumnsEncoder

# The key under which all numbers stand side by side.
NUMERIC = "numeric"


def numeric_encoders(features: Mapping[str, Encoder]) -> list[NumericEncoder]:
    """Return the encoders of numbers, in the order of their columns."""
    return [e for e in features.values() if isinstance(e, NumericEncoder)]


def categorical_encoders(features: Mapping[str, Encoder]) -> dict[str, CategoricalEncoder]:
    """Return the encoders of categories by the names of their features."""
    return {n: e for n, e in features.items() if isinstance(e, CategoricalEncoder)}


def numeric_sources(features: Mapping[str, Encoder]) -> list[list[str]]:
    """Return the raw columns, most often one, of every number in the order of the block."""
    return [source for encoder in numeric_encoders(features) for source in _sources(encoder)]


def _sources(encoder: NumericEncoder) -> list[list[str]]:
    if isinstance(encoder, ColumnsEncoder):
        return [[owner] for owner in encoder.owners]
    return [list(encoder.sources)] * len(encoder.output_names)


def numeric_places(features: Mapping[str, Encoder]) -> list[int]:
    """Return, for every number that was asked for, its column of the block, -1 where left out."""
    places, start = [], 0
    for encoder in numeric_encoders(features):
        width = len(encoder.output_names)
        own = list(range(width))
        if isinstance(encoder, ColumnsEncoder) and encoder.places is not None:
            position = {name: i for i, name in enumerate(encoder.columns)}
            own = [*(position.get(name, -1) for name in encoder.places), *own[len(position) :]]
        places += [place if place < 0 else start + place for place in own]
        start += width
    return places


def key_of(name: str) -> str:
    """Return the key of a categorical feature's codes; one called "numeric" must make way."""
    return f"{name}:codes" if name == NUMERIC else name


def weight_key_of(name: str) -> str:
    """Return the key of the weights of a categorical feature's codes."""
    return f"{key_of(name)}:weight"


def feature_infos(features: Mapping[str, Encoder]) -> list[ColumnInfo]:
    """Return name and kind of every feature; those not named after a raw column are derived."""
    infos = {}
    for encoder in features.values():
        if isinstance(encoder, CategoricalEncoder):
            is_derived = encoder.name not in encoder.sources
            infos[encoder.name] = ColumnInfo(encoder.name, "nominal", "int32", is_derived)
            continue
        names = encoder.columns if isinstance(encoder, ColumnsEncoder) else [encoder.name]
        for name in names:
            is_derived = isinstance(encoder, ElapsedEncoder)
            infos.setdefault(name, ColumnInfo(name, "numeric", "float32", is_derived))
    return list(infos.values())


def indicators(
    encoder: CategoricalEncoder, codes: np.ndarray, weight: np.ndarray | None
) -> np.ndarray:
    """Return a column for each kept code: how often, or how heavily, a row holds it."""
    if not encoder.kept:
        return np.zeros((len(codes), 0), np.float32)
    codes = codes.reshape(len(codes), -1)
    place = (np.arange(len(codes))[:, None] * encoder.cardinality + codes).ravel()
    weight = None if weight is None else weight.ravel()
    table = np.bincount(place, weight, minlength=len(codes) * encoder.cardinality)
    table = table.reshape(len(codes), encoder.cardinality)
    return table[:, encoder.kept].astype(np.float32)
