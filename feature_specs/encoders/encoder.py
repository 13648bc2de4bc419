"""What a fitted column knows: how to encode on the host, and the same in a TensorFlow graph.

Every encoder writes both beside each other, because they must agree bit for bit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from feature_specs.columns.table import Table
from feature_specs.columns.values.category_values import MISSING_INTEGER, canonical_values

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Columns: TypeAlias = "Mapping[str, tf.Tensor]"

_ENCODERS: dict[str, type[Encoder]] = {}


class Encoder(ABC):
    """A fitted feature: numbers, or codes of categories.

    Attributes
    ----------
    name : str
        Name of the feature.
    sources : dict of str to str
        The raw columns it reads, each with the dtype of its serving input.
    """

    name: str
    sources: dict[str, str]

    # What the graph finds in the layer of `make_lookup` instead.
    _in_lookup: tuple[str, ...] = ()
    # What copies make again when they need it.
    _made_again: tuple[str, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _ENCODERS[cls.__name__] = cls

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in self._made_again}

    @abstractmethod
    def encode(self, table: Table) -> np.ndarray:
        """Return the feature's values on the host."""

    @abstractmethod
    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same from raw columns as tensors, with what `make_lookup` returned."""

    def says_nothing(self) -> bool:
        """Return, once after `fit`, whether the training rows were all encoded alike."""
        return vars(self).pop("_constant", False)

    def make_lookup(self) -> keras.Layer | None:
        """Return a Keras layer that the graph needs, None for most encoders."""
        return None

    @abstractmethod
    def signature(self) -> Hashable:
        """Return what the layers on this feature depend on."""

    @abstractmethod
    def output_shape_and_dtype(self) -> tuple[tuple[int | None, ...], str]:
        """Return the shape of a row's encoding, None for a length that varies, and its dtype."""

    def to_config(self) -> dict[str, Any]:
        """Return the encoder as JSON can hold it."""
        known = vars(self).items()
        state = {n: v for n, v in known if n not in self._in_lookup and n[0] != "_"}
        return {"class": type(self).__name__, "state": _plain(state)}

    @staticmethod
    def from_config(config: Mapping[str, Any]) -> Encoder:
        """Return the encoder of `to_config`."""
        cls = _ENCODERS[config["class"]]
        encoder = cls.__new__(cls)
        vars(encoder).update(cls._restored(dict(config["state"])))
        return encoder

    @classmethod
    def _restored(cls, state: dict[str, Any]) -> dict[str, Any]:
        return state


class NumericEncoder(Encoder):
    """Gives a float32 array of shape (rows, width)."""

    @property
    @abstractmethod
    def output_names(self) -> list[str]:
        """Names of the columns."""

    @property
    def owners(self) -> list[str]:
        """Name of the feature that each column belongs to."""
        return [self.name] * len(self.output_names)

    @property
    def two_valued(self) -> list[bool]:
        """Whether each column had two values at most in the training rows, as far as is known."""
        return [False] * len(self.output_names)

    def signature(self) -> Hashable:
        """Return the names, by which a selector chooses, and who has two values.

        Scales are the encoder's own affair.
        """
        return tuple(self.output_names), tuple(self.two_valued)

    def output_shape_and_dtype(self) -> tuple[tuple[int | None, ...], str]:
        """Return the width, and float32."""
        return (len(self.output_names),), "float32"


