"""How categories enter a network: as indicators or as embeddings."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from feature_specs.encoders.encoder import CategoricalEncoder

if TYPE_CHECKING:
    import keras

_MOST_INDICATORS = 16


@dataclass(frozen=True)
class Indicator:
    """A 0/1 column for each category."""

    def __str__(self) -> str:
        return "indicator"

    def layer(self, encoder: CategoricalEncoder, name: str) -> keras.layers.Layer:
        """Return a new layer on the codes of `encoder`."""
        from feature_specs.networks.layers import CategoryIndicator

        return CategoryIndicator(encoder.cardinality, encoder.kept, name=name)

    def key(self, encoder: CategoricalEncoder) -> Hashable:
        """Return what the layer depends on beside the encoder's signature."""
        return "indicator"


@dataclass(frozen=True)
class Embedding:
    """A vector for each category.

    Parameters
    ----------
    dimension : int or "auto"
    combiner : {"mean", "sqrtn", "sum"}
    initializer : str or keras.initializers.Initializer, optional
        Truncated normal of standard deviation 1/sqrt(dimension) by default.
    weights : mapping or DataFrame, optional
        Pretrained vectors by category, as a dictionary or as rows named by category.
    max_norm : float, optional
    trainable : bool
    shared_name : str, optional
        Features with the same name share one table.
    """

    dimension: int | str = "auto"
    combiner: str = "mean"
    initializer: Any = None
    weights: Any = field(default=None, compare=False)
    max_norm: float | None = None
    trainable: bool = True
    shared_name: str | None = None

    def layer(self, encoder: CategoricalEncoder, name: str) -> keras.layers.Layer:
        """Return a new layer on the codes of `encoder`."""
        from feature_specs.networks.layers import CategoryEmbedding

        dimension = self._dimension(encoder)
        return CategoryEmbedding(
            encoder.cardinality,
            dimension,
            encoder.silent,
            self.combiner,
            self._initializer(encoder, dimension),
            max_norm=self.max_norm,
            trainable=self.trainable,
            name=name,
        )

    def key(self, encoder: CategoricalEncoder) -> Hashable:
        """Return what the layer depends on beside the encoder's signature."""
        import keras

        initializer = self._initializer(encoder, self._dimension(encoder))
        return (
            "embedding",
            self._dimension(encoder),
            self.combiner,
            repr(keras.initializers.serialize(initializer)) if self.weights is None else "",
            None if self.weights is None else _digest(self._pretrained(encoder)),
            self.max_norm,
            self.trainable,
            self.shared_name,
        )

    def _dimension(self, encoder: CategoricalEncoder) -> int:
        if self.weights is not None:
            return len(next(iter(_vectors(self.weights).values())))
        if self.dimension == "auto":
            return auto_dimension(encoder.cardinality)
        return self.dimension

    def _initializer(
        self, encoder: CategoricalEncoder, dimension: int
    ) -> keras.initializers.Initializer:
        import keras

        if self.weights is not None:
            return keras.initializers.Constant(self._pretrained(encoder))
        if self.initializer is None:
            return keras.initializers.TruncatedNormal(stddev=dimension**-0.5)
        return keras.initializers.get(self.initializer)

    def _pretrained(self, encoder: CategoricalEncoder) -> np.ndarray:
        vectors = _vectors(self.weights)
        table = np.zeros((encoder.cardinality, self._dimension(encoder)), np.float32)
        for code, label in enumerate(encoder.labels):
            if label in vectors and code >= encoder.reserved:
                table[code] = vectors[label]
        return table


@dataclass(frozen=True)
class TextVectors:
    """A vector for each word, pooled over the words of a text.

    Parameters
    ----------
    dimension : int
    pooling : {"mean", "max", "attention"}
    pretrained : (positions, vectors), optional
        Which row of a table of pretrained vectors each word of the vocabulary has, -1 for none.
    trainable : bool
        Whether training changes pretrained vectors.
    """

    dimension: int
    pooling: str
    pretrained: tuple[np.ndarray, np.ndarray] | None = field(default=None, compare=False)
    trainable: bool = True

    def layer(self, encoder: CategoricalEncoder, name: str) -> keras.layers.Layer:
        """Return a new layer on the codes of `encoder`."""
        from feature_specs.text.layers import TextEmbedding

        return TextEmbedding(
            encoder.cardinality,
            self.dimension,
            encoder.silent,
            self.pooling,
            "uniform" if self.pretrained is None else self._table(encoder),
            self.pretrained is None or self.trainable,
            name=name,
        )

    def key(self, encoder: CategoricalEncoder) -> Hashable:
        """Return what the layer depends on beside the encoder's signature."""
        if self.pretrained is None:
            return "text", self.dimension, self.pooling
        return "text", self.pooling, self.trainable, self._digest

    @cached_property
    def _digest(self) -> str:
        positions, vectors = self.pretrained
        return _digest(vectors[positions])

    def _table(self, encoder: CategoricalEncoder) -> keras.initializers.Initializer:
        import keras

        positions, vectors = self.pretrained
        table = np.zeros((encoder.cardinality, self.dimension), np.float32)
        table[encoder.reserved : encoder.reserved + len(positions)] = np.where(
            positions[:, None] >= 0, vectors[positions], 0
        )
        return keras.initializers.Constant(table)

    def __str__(self) -> str:
        return f"{self.pooling} of vectors of {self.dimension}"


@dataclass(frozen=True)
class Bag:
    """A column for each word."""

    def layer(self, encoder: CategoricalEncoder, name: str) -> keras.layers.Layer:
        """Return a new layer on the codes of `encoder`."""
        from feature_specs.text.layers import BagOfWords

        return BagOfWords(encoder.cardinality, encoder.silent, name=name)

    def key(self, encoder: CategoricalEncoder) -> Hashable:
        """Return what the layer depends on beside the encoder's signature."""
        return "bag"

    def __str__(self) -> str:
        return "bag of words"


class Representation(Protocol):
    """A way in which codes enter a network."""

    def layer(self, encoder: CategoricalEncoder, name: str) -> keras.layers.Layer:
        """Return a new layer on the codes of `encoder`."""

    def key(self, encoder: CategoricalEncoder) -> Hashable:
        """Return what the layer depends on beside the encoder's signature."""


def default_representation(encoder: CategoricalEncoder) -> Representation:
    """Return an indicator for few categories, an embedding for many."""
    few = encoder.cardinality - encoder.reserved <= _MOST_INDICATORS
    return Indicator() if few else Embedding()


def auto_dimension(cardinality: int) -> int:
    """Return a length of vectors that grows with the number of categories, at most 64.

    Parameters
    ----------
    cardinality : int

    Returns
    -------
    int

    Examples
    --------
    >>> [auto_dimension(n) for n in (3, 50, 1_000, 100_000)]
    [3, 14, 64, 64]

    References
    ----------
    The rule of thumb of fastai, 1.6 n^0.56.
    """
    return int(min(round(1.6 * cardinality**0.56), 64))


def _vectors(weights: Mapping | pd.DataFrame) -> dict[str, np.ndarray]:
    if isinstance(weights, pd.DataFrame):
        return dict(zip(map(str, weights.index), weights.to_numpy(np.float32), strict=True))
    return {str(label): np.asarray(vector, np.float32) for label, vector in weights.items()}


def _digest(table: np.ndarray) -> str:
    return hashlib.sha256(table.tobytes()).hexdigest()
