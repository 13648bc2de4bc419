"""Encoders of texts by pretrained sentence models: run once, or changed by training."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from feature_specs.columns.table import Table
from feature_specs.encoders.encoder import CategoricalEncoder, Columns, NumericEncoder
from feature_specs.encoders.values import TEXT

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from feature_specs.text.sentence_models import SentenceModel

_TEXTS_AT_ONCE = 256


class SentenceEncoder(NumericEncoder):
    """Runs texts through a pretrained model, once; the network gets its vectors.

    Parameters
    ----------
    name, source : str
    folder : str
        Of a SavedModel.
    """

    runs_from = "folder"
    _made_again = ("_model",)

    def __init__(self, name: str, source: str, folder: str) -> None:
        self.name = name
        self.source = source
        self.folder = folder

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> SentenceEncoder:
        """Learn nothing but the length of the vectors."""
        vars(self).pop("_model", None)
        self.dimension = self._model.dimension
        return self

    @cached_property
    def _model(self) -> SentenceModel:
        from feature_specs.text.sentence_models import shared_sentence_model

        return shared_sentence_model(self.folder)

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.source: TEXT}

    def encode(self, table: Table) -> np.ndarray:
        """Return float32 vectors of shape (rows, dimension)."""
        import tensorflow as tf

        model, texts = self._model, table.plain_texts(self.source)
        pieces = [
            model(tf.constant(texts[start : start + _TEXTS_AT_ONCE], tf.string)).numpy()
            for start in range(0, len(texts), _TEXTS_AT_ONCE)
        ]
        return np.concatenate(pieces)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same vectors."""
        return lookup(columns[self.source])

    def make_lookup(self) -> keras.layers.Layer:
        """Return the model as a layer."""
        from feature_specs.text.layers import SentenceEmbedding

        return SentenceEmbedding(self.folder, trainable=False)

    @property
    def output_names(self) -> list[str]:
        """The name with the number of each dimension."""
        return [f"{self.name}_{i}" for i in range(self.dimension)]


class RawTextEncoder(CategoricalEncoder):
    """Hands texts on as they are, for a pretrained model that training changes.

    Parameters
    ----------
    name, source : str
    """

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source

    def fit(self, table: Table) -> RawTextEncoder:
        """Learn nothing."""
        return self

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.source: TEXT}

    def encode(self, table: Table) -> np.ndarray:
        """Return an array of the texts as bytes."""
        return np.array([text.encode() for text in table.plain_texts(self.source)], object)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the texts."""
        return columns[self.source]

    @property
    def labels(self) -> list[str]:
        """There are no codes."""
        return []

    def output_shape_and_dtype(self) -> tuple[tuple[int | None, ...], str]:
        """Return that of one text a row."""
        return (), "string"


class Sentence:
    """How raw texts enter a network: through a pretrained model that training changes.

    Parameters
    ----------
    folder : str
        Of a SavedModel.
    """

    runs_from = "folder"

    def __init__(self, folder: str) -> None:
        from feature_specs.text.sentence_models import version_of

        self.folder = folder
        self.version = version_of(folder)

    def layer(self, encoder: CategoricalEncoder, name: str) -> keras.layers.Layer:
        """Return a new layer on texts."""
        from feature_specs.text.layers import SentenceEmbedding

        return SentenceEmbedding(self.folder, name=name)

    def key(self, encoder: CategoricalEncoder) -> Hashable:
        """Return what the layer depends on."""
        return "sentence", self.folder, self.version

    def __str__(self) -> str:
        return "sentence model, fine-tuned"
