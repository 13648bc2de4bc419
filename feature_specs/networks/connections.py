"""Networks on encoded features, and the network that encodes raw columns."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from sklearn.utils.validation import check_is_fitted

from feature_specs.columns.selectors import as_selector
from feature_specs.encoders.encoder import CategoricalEncoder
from feature_specs.networks.layers import AddBias, CategoryEmbedding, SelectColumns
from feature_specs.networks.raw_columns import (
    NUMERIC,
    Tensors,
    connect_preprocessing,
    keras_inputs,
    key_of,
    raw_arrays,
)
from feature_specs.networks.representations import Embedding

if TYPE_CHECKING:
    from feature_specs.feature_spec import FeatureSpec


class NetworkMethods:
    """The half of a fitted spec that builds Keras networks."""

    @property
    def encoded_signature_(self) -> Hashable:
        """What networks on the encoded columns depend on; equal for fits that can share one."""
        check_is_fitted(self)
        numeric = tuple(encoder.signature() for encoder in self._numeric)
        categorical = tuple(
            (
                name,
                encoder.signature(),
                tuple(way.key(encoder) for way in self.representations_[name]),
            )
            for name, encoder in self._categorical.items()
        )
        return numeric, categorical

    def inputs(self) -> dict[str, keras.KerasTensor]:
        """Return a ``keras.Input`` for each array of ``encode``.

        Returns
        -------
        dict of str to KerasTensor
        """
        check_is_fitted(self)
        shapes: dict[str, tuple[tuple[int | None, ...], str]] = {}
        if self._numeric:
            width = sum(len(encoder.output_names) for encoder in self._numeric)
            shapes[NUMERIC] = (width,), "float32"
        for name, encoder in self._categorical.items():
            shapes[key_of(name)] = shape, _ = encoder.output_shape_and_dtype()
            if encoder.has_weights:
                shapes[f"{key_of(name)}:weight"] = shape, "float32"
        return keras_inputs(shapes)

    def dense_features(
        self, inputs: dict[str, keras.KerasTensor] | None = None, columns: Any = None
    ) -> keras.KerasTensor:
        """Return numbers, indicators and embeddings side by side: the trainable part.

        Parameters
        ----------
        inputs : dict of str to KerasTensor, default=None
            What ``inputs`` returned; new ones by default.
        columns : selector, str or list of str, default=None
            Which features; all by default.

        Returns
        -------
        KerasTensor of shape (rows, width)
        """
        return connect_dense(self, self.inputs() if inputs is None else inputs, columns)

    def linear_logits(
        self,
        inputs: dict[str, keras.KerasTensor] | None = None,
        units: int = 1,
        columns: Any = None,
        kernel_regularizer: keras.regularizers.Regularizer | None = None,
        bias: bool = True,
    ) -> keras.KerasTensor:
        """Return a linear model of the features; categories are looked up, never multiplied.

        Parameters
        ----------
        inputs : dict of str to KerasTensor, default=None
            What ``inputs`` returned; new ones by default.
        units : int, default=1
            Number of outputs.
        columns : selector, str or list of str, default=None
            Which features; all by default.
        kernel_regularizer : keras.regularizers.Regularizer, default=None
        bias : bool, default=True
            Whether a trainable constant is added.

        Returns
        -------
        KerasTensor of shape (rows, units)
        """
        inputs = self.inputs() if inputs is None else inputs
        return connect_linear(self, inputs, units, columns, kernel_regularizer, bias)

    def linear_coefficients(
        self, network: keras.Model, columns: Any = None
    ) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Read the weights of ``linear_logits`` out of a network.

        Parameters
        ----------
        network : keras.Model
        columns : selector, str or list of str, default=None
            As given to ``linear_logits``.

        Returns
        -------
        coefficients : ndarray of shape (features, units)
        intercept : ndarray of shape (units,)
        names : list of str
            As in ``get_feature_names_out``, for the chosen features.
        """
        return linear_coefficients(self, network, columns)

    def for_training(self) -> FeatureSpec:
        """Return the spec without what only prediction knows: words of pretrained tables.

        Returns
        -------
        FeatureSpec
            Itself where there is nothing to leave out.
        """
        check_is_fitted(self)
        trimmed = {
            name: encoder.for_training() if isinstance(encoder, CategoricalEncoder) else encoder
            for name, encoder in self.features_.items()
        }
        if all(trimmed[name] is encoder for name, encoder in self.features_.items()):
            return self
        spec = copy(self)
        spec.features_ = trimmed
        return spec

    def preprocessing_model(self, dtype: str = "float64") -> keras.Model:
        """Return a Keras model from raw columns to what ``encode`` returns, bit for bit.

        Parameters
        ----------
        dtype : {"float64", "float32"}, default="float64"
            In which numbers come in and are scaled; in float32, for devices without float64, they
            agree with ``encode`` as far as float32 goes.

        Returns
        -------
        keras.Model
            Takes a dictionary of raw columns as ``raw_inputs`` gives them: float64 with NaN for
            missing, int64 with the smallest integer for missing, strings with ``""`` for missing,
            moments as int64 seconds since 1970; lists padded with these.
        """
        check_is_fitted(self)
        return connect_preprocessing({"": self}, dtype)

    def raw_inputs(self, X: Any) -> dict[str, np.ndarray]:
        """Return a table as the arrays that ``preprocessing_model`` takes.

        Parameters
        ----------
        X : DataFrame, dict of columns or array of shape (rows, columns)

        Returns
        -------
        dict of str to ndarray
        """
        check_is_fitted(self)
        return raw_arrays({"": self}, {"": self._table(X)})


