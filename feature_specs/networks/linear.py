"""The linear model of encoded columns, and its coefficients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from feature_specs.encoders.features import categorical_encoders
from feature_specs.networks.chosen_features import (
    chosen_features,
    codes_and_weights,
    column_of_nothing,
    numeric_block,
    numeric_columns,
)
from feature_specs.networks.fitted_spec import FittedSpec
from feature_specs.networks.inputs import Tensors
from feature_specs.networks.layers import AddBias, CategoryEmbedding
from feature_specs.networks.monotonic_dense import MonotonicDense
from feature_specs.networks.sparse_layers import dense_layer_for


def linear_logits(
    spec: FittedSpec,
    inputs: Tensors,
    units: int,
    columns: Any,
    kernel_regularizer: keras.regularizers.Regularizer | None,
    bias: bool,
    signs: Sequence[int] = (),
) -> keras.KerasTensor:
    """Return a zero-initialised linear model: a kernel for numbers, a table for each category."""
    chosen = chosen_features(spec, columns)
    terms = [
        _numeric_layer(block, signs)(
            units,
            use_bias=False,
            kernel_initializer="zeros",
            kernel_regularizer=kernel_regularizer,
            name="linear_numeric",
        )(block)
        for block in numeric_block(spec, inputs, chosen)
    ]
    for number, (name, encoder) in enumerate(categorical_encoders(spec.features_).items()):
        if name in chosen and not encoder.labels:
            raise ValueError(
                f"Column {name!r} goes through a sentence model that training changes, which no "
                "linear model can; take trainable=False, or leave the column to the deep side."
            )
        if name in chosen:
            table = CategoryEmbedding(
                encoder.cardinality,
                units,
                encoder.silent,
                "sum",
                "zeros",
                kernel_regularizer,
                name=f"linear_{number}",
            )
            table.further = encoder.further
            terms.append(table(*codes_and_weights(inputs, name)))
    if not terms:
        terms = [keras.ops.repeat(column_of_nothing(spec, inputs, columns), units, axis=-1)]
    total = terms[0] if len(terms) == 1 else keras.layers.Add(name="linear_sum")(terms)
    return AddBias(name="linear_bias")(total) if bias else total


def _numeric_layer(
    block: keras.KerasTensor, signs: Sequence[int]
) -> Callable[..., keras.layers.Layer]:
    if not signs:
        return dense_layer_for(block)
    # Weights that the rows would have on the other side end at 0, the constrained optimum.
    return partial(MonotonicDense, signs=signs, reflects=False)


def linear_coefficients(
    spec: FittedSpec, network: keras.Model, columns: Any
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return coefficients, intercept and names of what `linear_logits` built."""
    layers = {layer.name: layer for layer in network._flatten_layers()}
    chosen = chosen_features(spec, columns)
    rows, names = [], []
    if "linear_numeric" in layers:
        rows.append(layers["linear_numeric"].kernel.numpy())
        names += [n for n, owner in numeric_columns(spec) if owner in chosen]
    for number, (name, encoder) in enumerate(categorical_encoders(spec.features_).items()):
        if name in chosen:
            rows.append(layers[f"linear_{number}"].embeddings.numpy()[encoder.kept])
            names += encoder.output_names
    width = layers["linear_bias"].bias.shape[0] if "linear_bias" in layers else 1
    coefficients = np.concatenate(rows) if rows else np.zeros((0, width), np.float32)
    if "linear_bias" not in layers:
        return coefficients, np.zeros(coefficients.shape[1], np.float32), names
    return coefficients, layers["linear_bias"].bias.numpy(), names
