"""Networks on encoded features, and the network that encodes raw columns."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from sklearn.utils.validation import check_is_fitted

from feature_specs.categorical_encoders import TEXT, ValueEncoder
from feature_specs.encoders import CategoricalEncoder, Encoder
from feature_specs.layers import (
    AddBias,
    CategoryEmbedding,
    Encoding,
    SelectColumns,
    WeightEncoding,
)
from feature_specs.numeric_encoders import DateEncoder, VectorEncoder
from feature_specs.representations import Embedding
from feature_specs.selectors import as_selector
from feature_specs.table import MISSING_INTEGER, MISSING_TEXT, Table

if TYPE_CHECKING:
    from feature_specs.feature_spec import FeatureSpec

Tensors = Mapping[str, keras.KerasTensor]
NUMERIC = "numeric"


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
        return _keras_inputs(shapes)

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

    def preprocessing_model(self) -> keras.Model:
        """Return a Keras model from raw columns to what ``encode`` returns, bit for bit.

        Returns
        -------
        keras.Model
            Takes a dictionary of raw columns as ``raw_inputs`` gives them: float64 with NaN for
            missing, int64 with the smallest integer for missing, strings with ``""`` for missing,
            moments as int64 seconds since 1970; lists padded with these.
        """
        check_is_fitted(self)
        return connect_preprocessing(self)

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
        return raw_arrays(self, self._table(X))


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


def key_of(name: str) -> str:
    """Return the key of a categorical feature's codes; one called "numeric" must make way."""
    return f"{name}:codes" if name == NUMERIC else name


def _keras_inputs(
    shapes: Mapping[str, tuple[tuple[int | None, ...], str]],
) -> dict[str, keras.KerasTensor]:
    """Return an input for each key, named after it as far as Keras allows."""
    inputs: dict[str, keras.KerasTensor] = {}
    taken: set[str] = set()
    for key, (shape, dtype) in shapes.items():
        name = key.replace("/", "_")
        while name in taken:
            name += "_"
        taken.add(name)
        inputs[key] = keras.Input(shape, dtype=dtype, name=name)
    return inputs


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


def connect_preprocessing(spec: FeatureSpec) -> keras.Model:
    """Return a model from raw columns to encoded ones."""
    readers = _readers(spec)
    inputs = _keras_inputs(
        {source: (_raw_shape(encoder), dtype) for source, (encoder, dtype) in readers.items()}
    )
    outputs, blocks = {}, []
    for number, encoder in enumerate(spec.features_.values()):
        sources = {source: inputs[source] for source in encoder.sources}
        encoded = Encoding(encoder, name=f"encoding_{number}")(sources)
        if encoder in spec._numeric:
            blocks.append(encoded)
            continue
        key = key_of(encoder.name)
        if isinstance(encoded, list):
            outputs[key], outputs[f"{key}:weight"] = encoded
            continue
        outputs[key] = encoded
        if encoder.weight_source is not None:
            weights = inputs[encoder.weight_source]
            outputs[f"{key}:weight"] = WeightEncoding(name=f"weight_{number}")(weights)
    if blocks:
        outputs[NUMERIC] = blocks[0] if len(blocks) == 1 else keras.layers.Concatenate()(blocks)
    return keras.Model(inputs, outputs)


def raw_arrays(spec: FeatureSpec, table: Table) -> dict[str, np.ndarray]:
    """Return the raw columns as `connect_preprocessing`'s model takes them."""
    return {
        source: _raw_array(encoder, table, source, dtype)
        for source, (encoder, dtype) in _readers(spec).items()
    }


def _readers(spec: FeatureSpec) -> dict[str, tuple[Encoder, str]]:
    """Return for each raw column an encoder that reads it, and the dtype it comes in.

    A column that is a number to one encoder and a category to another comes in whole numbers,
    which hold what both need.
    """
    readers: dict[str, tuple[Encoder, str]] = {}
    for encoder in spec.features_.values():
        for source, dtype in encoder.sources.items():
            former = readers.get(source, (encoder, "float64"))[1]
            if dtype != former and "float64" not in (dtype, former):
                raise ValueError(
                    f"Column {source!r} is read as {former} and as {dtype}; a model on raw columns "
                    "can take it only once, so give it a second time under another name."
                )
            if source not in readers or former == "float64":
                readers[source] = encoder, dtype
    return readers


def _raw_array(encoder: Any, table: Table, source: str, dtype: str) -> np.ndarray:
    if isinstance(encoder, VectorEncoder):
        return encoder.block(table)
    if isinstance(encoder, DateEncoder):
        return table.seconds(source)
    if isinstance(encoder, ValueEncoder) and encoder.is_multi_valued:
        return _raw_lists(encoder, table, source, dtype)
    if dtype == TEXT:
        texts = table.texts(source).astype(object)
        return texts.where(texts.notna(), MISSING_TEXT).to_numpy(object)
    if dtype == "int64":
        return table.integers(source)
    return np.asarray(table.numbers([source])[:, 0], np.float64)


def _raw_lists(encoder: ValueEncoder, table: Table, source: str, dtype: str) -> np.ndarray:
    flat, lengths = table.lists(source)
    width = max(encoder.length, int(lengths.max(initial=0)))
    filling = {TEXT: MISSING_TEXT, "int64": MISSING_INTEGER, "float64": np.nan}[dtype]
    block = np.full((len(lengths), width), filling, object if dtype == TEXT else dtype)
    values = flat.where(flat.notna(), filling)
    block[np.arange(width) < lengths[:, None]] = values.to_numpy(block.dtype)
    return block


def _raw_shape(encoder: Any) -> tuple[int | None, ...]:
    if isinstance(encoder, VectorEncoder):
        return (encoder.shape,)
    return (None,) if isinstance(encoder, ValueEncoder) and encoder.is_multi_valued else ()


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
