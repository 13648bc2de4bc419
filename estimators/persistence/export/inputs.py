"""What an exported model takes: raw columns, a matrix of numbers, or images, each by its name."""

from __future__ import annotations

import keyword
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

import keras
import tensorflow as tf

from estimators.base.pixels import Pixels
from feature_specs import FeatureSpec
from feature_specs.columns.values.category_values import MISSING_INTEGER
from feature_specs.networks.preprocessing import connect_preprocessing
from feature_specs.networks.raw_columns import raw_columns

MATRIX = "X"
# A signature's inputs are keyword arguments of a bound method.
_TAKEN = ("self",)


class Intake(ABC):
    """The inputs of an exported model, and how they become the inputs of the network.

    Attributes
    ----------
    signature : dict of str to tf.TensorSpec
        The inputs by name, rows first.
    layers : sequence of keras.Layer
        What holds the tables that the graph looks values up in.
    """

    signature: dict[str, tf.TensorSpec]
    layers: Sequence[keras.Layer] = ()

    @abstractmethod
    def encode(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return what the network takes."""


class Images(Intake):
    """Images, in the dtype that the fit had them in.

    Parameters
    ----------
    pixels : Pixels
    """

    def __init__(self, pixels: Pixels) -> None:
        (name,) = pixels.inputs()
        self.signature = {name: tf.TensorSpec((None, *pixels.shape_), pixels.dtype_, name)}

    def encode(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return the images."""
        return dict(inputs)


class Columns(Intake):
    """Raw columns, an input each, whichever and however many specs read them.

    Parameters
    ----------
    specs : mapping of str to FeatureSpec
    dtype : {"float64", "float32"}
        Of numbers.
    """

    def __init__(self, specs: Mapping[str, FeatureSpec], dtype: str) -> None:
        self._preprocessing = connect_preprocessing(specs, dtype)
        self.layers = self._preprocessing.layers
        self.names = input_names(self._preprocessing.input)
        self.signature = {
            name: tf.TensorSpec(tensor.shape, tensor.dtype, name)
            for name, tensor in zip(
                self.names.values(), self._preprocessing.input.values(), strict=True
            )
        }

    def encode(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return the encoded columns."""
        return self._encode_columns({column: inputs[name] for column, name in self.names.items()})

    def _encode_columns(self, columns: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return self._preprocessing(columns, training=False)


class Matrix(Columns):
    """All columns of an array of numbers side by side, since they have no names.

    Parameters
    ----------
    specs : mapping of str to FeatureSpec
    dtype : {"float64", "float32"}
    """

    def __init__(self, specs: Mapping[str, FeatureSpec], dtype: str) -> None:
        super().__init__(specs, dtype)
        self._order = next(iter(specs.values())).columns_
        self._kinds = {name: spec.dtype for name, spec in self.signature.items()}
        self.signature = {MATRIX: tf.TensorSpec((None, len(self._order)), dtype, MATRIX)}

    def encode(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return the encoded columns."""
        columns = dict(zip(self._order, tf.unstack(inputs[MATRIX], axis=1), strict=True))
        return self._encode_columns(
            {
                name: _whole(columns[name]) if dtype == tf.int64 else columns[name]
                for name, dtype in self._kinds.items()
            }
        )


def intake_of(specs: Mapping[str, Pixels | FeatureSpec], dtype: str) -> Intake:
    """Return the intake that suits what an estimator was fitted on.

    Parameters
    ----------
    specs : mapping of str to Pixels or FeatureSpec
        Fitted, by the prefix of their encoded columns.
    dtype : {"float64", "float32"}
        Of numbers.
    """
    if all(isinstance(spec, Pixels) for spec in specs.values()):
        return Images(*specs.values())
    is_matrix = all(_is_nameless(spec) for spec in specs.values()) and all(
        column.dtype != "string" and not column.shape for column in raw_columns(specs).values()
    )
    return (Matrix if is_matrix else Columns)(specs, dtype)


def input_names(columns: Iterable[str]) -> dict[str, str]:
    """Return the names of the inputs for columns, changed where TensorFlow takes them for no names.

    Letters, digits and underscores stay and everything else becomes an underscore; a name that
    begins otherwise than with a letter, or is a word of Python, gets ``arg_`` in front, as
    TensorFlow does it. Of two columns that become alike the second gets a number.

    Examples
    --------
    >>> input_names(["age", "Monthly Charges", "monthly-charges", "1st", "class"])
    {'age': 'age', 'Monthly Charges': 'Monthly_Charges', 'monthly-charges': 'monthly_charges',
     '1st': 'arg_1st', 'class': 'arg_class'}
    >>> input_names(["a b", "a_b"])
    {'a b': 'a_b_2', 'a_b': 'a_b'}
    """
    columns = list(columns)
    # Names that may stay are spoken for.
    names = {column: column for column in columns if _identifier(column) == column}
    taken = set(names)
    for column in columns:
        if column in names:
            continue
        name = plain = _identifier(column)
        number = 1
        while name in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name)
        names[column] = name
    return {column: names[column] for column in columns}


def _identifier(column: str) -> str:
    name = re.sub(r"\W", "_", column, flags=re.ASCII)
    if not re.match("[A-Za-z]", name) or keyword.iskeyword(name) or name in _TAKEN:
        return f"arg_{name}"
    return name


def _is_nameless(spec: FeatureSpec) -> bool:
    places = [f"x{i}" for i in range(len(spec.columns_))]
    return not hasattr(spec, "feature_names_in_") and spec.columns_ == places


def _whole(values: tf.Tensor) -> tf.Tensor:
    missing = tf.math.is_nan(values)
    whole = tf.cast(tf.where(missing, tf.zeros_like(values), values), tf.int64)
    # A fraction is no category that a fit has seen; the graph cannot refuse it as the host does.
    whole = tf.where(tf.cast(whole, values.dtype) == values, whole, MISSING_INTEGER + 1)
    return tf.where(missing, tf.constant(MISSING_INTEGER, tf.int64), whole)
