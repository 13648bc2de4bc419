"""Keras layers on encoded features: indicators, embeddings, linear models; and the encoders'.

With this module Keras can load every model of a spec that it has saved; the face of `feature_specs`
imports it together with Keras.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

# A saved model may hold any encoder and any layer; Keras finds those that have been imported.
from feature_specs.encoders import (  # noqa: F401
    buckets,
    crosses,
    dates,
    elapsed,
    hash_buckets,
    identity,
    numeric,
    sparse,
    vocabulary,
)
from feature_specs.encoders.encoder import Encoder, as_numbers
from feature_specs.networks import (  # noqa: F401
    column_dense,
    cosines,
    monotonic_activation,
    monotonic_dense,
    pieces,
    sparse_layers,
)
from feature_specs.scalers import layers as scaler_layers  # noqa: F401
from feature_specs.text import encoder as text_encoder  # noqa: F401
from feature_specs.text import layers as text_layers  # noqa: F401
from feature_specs.text import sentence_encoders  # noqa: F401

_registered = keras.saving.register_keras_serializable(package="feature_specs")


@_registered
class CategoryIndicator(keras.layers.Layer):
    """A 0/1 column for each category, or how often (how heavily) a list holds it.

    Parameters
    ----------
    cardinality : int
        Number of codes.
    kept : sequence of int
        Codes that have a column.

    Notes
    -----
    Codes of shape (rows,) or (rows, length), optionally weights of the same shape; returns
    (rows, len(kept)).
    """

    def __init__(self, cardinality: int, kept: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cardinality = cardinality
        self.kept = list(kept)

    def call(self, codes: Any, weights: Any = None) -> Any:
        """Return the columns."""
        hot = ops.equal(codes[..., None], np.array(self.kept, "int32"))
        hot = ops.cast(hot, "float32")
        if weights is not None:
            hot = hot * weights[..., None]
        return ops.sum(hot, axis=1) if len(codes.shape) == 2 else hot

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "cardinality": self.cardinality, "kept": self.kept}


@_registered
class CategoryEmbedding(keras.layers.Layer):
    """A vector for each category, combined over the categories of a list.

    Parameters
    ----------
    cardinality : int
        Number of codes.
    dimension : int
        Length of the vectors.
    silent : sequence of int
        Codes whose vector is zero and which no mean counts.
    combiner : {"mean", "sqrtn", "sum"}
    embeddings_initializer : str or keras.initializers.Initializer
    embeddings_regularizer : keras.regularizers.Regularizer, optional
    max_norm : float, optional
        Longer vectors are shortened to this length.
    trainable : bool

    Notes
    -----
    Codes of shape (rows,) or (rows, length), optionally weights of the same shape; returns
    (rows, dimension).
    """

    def __init__(
        self,
        cardinality: int,
        dimension: int,
        silent: Sequence[int] = (),
        combiner: str = "mean",
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        max_norm: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cardinality = cardinality
        self.dimension = dimension
        self.silent = list(silent)
        self.combiner = combiner
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.embeddings_regularizer = keras.regularizers.get(embeddings_regularizer)
        self.max_norm = max_norm

    def build(self, codes_shape: Any, weights_shape: Any = None) -> None:
        """Create the table of vectors."""
        self.embeddings = self.add_weight(
            shape=(self.cardinality, self.dimension),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            name="embeddings",
        )
        self.built = True

    def call(self, codes: Any, weights: Any = None) -> Any:
        """Return the combined vectors."""
        heard = np.ones(self.cardinality, "float32")
        heard[self.silent] = 0.0
        weight = ops.take(heard, codes)
        if weights is not None:
            weight = weight * weights
        vectors = ops.take(self.embeddings, codes, axis=0)
        if self.max_norm is not None:
            norm = ops.sqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True) + 1e-12)
            vectors = vectors * ops.minimum(1.0, self.max_norm / norm)
        vectors = vectors * weight[..., None]
        if len(codes.shape) == 1:
            return vectors
        total = ops.sum(vectors, axis=1)
        if self.combiner == "sum":
            return total
        size = ops.square(weight) if self.combiner == "sqrtn" else weight
        size = ops.sum(size, axis=1, keepdims=True)
        size = ops.sqrt(size) if self.combiner == "sqrtn" else size
        return ops.where(size > 0, total / ops.where(size > 0, size, 1.0), 0.0)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {
            **super().get_config(),
            "cardinality": self.cardinality,
            "dimension": self.dimension,
            "silent": self.silent,
            "combiner": self.combiner,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": keras.regularizers.serialize(self.embeddings_regularizer),
            "max_norm": self.max_norm,
        }


@_registered
class AddBias(keras.layers.Layer):
    """Adds a trainable constant, from zero, to what it is given."""

    bias_initializer = keras.initializers.Zeros()

    def build(self, input_shape: Any) -> None:
        """Create the constant."""
        self.bias = self.add_weight(
            shape=(input_shape[-1],), initializer=self.bias_initializer, name="bias"
        )

    def call(self, inputs: Any) -> Any:
        """Return the sum."""
        return inputs + self.bias


@_registered
class SelectColumns(keras.layers.Layer):
    """Chooses columns of a block.

    Parameters
    ----------
    positions : sequence of int
    """

    def __init__(self, positions: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.positions = list(positions)

    def call(self, inputs: Any) -> Any:
        """Return the chosen columns."""
        return ops.take(inputs, np.array(self.positions, "int32"), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "positions": self.positions}


@_registered
class Encoding(keras.layers.Layer):
    """An encoder of raw columns inside a graph, for serving.

    Parameters
    ----------
    encoder : Encoder
    lookup : keras.Layer, optional
        What the encoder needs in the graph; made by it by default.
    """

    def __init__(
        self, encoder: Encoder, lookup: keras.layers.Layer | None = None, **kwargs: Any
    ) -> None:
        # Keras would cast float64 inputs to float32 before `call`.
        super().__init__(**{"dtype": "float64", "autocast": False, **kwargs})
        self.encoder = encoder
        self.lookup = encoder.make_lookup() if lookup is None else lookup

    def build(self, columns_shape: Any) -> None:
        """Create nothing: the lookup has its vocabulary already."""
        self.built = True

    def call(self, columns: Mapping[str, Any]) -> Any:
        """Return what the encoder returns on the host."""
        return self.encoder.in_graph(columns, self.lookup)

    def compute_output_spec(self, columns: Mapping[str, Any]) -> keras.KerasTensor:
        """Return shape and dtype without tracing: lookups and strings defy Keras's own way."""
        shape, dtype = self.encoder.output_shape_and_dtype()
        encoded = keras.KerasTensor((None, *shape), dtype)
        if getattr(self.encoder, "has_weights", False) and self.encoder.weight_source is None:
            return [encoded, keras.KerasTensor((None, *shape), "float32")]
        return encoded

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {
            **super().get_config(),
            "encoder": self.encoder.to_config(),
            "lookup": keras.saving.serialize_keras_object(self.lookup),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Encoding:
        """Return the layer of `get_config`."""
        encoder = Encoder.from_config(config.pop("encoder"))
        lookup = keras.saving.deserialize_keras_object(config.pop("lookup"))
        return cls(encoder, lookup, **config)


@_registered
class WeightEncoding(keras.layers.Layer):
    """Gives the weights of weighted categories, a missing one as 0, as float32."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float64", "autocast": False, **kwargs})

    def call(self, weights: Any) -> Any:
        """Return the weights."""
        weights = as_numbers(weights)
        known = tf.where(tf.math.is_nan(weights), tf.zeros_like(weights), weights)
        return tf.cast(known, tf.float32)

    def compute_output_spec(self, weights: Any) -> keras.KerasTensor:
        """Return shape and dtype."""
        return keras.KerasTensor(weights.shape, "float32")
