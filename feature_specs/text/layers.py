"""Keras layers on texts and their codes: pooled embeddings, bags of words, sentence models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from feature_specs.text import sentence_models

_registered = keras.saving.register_keras_serializable(package="feature_specs")


@_registered
class TextEmbedding(keras.layers.Layer):
    """A vector for each word, brought to one vector a text.

    Parameters
    ----------
    cardinality : int
        Number of codes.
    dimension : int
        Length of the vectors.
    silent : sequence of int
        Codes that count as no word.
    pooling : {"mean", "max", "attention"}
        Attention weighs words by their likeness to a vector that training finds; it starts as the
        mean.
    embeddings_initializer : str or keras.initializers.Initializer
    train_embeddings : bool
        Whether training changes the vectors.

    Notes
    -----
    Codes of shape (rows, length); returns (rows, dimension), zeros for a text without words.

    References
    ----------
    Yang et al., Hierarchical Attention Networks for Document Classification, 2016, for attention.
    """

    def __init__(
        self,
        cardinality: int,
        dimension: int,
        silent: Sequence[int] = (0,),
        pooling: str = "mean",
        embeddings_initializer: Any = "uniform",
        train_embeddings: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cardinality = cardinality
        self.dimension = dimension
        self.silent = list(silent)
        self.pooling = pooling
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.attention_initializer = keras.initializers.Zeros()
        self.train_embeddings = train_embeddings

    def build(self, codes_shape: Any) -> None:
        """Create the table of vectors."""
        self.embeddings = self.add_weight(
            shape=(self.cardinality, self.dimension),
            initializer=self.embeddings_initializer,
            trainable=self.train_embeddings,
            name="embeddings",
        )
        if self.pooling == "attention":
            self.attention = self.add_weight(
                shape=(self.dimension,), initializer=self.attention_initializer, name="attention"
            )
        self.built = True

    def call(self, codes: Any) -> Any:
        """Return a vector for each text."""
        is_word = ops.ones_like(codes, dtype="bool")
        for code in self.silent:
            is_word = ops.logical_and(is_word, ops.not_equal(codes, code))
        vectors = ops.take(self.embeddings, codes, axis=0)
        if self.pooling == "max":
            highest = ops.max(ops.where(is_word[..., None], vectors, -np.inf), axis=1)
            return ops.where(ops.any(is_word, axis=1, keepdims=True), highest, 0.0)
        weight = ops.cast(is_word, vectors.dtype)
        if self.pooling == "attention":
            likeness = ops.sum(vectors * self.attention, axis=-1)
            likeness = ops.where(is_word, likeness, -np.inf)
            highest = ops.max(likeness, axis=1, keepdims=True)
            weight = weight * ops.exp(ops.where(is_word, likeness - highest, 0.0))
        total = ops.sum(vectors * weight[..., None], axis=1)
        # The largest weight is 1, so that only a text without words stays below it.
        return total / ops.maximum(ops.sum(weight, axis=1, keepdims=True), 1.0)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {
            **super().get_config(),
            "cardinality": self.cardinality,
            "dimension": self.dimension,
            "silent": self.silent,
            "pooling": self.pooling,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
            "train_embeddings": self.train_embeddings,
        }


@_registered
class BagOfWords(keras.layers.Layer):
    """A column for each code: 1 where the text holds the word, or the word's weight.

    Parameters
    ----------
    cardinality : int
        Number of codes.
    silent : sequence of int
        Codes whose column stays 0.

    Notes
    -----
    Distinct codes of shape (rows, length), padded with 0, optionally weights of the same shape;
    returns (rows, cardinality). The bags of a batch alone are ever unfolded, so that tens of
    thousands of texts with tens of thousands of words fit into memory.
    """

    def __init__(self, cardinality: int, silent: Sequence[int] = (0,), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cardinality = cardinality
        self.silent = list(silent)

    def call(self, codes: Any, weights: Any = None) -> Any:
        """Return the columns."""
        rows = tf.shape(codes)[0]
        weight = tf.ones_like(codes, tf.float32) if weights is None else weights
        for code in self.silent:
            weight = tf.where(tf.equal(codes, code), 0.0, weight)
        place = tf.range(rows)[:, None] * self.cardinality + codes
        bags = tf.math.unsorted_segment_sum(
            tf.reshape(weight, [-1]), tf.reshape(place, [-1]), rows * self.cardinality
        )
        return tf.reshape(bags, [rows, self.cardinality])

    def compute_output_spec(self, codes: Any, weights: Any = None) -> keras.KerasTensor:
        """Return the shape."""
        return keras.KerasTensor((codes.shape[0], self.cardinality), "float32")

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "cardinality": self.cardinality, "silent": self.silent}


@_registered
class SentenceEmbedding(keras.layers.Layer):
    """A pretrained model from texts to vectors, whose weights training may change.

    Parameters
    ----------
    folder : str
        Of a SavedModel, read whenever the layer is made.
    """

    # The weights are the SavedModel's own variables: no stateless call can replace them.
    has_captured_weights = True

    def __init__(self, folder: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_jit = False
        self.folder = folder
        if self.trainable:
            self._model = sentence_models.SentenceModel(folder)
        else:
            self._model = sentence_models.shared_sentence_model(folder)
        # Its tables and files go wherever a model with this layer is exported to.
        self._saved_model = self._model.loaded
        if self.trainable and not any(v.trainable for v in self._model.variables):
            raise ValueError(
                f"The SavedModel in {folder!r} holds no weights that training could change; pass "
                "trainable=False."
            )
        for variable in self._model.variables if self.trainable else ():
            self._track_variable(
                keras.Variable(
                    variable,
                    shape=variable.shape,
                    dtype=variable.dtype.name,
                    trainable=variable.trainable,
                    name=variable.name.replace("/", "_").replace(":", "_"),
                )
            )
        self.built = True

    def call(self, texts: Any) -> Any:
        """Return float32 vectors of shape (rows, dimension)."""
        return self._model(texts)

    def compute_output_spec(self, texts: Any) -> keras.KerasTensor:
        """Return the shape."""
        return keras.KerasTensor((None, self._model.dimension), "float32")

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer where the folder is still there."""
        return {**super().get_config(), "folder": self.folder}
