"""Encoded columns as one dense tensor: what a deep network starts from."""

from __future__ import annotations

from typing import Any

import keras

from feature_specs.encoders.features import categorical_encoders
from feature_specs.networks.chosen_features import (
    chosen_features,
    codes_and_weights,
    column_of_nothing,
    embedded_numbers,
    numeric_block,
)
from feature_specs.networks.fitted_spec import FittedSpec
from feature_specs.networks.inputs import Tensors
from feature_specs.networks.representations import Embedding


def dense_features(
    spec: FittedSpec,
    inputs: Tensors,
    columns: Any = None,
    numeric_embedding: Any = None,
    auto: Any = "piecewise_linear",
) -> keras.KerasTensor:
    """Return numbers, indicators and embeddings side by side.

    ``numeric_embedding="auto"`` is `auto` where numbers are few and dense.
    """
    chosen = chosen_features(spec, columns)
    blocks = numeric_block(spec, inputs, chosen)
    blocks += embedded_numbers(spec, inputs, chosen, numeric_embedding, auto)
    shared: dict[str, keras.layers.Layer] = {}
    for number, (name, encoder) in enumerate(categorical_encoders(spec.features_).items()):
        if name not in chosen:
            continue
        for way, representation in enumerate(spec.representations_[name]):
            layer = representation.layer(encoder, f"category_{number}_{way}")
            if isinstance(representation, Embedding) and representation.shared_name is not None:
                layer = shared.setdefault(representation.shared_name, layer)
            layer.further = encoder.further
            blocks.append(layer(*codes_and_weights(inputs, name)))
    if not blocks:
        return column_of_nothing(spec, inputs, columns)
    return blocks[0] if len(blocks) == 1 else keras.layers.Concatenate(name="features")(blocks)