class CategoricalEncoder(Encoder):
    """Gives int32 codes: 0 missing, then unseen values, then known ones.

    Attributes
    ----------
    labels : list of str
        What each code stands for.
    silent : tuple of int
        Codes that no training row had; they contribute nothing, instead of untrained noise.
    expected_unseen : float or None
        Share of the values in new rows that the fit has not seen, as far as the training rows
        tell; None in older files.
    spelled : list of str or None
        Raw columns of text in which numbers stand for their texts; None in older files.
    is_multi_valued : bool
        Whether a cell holds a list; the codes have shape (rows, length), padded with 0.
    weight_source : str or None
        Raw column with the weight of each value.
    further : (int, array of shape (codes, dimension)) or None
        Number of codes that training knows, and vectors of codes beyond, for prediction alone.
    """

    silent: tuple[int, ...] = ()
    expected_unseen: float | None = None
    spelled: list[str] | None = None
    is_multi_valued: bool = False
    weight_source: str | None = None
    length: int = 1
    further: tuple[int, np.ndarray] | None = None

    @property
    @abstractmethod
    def labels(self) -> list[str]:
        """What each code stands for."""

    @property
    def has_weights(self) -> bool:
        """Whether every code comes with a weight."""
        return self.weight_source is not None

    def canonical(self, column: pd.Series, source: str) -> pd.Series | np.ndarray:
        """Return a raw column's values in the type that they had at the fit."""
        return canonical_values(column, source, self.sources[source], self.spelled)

    def encode_weighted(self, table: Table) -> tuple[np.ndarray, np.ndarray | None]:
        """Return codes, and their weights where they come with weights."""
        return self.encode(table), self.encode_weight(table) if self.has_weights else None

    def expected_share_unseen(self) -> float:
        """Return what share of the values in new rows is expected to be unseen."""
        if self.expected_unseen is not None:
            return self.expected_unseen
        # An older file knows only whether the training rows had any.
        return 0.0 if set(range(1, self.last_unseen + 1)) <= set(self.silent) else 1.0

    def unseen_examples(self, table: Table) -> list:
        """Return some values of a table that the fit did not see."""
        return []

    def for_training(self) -> CategoricalEncoder:
        """Return the encoder without codes that are for prediction alone."""
        return self

    @property
    def cardinality(self) -> int:
        """Number of codes."""
        return len(self.labels)

    @property
    def kept(self) -> list[int]:
        """Codes that an indicator has a column for."""
        return [code for code in range(self.cardinality) if code not in self.silent]

    @property
    def output_names(self) -> list[str]:
        """Names of the indicator's columns."""
        labels = self.labels
        return [f"{self.name}_{labels[code]}" for code in self.kept]

    def fit(self, table: Table) -> CategoricalEncoder:
        """Learn what the training rows hold."""
        self._constant = _are_alike(*self.note_training(table))
        return self

    def note_training(self, table: Table) -> tuple[np.ndarray, np.ndarray | None]:
        """Remember which of the codes for missing and unseen values the training rows have.

        Returns their codes, and the weights of these where there are any.
        """
        codes, weights = self.encode_weighted(table)
        present = np.unique(codes)
        reserved = range(self.reserved)
        self.silent = tuple(c for c in reserved if c not in present or self._is_padding(c))
        return codes, weights

    @property
    def reserved(self) -> int:
        """Number of codes that stand for no known value."""
        return 2

    @property
    def last_unseen(self) -> int:
        """The codes from 1 to this one stand for values that the fit did not see."""
        return 0

    def output_shape_and_dtype(self) -> tuple[tuple[int | None, ...], str]:
        """Return no dimension for one code a cell, one of any length for lists; and int32."""
        return ((None,) if self.is_multi_valued else ()), "int32"

    def _is_padding(self, code: int) -> bool:
        return self.is_multi_valued and code == 0

    def signature(self) -> Hashable:
        """Return what embeddings and indicators depend on."""
        return self.cardinality, self.silent, self.is_multi_valued, self.has_weights


def _are_alike(codes: np.ndarray, weights: np.ndarray | None) -> bool:
    rows = codes.reshape(len(codes), -1)
    if weights is not None:
        counts = np.where(rows == 0, 0, weights.reshape(rows.shape))
        rows = np.hstack([np.where(counts == 0, 0, rows), counts])
    elif rows.shape[1] > 1:
        # The order within a list is of no consequence.
        rows = np.sort(rows, axis=1)
    return bool((rows == rows[0]).all())


def as_numbers(values: tf.Tensor) -> tf.Tensor:
    """Return a raw column as float64 where it comes in whole numbers or as texts."""
    import tensorflow as tf

    if values.dtype == tf.string:
        texts = tf.strings.strip(values)
        return tf.strings.to_number(tf.where(tf.equal(texts, ""), "nan", texts), tf.float64)
    if values.dtype != tf.int64:
        return values
    missing = tf.equal(values, MISSING_INTEGER)
    return tf.where(missing, tf.constant(np.nan, tf.float64), tf.cast(values, tf.float64))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Encoder):
        return value.to_config()
    return value
