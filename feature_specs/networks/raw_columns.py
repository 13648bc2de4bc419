"""Raw columns as a serving model takes them: their shapes, dtypes and sentinels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from feature_specs.columns.table import Table
from feature_specs.columns.values.category_values import (
    INTEGER,
    MISSING_INTEGER,
    MISSING_TEXT,
    TEXT,
)
from feature_specs.encoders.crosses import CrossEncoder
from feature_specs.encoders.encoder import Encoder
from feature_specs.encoders.moment_reader import MomentEncoder
from feature_specs.encoders.numeric import Nothing, VectorEncoder
from feature_specs.encoders.sparse import SparseEncoder
from feature_specs.encoders.values import ValueEncoder, spread
from feature_specs.networks.fitted_spec import FittedSpec

NUMBER = "float64"
_FILLINGS = {TEXT: MISSING_TEXT, INTEGER: MISSING_INTEGER, NUMBER: np.nan}


class RawColumn(NamedTuple):
    """A raw column in a serving model: its shape beside the rows, its dtype, and who reads it."""

    shape: tuple[int | None, ...]
    dtype: str
    reader: Encoder


def raw_columns(specs: Mapping[str, FittedSpec]) -> dict[str, RawColumn]:
    """Return every raw column that fitted specs read, once.

    A column that is a number to one encoder and a category to another comes as the categories do,
    which hold what both need.

    Parameters
    ----------
    specs : mapping of str to FittedSpec
        By the prefix of their encoded columns.

    Returns
    -------
    dict of str to RawColumn

    Raises
    ------
    ValueError
        Naming a column that two encoders read in ways that exclude each other.
    """
    columns: dict[str, RawColumn] = {}
    encoders = [encoder for spec in specs.values() for encoder in spec.features_.values()]
    for encoder in encoders:
        for source, dtype in encoder.sources.items():
            column = RawColumn(_raw_shape(encoder), dtype, encoder)
            former = columns.setdefault(source, column)
            if column.shape != former.shape or (
                dtype != former.dtype and NUMBER not in (dtype, former.dtype)
            ):
                raise ValueError(
                    f"Column {source!r} is read as {_described(former)} and as "
                    f"{_described(column)}; a model on raw columns can take it only once, so give "
                    "it a second time under another name."
                )
            _check_clocks(source, former.reader, encoder)
            if former.dtype == NUMBER:
                columns[source] = column
    return columns


def _check_clocks(source: str, former: Encoder, encoder: Encoder) -> None:
    if not (isinstance(former, MomentEncoder) and isinstance(encoder, MomentEncoder)):
        return
    if former.reader(source) != encoder.reader(source):
        raise ValueError(
            f"Column {source!r} is read as moments in two ways; a model on raw columns can take it "
            "only once, so give all steps on it the same datetime_format=, unit= and time_zone=."
        )


def raw_arrays(
    specs: Mapping[str, FittedSpec], tables: Mapping[str, Table]
) -> dict[str, np.ndarray]:
    """Return the raw columns as `preprocessing_model` takes them.

    Parameters
    ----------
    specs : mapping of str to FittedSpec
    tables : mapping of str to Table
        What each of the specs reads.

    Returns
    -------
    dict of str to ndarray
    """
    arrays = {}
    for name, (_, dtype, encoder) in raw_columns(specs).items():
        side = next(side for side, spec in specs.items() if encoder in spec.features_.values())
        arrays[name] = _raw_array(encoder, tables[side], name, dtype)
    return arrays


def _raw_array(encoder: Any, table: Table, source: str, dtype: str) -> np.ndarray:
    if isinstance(encoder, SparseEncoder):
        return encoder.raw(table)
    if isinstance(encoder, VectorEncoder):
        return encoder.block(table)
    if isinstance(encoder, Nothing):
        return np.zeros(len(table))
    if isinstance(encoder, MomentEncoder):
        return encoder.reader(source).raw(table)
    if isinstance(encoder, ValueEncoder) and encoder.is_multi_valued:
        return _raw_lists(encoder, table, source, dtype)
    if dtype == TEXT:
        is_text = not isinstance(encoder, ValueEncoder | CrossEncoder)
        column = table.texts(source) if is_text else encoder.canonical(table.column(source), source)
        texts = column.astype(object)
        return texts.where(texts.notna(), MISSING_TEXT).to_numpy(object)
    if dtype == INTEGER:
        return encoder.canonical(table.column(source), source)
    return np.asarray(table.numbers([source])[:, 0], np.float64)


def _raw_lists(encoder: ValueEncoder, table: Table, source: str, dtype: str) -> np.ndarray:
    flat, lengths = table.lists(source)
    width = max(encoder.length, int(lengths.max(initial=0)))
    filling, held = _FILLINGS[dtype], object if dtype == TEXT else dtype
    if dtype != NUMBER:
        flat = pd.Series(encoder.canonical(flat, source)).astype(object)
    values = flat.where(flat.notna(), filling).to_numpy(held)
    return spread(values, lengths, width, held, filling)


def _raw_shape(encoder: Any) -> tuple[int | None, ...]:
    if isinstance(encoder, SparseEncoder):
        return (encoder.width_,)
    if isinstance(encoder, VectorEncoder):
        return (encoder.shape,)
    return (None,) if isinstance(encoder, ValueEncoder) and encoder.is_multi_valued else ()


def _described(column: RawColumn) -> str:
    return {0: "", 1: "lists of "}[len(column.shape)] + column.dtype