def complete_weights(network: keras.Model, weights: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the weights of a trained network with the vectors that only prediction knows.

    Parameters
    ----------
    network : keras.Model
        Built on a spec.
    weights : sequence of ndarray
        Of the network built on ``spec.for_training()``, in the order of its variables.

    Returns
    -------
    list of ndarray
    """
    further = {
        id(layer.embeddings): layer.further
        for layer in network._flatten_layers()
        if getattr(layer, "further", None) is not None
    }
    return [
        _completed(weight, variable.shape, *further[id(variable)])
        if id(variable) in further
        else weight
        for variable, weight in zip(network.variables, weights, strict=True)
    ]


def _completed(
    weight: np.ndarray, shape: tuple[int, int], trained: int, vectors: np.ndarray
) -> np.ndarray:
    # A linear model beside the embedding has learnt nothing of the other words.
    beyond = vectors if vectors.shape[1] == shape[1] else np.zeros((len(vectors), shape[1]))
    return np.concatenate([weight[:trained], beyond.astype(weight.dtype)])


def connect_dense(spec: FeatureSpec, inputs: Tensors, columns: Any) -> keras.KerasTensor:
    """Return numbers, indicators and embeddings side by side."""
    chosen = _chosen(spec, columns)
    blocks = _numeric_block(spec, inputs, chosen)
    shared: dict[str, keras.layers.Layer] = {}
    for number, (name, encoder) in enumerate(spec._categorical.items()):
        if name not in chosen:
            continue
        for way, representation in enumerate(spec.representations_[name]):
            layer = representation.layer(encoder, f"category_{number}_{way}")
            if isinstance(representation, Embedding) and representation.shared_name is not None:
                layer = shared.setdefault(representation.shared_name, layer)
            layer.further = encoder.further
            blocks.append(layer(*_codes_and_weights(inputs, name)))
    if not blocks:
        raise ValueError(f"The selection {columns!r} holds no feature of this spec.")
    return blocks[0] if len(blocks) == 1 else keras.layers.Concatenate(name="features")(blocks)


def connect_linear(
    spec: FeatureSpec,
    inputs: Tensors,
    units: int,
    columns: Any,
    kernel_regularizer: keras.regularizers.Regularizer | None,
    bias: bool,
) -> keras.KerasTensor:
    """Return a zero-initialised linear model: a kernel for numbers, a table for each category."""
    chosen = _chosen(spec, columns)
    terms = [
        keras.layers.Dense(
            units,
            use_bias=False,
            kernel_initializer="zeros",
            kernel_regularizer=kernel_regularizer,
            name="linear_numeric",
        )(block)
        for block in _numeric_block(spec, inputs, chosen)
    ]
    for number, (name, encoder) in enumerate(spec._categorical.items()):
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
            terms.append(table(*_codes_and_weights(inputs, name)))
    if not terms:
        raise ValueError(f"The selection {columns!r} holds no feature of this spec.")
    total = terms[0] if len(terms) == 1 else keras.layers.Add(name="linear_sum")(terms)
    return AddBias(name="linear_bias")(total) if bias else total


def linear_coefficients(
    spec: FeatureSpec, network: keras.Model, columns: Any
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return coefficients, intercept and names of what `connect_linear` built."""
    layers = {layer.name: layer for layer in network._flatten_layers()}
    chosen = _chosen(spec, columns)
    rows, names = [], []
    if "linear_numeric" in layers:
        rows.append(layers["linear_numeric"].kernel.numpy())
        names += [n for n, owner in _numeric_columns(spec) if owner in chosen]
    for number, (name, encoder) in enumerate(spec._categorical.items()):
        if name in chosen:
            rows.append(layers[f"linear_{number}"].embeddings.numpy()[encoder.kept])
            names += encoder.output_names
    coefficients = np.concatenate(rows)
    if "linear_bias" not in layers:
        return coefficients, np.zeros(coefficients.shape[1], np.float32), names
    return coefficients, layers["linear_bias"].bias.numpy(), names


def _chosen(spec: FeatureSpec, columns: Any) -> set[str]:
    infos = spec.feature_infos()
    names = {info.name for info in infos}
    return names if columns is None else set(as_selector(columns)(infos)) & names


def _numeric_columns(spec: FeatureSpec) -> list[tuple[str, str]]:
    """Return every column of the numeric block with the feature it belongs to."""
    return [
        pair
        for encoder in spec._numeric
        for pair in zip(encoder.output_names, encoder.owners, strict=True)
    ]


def _numeric_block(spec: FeatureSpec, inputs: Tensors, chosen: set[str]) -> list[keras.KerasTensor]:
    """Return the chosen part of the numeric block, in a list that is empty without one."""
    columns = _numeric_columns(spec)
    positions = [i for i, (_, owner) in enumerate(columns) if owner in chosen]
    if not positions:
        return []
    if len(positions) == len(columns):
        return [inputs[NUMERIC]]
    return [SelectColumns(positions)(inputs[NUMERIC])]


def _codes_and_weights(inputs: Tensors, name: str) -> list[keras.KerasTensor]:
    key = key_of(name)
    weight = inputs.get(f"{key}:weight")
    return [inputs[key]] if weight is None else [inputs[key], weight]
