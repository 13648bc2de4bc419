"""Keras inputs: one for each array that a network takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

from feature_specs.encoders.features import (
    NUMERIC,
    categorical_encoders,
    key_of,
    numeric_encoders,
    numeric_places,
    weight_key_of,
)
from feature_specs.encoders.sparse import takes_sparse
from feature_specs.networks.fitted_spec import FittedSpec

if TYPE_CHECKING:
    import keras

Tensors: TypeAlias = "Mapping[str, keras.KerasTensor]"


def encoded_inputs(spec: FittedSpec) -> dict[str, keras.KerasTensor]:
    """Return an input for each array of encoded columns."""
    shapes: dict[str, tuple[tuple[int | None, ...], str]] = {}
    numeric = numeric_encoders(spec.features_)
    if numeric:
        width = sum(len(encoder.output_names) for encoder in numeric)
        shapes[NUMERIC] = (width,), "float32"
    for name, encoder in categorical_encoders(spec.features_).items():
        shapes[key_of(name)] = shape, _ = encoder.output_shape_and_dtype()
        if encoder.has_weights:
            shapes[weight_key_of(name)] = shape, "float32"
    sparse = {NUMERIC} if takes_sparse(spec.features_) else ()
    return keras_inputs(shapes, sparse)


def with_places(spec: FittedSpec, inputs: Tensors) -> dict[str, keras.KerasTensor]:
    """Return the inputs, their numbers with a 0 in the place of each that was left out."""
    places = numeric_places(spec.features_)
    if -1 not in places:
        return dict(inputs)
    from keras import ops

    from feature_specs.networks.layers import SelectColumns

    width = inputs[NUMERIC].shape[-1]
    padded = ops.pad(inputs[NUMERIC], [[0, 0], [0, 1]])
    placed = SelectColumns([width if place < 0 else place for place in places])(padded)
    return {**inputs, NUMERIC: placed}


def keras_inputs(
    shapes: Mapping[str, tuple[tuple[int | None, ...], str]], sparse: Collection[str] = ()
) -> dict[str, keras.KerasTensor]:
    """Return an input for each key, named after it as far as Keras allows."""
    import keras

    inputs: dict[str, keras.KerasTensor] = {}
    taken: set[str] = set()
    for key, (shape, dtype) in shapes.items():
        name = key.replace("/", "_")
        while name in taken:
            name += "_"
        taken.add(name)
        inputs[key] = keras.Input(shape, dtype=dtype, sparse=key in sparse, name=name)
    return inputs
