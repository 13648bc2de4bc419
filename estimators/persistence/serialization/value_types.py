"""Every kind of value that a file holds: how JSON writes it down, and how it is read back."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
import pandas as pd

from estimators.persistence.archive import ModelFileError
from estimators.persistence.serialization.attribute_types import fits
from estimators.persistence.serialization.class_names import class_name, own_class
from estimators.persistence.serialization.schemas import TUPLES
from estimators.persistence.serialization.trusted import Known, UnsavableError
from feature_specs.columns.values.time_zones import zone_name, zone_of

KIND = "$"


class Writer(Protocol):
    """What writes the values within a value."""

    def encode(self, value: Any, place: str) -> Any:
        """Return `value` as JSON holds it; `place` says in errors where it was found."""

    def array(self, value: np.ndarray) -> dict[str, Any]:
        """Write an array as a member of its own."""

    def keras(self, value: Any, place: str) -> dict[str, Any]:
        """Write a Keras object by its configuration."""


class Reader(Protocol):
    """What reads the values within a value."""

    known: Known

    def decode(self, node: Any) -> Any:
        """Return the object that a node stands for."""


def _write_dict(writer: Writer, value: dict, place: str) -> dict[str, Any]:
    if _are_vectors(value.values()):
        # A table of word vectors would be a member for every word.
        keys = writer.encode(list(value), place)
        return {KIND: "vectors", "keys": keys, "rows": writer.array(np.stack([*value.values()]))}
    if all(type(key) is str for key in value):
        return {
            KIND: "map",
            "items": {key: writer.encode(item, f"{place}[{key!r}]") for key, item in value.items()},
        }
    return _write_items("dict")(writer, [list(pair) for pair in value.items()], place)


def _are_vectors(values: Collection[Any]) -> bool:
    kinds = {
        (value.dtype, value.shape) if isinstance(value, np.ndarray) else None for value in values
    }
    return len(kinds) == 1 and None not in kinds and not next(iter(kinds))[0].hasobject


def _write_items(kind: str) -> Callable[[Writer, Any, str], dict[str, Any]]:
    return lambda writer, value, place: {KIND: kind, "items": writer.encode(list(value), place)}


def _write_tuple(writer: Writer, value: tuple, place: str) -> dict[str, Any]:
    node = _write_items("tuple")(writer, value, place)
    return node | {"class": class_name(type(value))} if hasattr(value, "_fields") else node


def _read_tuple(reader: Reader, node: dict[str, Any]) -> tuple:
    items = tuple(reader.decode(node["items"]))
    if "class" not in node:
        return items
    cls = reader.known.find_class(node["class"])
    is_own = own_class(node["class"]) is not None
    if not (issubclass(cls, tuple) and (not is_own or fits(items, TUPLES.get(cls, ()), 0))):
        raise ModelFileError(f"The file holds a tuple {node['class']!r} that is none.")
    return cls(*items)


def _write_text(kind: str) -> Callable[[Writer, Any, str], dict[str, Any]]:
    return lambda writer, value, place: {KIND: kind, "text": str(value)}


def _write_scalar(writer: Writer, value: np.generic, place: str) -> dict[str, Any]:
    return {KIND: "scalar", "of": writer.array(np.asarray(value))}


def _write_frame(writer: Writer, value: pd.DataFrame, place: str) -> dict[str, Any]:
    return {
        KIND: "frame",
        "columns": [
            [writer.encode(name, place), writer.encode(value.iloc[:, i].array, place)]
            for i, name in enumerate(value.columns)
        ],
        "index": writer.encode(value.index, place),
    }


def _write_series(writer: Writer, value: pd.Series, place: str) -> dict[str, Any]:
    return {
        KIND: "series",
        "values": writer.encode(value.array, place),
        "index": writer.encode(value.index, place),
        "name": writer.encode(value.name, place),
    }


def _write_index(writer: Writer, value: pd.Index, place: str) -> dict[str, Any]:
    if isinstance(value, pd.MultiIndex):
        raise UnsavableError(f"{place} has an index of several levels; reset it before saving.")
    return {
        KIND: "index",
        "values": writer.encode(value.array, place),
        "name": writer.encode(value.name, place),
    }


def _write_column(writer: Writer, value: Any, place: str) -> dict[str, Any]:
    plain = value.to_numpy(object, na_value=None)
    return {KIND: "column", "dtype": str(value.dtype), "of": writer.array(plain)}


def _write_categorical(writer: Writer, value: pd.Categorical, place: str) -> dict[str, Any]:
    return {
        KIND: "categorical",
        "codes": writer.array(value.codes),
        "categories": writer.encode(value.categories, place),
        "ordered": value.ordered,
    }


def _write_time(kind: str) -> Callable[[Writer, Any, str], dict[str, Any]]:
    def write(writer: Writer, value: Any, place: str) -> dict[str, Any]:
        if getattr(value, "tzinfo", None) is None:
            return {KIND: kind, "text": value.isoformat(), "zone": None}
        zone = zone_name(value.tzinfo)
        if zone is None:
            raise UnsavableError(f"{place} has a time zone without a name; convert it to UTC.")
        in_utc = value.astimezone(UTC).replace(tzinfo=None)
        return {KIND: kind, "text": in_utc.isoformat(), "zone": zone}

    return write


def _read_time(read: Callable[[str], Any]) -> Callable[[Reader, dict[str, Any]], Any]:
    def read_time(reader: Reader, node: dict[str, Any]) -> Any:
        moment = read(node["text"])
        if node["zone"] is None:
            return moment
        return moment.replace(tzinfo=UTC).astimezone(zone_of(node["zone"]))

    return read_time


def _write_random_state(writer: Writer, value: Any, place: str) -> dict[str, Any]:
    return {KIND: "random state", "state": writer.encode(value.get_state(legacy=False), place)}


def _read_random_state(reader: Reader, node: dict[str, Any]) -> np.random.RandomState:
    given = reader.decode(node["state"])
    key, position = given["state"]["key"], given["state"]["pos"]
    # NumPy reads beyond the end of its numbers where the position lies there.
    if type(position) is not int or not 0 <= position <= len(key):
        raise ModelFileError("The file holds no state of a random generator.")
    state = np.random.RandomState()
    state.set_state(given)
    return state


def _read_column(reader: Reader, node: dict[str, Any]) -> Any:
    return pd.array(reader.decode(node["of"]), dtype=node["dtype"])


def _read_frame(reader: Reader, node: dict[str, Any]) -> pd.DataFrame:
    columns = [(reader.decode(name), reader.decode(array)) for name, array in node["columns"]]
    frame = pd.DataFrame(dict(enumerate(array for _, array in columns)))
    frame.columns = [name for name, _ in columns]
    frame.index = reader.decode(node["index"])
    return frame


def _hashable(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key


def _ufunc(name: str) -> np.ufunc:
    function = getattr(np, name, None)
    if not isinstance(function, np.ufunc):
        raise ModelFileError(f"NumPy has no function {name!r}.")
    return function


# The first kind that fits decides.
WRITERS: list[tuple[type | tuple[type, ...], Callable[[Writer, Any, str], Any]]] = [
    (np.ndarray, lambda writer, value, place: writer.array(value)),
    (np.generic, _write_scalar),
    (dict, _write_dict),
    (tuple, _write_tuple),
    (frozenset, _write_items("frozenset")),
    (set, _write_items("set")),
    (bytes, lambda writer, value, place: {
        KIND: "bytes", "text": base64.b64encode(value).decode()
    }),
    (os.PathLike, lambda writer, value, place: {KIND: "path", "text": os.fspath(value)}),
    (np.dtype, lambda writer, value, place: {KIND: "dtype", "text": value.str}),
    (np.ufunc, lambda writer, value, place: {KIND: "ufunc", "text": value.__name__}),
    (re.Pattern, lambda writer, value, place: {
        KIND: "pattern", "text": value.pattern, "flags": value.flags
    }),
    (slice, lambda writer, value, place: {
        KIND: "slice", "items": writer.encode([value.start, value.stop, value.step], place)
    }),
    (np.random.RandomState, _write_random_state),
    (pd.Timestamp, _write_time("timestamp")),
    (datetime, _write_time("datetime")),
    (date, _write_time("date")),
    (pd.DataFrame, _write_frame),
    (pd.Series, _write_series),
    (pd.Index, _write_index),
    (pd.Categorical, _write_categorical),
    (pd.arrays.NumpyExtensionArray, lambda writer, value, place: writer.array(value.to_numpy())),
    (pd.api.extensions.ExtensionArray, _write_column),
    ((keras.layers.Layer, keras.optimizers.Optimizer, keras.losses.Loss,
      keras.initializers.Initializer, keras.regularizers.Regularizer,
      keras.constraints.Constraint, keras.metrics.Metric,
      keras.optimizers.schedules.LearningRateSchedule),
     lambda writer, value, place: writer.keras(value, place)),
]  # fmt: skip

READERS: dict[str, Callable[[Reader, dict[str, Any]], Any]] = {
    "array": lambda r, node: r.array(node),
    "objects": lambda r, node: r.objects(node),
    "keras": lambda r, node: r.keras(node),
    "skops": lambda r, node: r.foreign(node),
    "name": lambda r, node: r.named(node),
    "map": lambda r, node: {key: r.decode(item) for key, item in node["items"].items()},
    "vectors": lambda r, node: dict(
        zip(map(_hashable, r.decode(node["keys"])), r.decode(node["rows"]), strict=True)
    ),
    "dict": lambda r, node: {_hashable(k): v for k, v in r.decode(node["items"])},
    "tuple": _read_tuple,
    "frozenset": lambda r, node: frozenset(r.decode(node["items"])),
    "set": lambda r, node: set(r.decode(node["items"])),
    "bytes": lambda r, node: base64.b64decode(node["text"]),
    "path": lambda r, node: Path(node["text"]),
    "dtype": lambda r, node: np.dtype(node["text"]),
    "ufunc": lambda r, node: _ufunc(node["text"]),
    "pattern": lambda r, node: re.compile(node["text"], node["flags"]),
    "slice": lambda r, node: slice(*r.decode(node["items"])),
    "scalar": lambda r, node: r.decode(node["of"])[()],
    "random state": _read_random_state,
    "timestamp": _read_time(pd.Timestamp),
    "datetime": _read_time(datetime.fromisoformat),
    "date": _read_time(date.fromisoformat),
    "frame": _read_frame,
    "series": lambda r, node: pd.Series(
        r.decode(node["values"]), r.decode(node["index"]), name=r.decode(node["name"])
    ),
    "index": lambda r, node: pd.Index(r.decode(node["values"]), name=r.decode(node["name"])),
    "column": _read_column,
    "categorical": lambda r, node: pd.Categorical.from_codes(
        r.decode(node["codes"]), r.decode(node["categories"]), node["ordered"]
    ),
}
