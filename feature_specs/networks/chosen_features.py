"""The features that a network is built on: those that were chosen, as Keras tensors."""

from __future__ import annotations

from typing import Any

import keras

from feature_specs.columns.column_info import ColumnInfo
from feature_specs.columns.selectors import as_selector
from feature_specs.encoders.features import (
    NUMERIC,
    feature_infos,
    key_of,
    numeric_encoders,
    weight_key_of,
)
from feature_specs.networks.fitted_spec import FittedSpec
from feature_specs.networks.inputs import Tensors
from feature_specs.networks.layers import SelectColumns
from feature_specs.networks.numeric_embeddings import NumericEmbedding, as_embeddings

# More would make the first layer most of the network: pixels, say.
_MOST_EMBEDDED = 100


def chosen_features(spec: FittedSpec, columns: Any) -> set[str]:
    """Return the names of the features that a selector chooses, all of them for None."""
    infos = feature_infos(spec.features_)
    names = {info.name for info in infos}
    if columns is None:
        return names
    left_out = [ColumnInfo(name, "other", "") for name in spec.left_out_ if name not in names]
    return set(as_selector(columns)([*infos, *left_out])) & names


def numeric_columns(spec: FittedSpec) -> list[tuple[str, str]]:
    """Return every column of the numeric block with the feature it belongs to."""
    return [
        pair
        for encoder in numeric_encoders(spec.features_)
        for pair in zip(encoder.output_names, encoder.owners, strict=True)
    ]


def numeric_block(spec: FittedSpec, inputs: Tensors, chosen: set[str]) -> list[keras.KerasTensor]:
    """Return the chosen part of the numeric block, in a list that is empty without one."""
    columns = numeric_columns(spec)
    positions = [i for i, (_, owner) in enumerate(columns) if owner in chosen]
    if not positions:
        return []
    if len(positions) == len(columns):
        return [inputs[NUMERIC]]
    if inputs[NUMERIC].sparse:
        raise ValueError(
            "A sparse matrix enters a side of the network whole; leave the side's columns None, or "
            "give it a feature spec of its own that takes some."
        )
    return [SelectColumns(positions)(inputs[NUMERIC])]


def embedded_numbers(
    spec: FittedSpec, inputs: Tensors, chosen: set[str], embedding: Any, auto: Any
) -> list[keras.KerasTensor]:
    """Return what stands beside the chosen numbers, in a list that may be empty."""
    embeddings, positions = chosen_embeddings(spec, inputs, chosen, embedding, auto)
    if not embeddings:
        return []
    numbers = inputs[NUMERIC]
    source = numbers.name
    places = None if len(positions) == numbers.shape[-1] else positions
    if places is not None:
        numbers = SelectColumns(positions)(numbers)
    return [embedding._of(numbers, source, places) for embedding in embeddings]


def chosen_embeddings(
    spec: FittedSpec, inputs: Tensors, chosen: set[str], embedding: Any, auto: Any
) -> tuple[tuple[NumericEmbedding, ...], list[int]]:
    """Return the embeddings of the chosen numbers, and the columns of the block that they embed.

    Beside a number of two values stands nothing. ``'auto'`` is none where the numbers are many or
    sparse, else `auto`.
    """
    two_valued = [two for e in numeric_encoders(spec.features_) for two in e.two_valued]
    owners = [owner for _, owner in numeric_columns(spec)]
    known = zip(owners, two_valued, strict=True)
    positions = [i for i, (owner, two) in enumerate(known) if owner in chosen and not two]
    if not positions:
        return (), []
    is_sparse = inputs[NUMERIC].sparse
    if embedding == "auto":
        embedding = auto if not is_sparse and len(positions) <= _MOST_EMBEDDED else None
    embeddings = as_embeddings(embedding)
    if embeddings and is_sparse:
        raise ValueError(
            "The numbers of a sparse matrix cannot be embedded; leave numeric_embedding at "
            "'auto', or give a dense table."
        )
    return embeddings, positions


def codes_and_weights(inputs: Tensors, name: str) -> list[keras.KerasTensor]:
    """Return the codes of a categorical feature, and their weights where there are any."""
    codes, weight = inputs[key_of(name)], inputs.get(weight_key_of(name))
    return [codes] if weight is None else [codes, weight]


def column_of_nothing(spec: FittedSpec, inputs: Tensors, columns: Any) -> keras.KerasTensor:
    """Return a column of 0 for a selection that says nothing.

    Raises
    ------
    ValueError
        For one that holds nothing.
    """
    left_out = [ColumnInfo(name, "other", "") for name in spec.left_out_]
    if not as_selector(columns)([*feature_infos(spec.features_), *left_out]):
        raise ValueError(f"The selection {columns!r} holds no feature of this spec.")
    some = next(iter(inputs.values()))
    column = some[:, None] if len(some.shape) == 1 else keras.ops.any(some, -1, keepdims=True)
    return keras.ops.zeros_like(column, dtype="float32")
