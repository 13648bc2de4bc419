"""Fitted objects as JSON and plain arrays, and back, without ever running what a file says.

Numbers, texts and lists are themselves; everything else is an object `{"$": kind, ...}`. Arrays
are members of their own. Classes and functions are named; which names may be loaded is decided in
`estimators.persistence.known`.
"""

from __future__ import annotations

import base64
import inspect
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from estimators.persistence.archive import ModelFileError
from estimators.persistence.known import (
    Known,
    UnsavableError,
    dump_foreign,
    is_foreign,
    is_ours,
    load_foreign,
    name_of,
)

KIND = "$"


class Writer:
    """Turns an object into members of an archive.

    Parameters
    ----------
    name : str
        Of the object: it becomes the member ``name.json`` and others within ``name/``.

    Attributes
    ----------
    members : dict of str to bytes
        What has been written so far.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: dict[str, bytes] = {}
        self._numbers: dict[int, int] = {}
        # An object that is gone could leave its id to another.
        self._kept: list[object] = []

    def write(self, value: object) -> dict[str, bytes]:
        """Return the members that hold `value`."""
        self.members[f"{self.name}.json"] = json.dumps(self.encode(value, self.name)).encode()
        return self.members

    def encode(self, value: Any, place: str) -> Any:
        """Return `value` as JSON holds it; `place` says in errors where it was found."""
        if value is None or type(value) in (bool, int, float, str):
            return value
        if type(value) is list:
            return [self.encode(item, f"{place}[{i}]") for i, item in enumerate(value)]
        encode = next((how for kind, how in _WRITERS if isinstance(value, kind)), None)
        if encode is not None:
            return encode(self, value, place)
        if is_ours(value):
            return self._object(value, place)
        if is_foreign(value):
            return {KIND: "skops", "member": self._member("skops", dump_foreign(value, place))}
        if callable(value):
            return {KIND: "name", "name": _checked_name(value, place)}
        raise UnsavableError(
            f"{place} is a {type(value).__name__}, which cannot be saved; replace it by numbers, "
            "texts, arrays, or objects of Keras, scikit-learn or this library."
        )

    def array(self, value: np.ndarray) -> dict[str, Any]:
        """Write an array as a member of its own, once however often it occurs."""
        if value.dtype.hasobject:
            return self._once(
                value,
                lambda: {
                    KIND: "objects",
                    "shape": list(value.shape),
                    "items": self.encode(value.ravel().tolist(), "array"),
                },
            )

        def write() -> dict[str, Any]:
            file = io.BytesIO()
            np.lib.format.write_array(file, value, allow_pickle=False)
            return {KIND: "array", "member": self._member("npy", file.getbuffer())}

        return self._once(value, write)

    def keras(self, value: Any, place: str) -> dict[str, Any]:
        """Write a Keras object by its configuration, a model with its weights."""
        try:
            config = keras.saving.serialize_keras_object(value)
            json.dumps(config)
        except Exception as error:  # whatever a class of the user's raises of itself
            raise UnsavableError(
                f"{place} is a {type(value).__name__} that Keras cannot describe; give it a "
                "get_config and @keras.saving.register_keras_serializable()."
            ) from error
        node = {KIND: "keras", "config": config}
        if isinstance(value, keras.layers.Layer) and value.built:
            node["weights"] = [self.array(np.asarray(weight)) for weight in value.get_weights()]
        return node

    def _object(self, value: Any, place: str) -> dict[str, Any]:
        state = value.__getstate__() if hasattr(value, "__getstate__") else vars(value)
        return self._once(
            value,
            lambda: {
                KIND: "object",
                "class": name_of(type(value)),
                "state": {
                    name: self.encode(item, f"{place}.{name}")
                    for name, item in (state or {}).items()
                },
            },
        )

    def _once(self, value: object, write: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        number = self._numbers.get(id(value))
        if number is not None:
            return {KIND: "again", "id": number}
        number = self._numbers[id(value)] = len(self._numbers)
        self._kept.append(value)
        return write() | {"id": number}

    def _member(self, suffix: str, content: Any) -> str:
        name = f"{self.name}/{len(self.members)}.{suffix}"
        self.members[name] = content
        return name


class Reader:
    """Turns members of an archive back into an object.

    Parameters
    ----------
    name : str
        As given to the `Writer`.
    read : callable
        Returns the content of a member by its name.
    known : Known
        Decides which classes and functions may be loaded.
    """

    def __init__(self, name: str, read: Callable[[str], bytes], known: Known) -> None:
        self.name = name
        self._read = read
        self.known = known
        self._made: dict[int, Any] = {}

    def read(self) -> Any:
        """Return the object."""
        return self.decode(json.loads(self._read(f"{self.name}.json")))

    def decode(self, node: Any) -> Any:
        """Return the object that `Writer.encode` made `node` of."""
        if isinstance(node, list):
            return [self.decode(item) for item in node]
        if not isinstance(node, dict):
            return node
        kind = node[KIND]
        if kind == "again":
            return self._made[node["id"]]
        if kind == "object":
            return self._object(node)
        value = _READERS[kind](self, node)
        if "id" in node:
            self._made[node["id"]] = value
        return value

    def _object(self, node: dict[str, Any]) -> Any:
        cls = self.known.find_class(node["class"])
        value = self._made[node["id"]] = cls.__new__(cls)
        state = {name: self.decode(item) for name, item in node["state"].items()}
        if cls.__dict__.get("runs_from"):
            self.known.check(state[cls.runs_from])
        if hasattr(value, "__setstate__"):
            value.__setstate__(state)
        else:
            vars(value).update(state)
        return value

    def array(self, node: dict[str, Any]) -> np.ndarray:
        """Return an array."""
        file = io.BytesIO(self._read(node["member"]))
        return np.lib.format.read_array(file, allow_pickle=False)

    def objects(self, node: dict[str, Any]) -> np.ndarray:
        """Return an array of Python objects."""
        array = np.empty(len(node["items"]), object)
        array[:] = self.decode(node["items"])
        return array.reshape(node["shape"])

    def keras(self, node: dict[str, Any]) -> Any:
        """Return a Keras object; no code comes out of its configuration."""
        self.known.check_config(node["config"])
        value = keras.saving.deserialize_keras_object(node["config"], safe_mode=True)
        if "weights" in node:
            value.set_weights([self.decode(weight) for weight in node["weights"]])
        return value

    def foreign(self, node: dict[str, Any]) -> Any:
        """Return an object of scikit-learn or its relatives."""
        return load_foreign(self._read(node["member"]), self.known)

    def name(self, node: dict[str, Any]) -> Any:
        """Return a function or class."""
        return self.known.find(node["name"])


def _write_dict(writer: Writer, value: dict, place: str) -> dict[str, Any]:
    if all(type(key) is str for key in value):
        return {
            KIND: "map",
            "items": {key: writer.encode(item, f"{place}[{key!r}]") for key, item in value.items()},
        }
    return _write_items("dict")(writer, [list(pair) for pair in value.items()], place)


def _write_items(kind: str) -> Callable[[Writer, Any, str], dict[str, Any]]:
    return lambda writer, value, place: {KIND: kind, "items": writer.encode(list(value), place)}


def _write_tuple(writer: Writer, value: tuple, place: str) -> dict[str, Any]:
    node = _write_items("tuple")(writer, value, place)
    return node | {"class": name_of(type(value))} if hasattr(value, "_fields") else node


def _read_tuple(reader: Reader, node: dict[str, Any]) -> tuple:
    items = reader.decode(node["items"])
    return reader.known.find_class(node["class"])(*items) if "class" in node else tuple(items)


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


def _write_random_state(writer: Writer, value: Any, place: str) -> dict[str, Any]:
    return {KIND: "random state", "state": writer.encode(value.get_state(legacy=False), place)}


def _read_random_state(reader: Reader, node: dict[str, Any]) -> np.random.RandomState:
    state = np.random.RandomState()
    state.set_state(reader.decode(node["state"]))
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


def _checked_name(value: Any, place: str) -> str:
    name = name_of(value)
    if "<" in name or inspect.ismethod(value):
        raise UnsavableError(
            f"{place} is {name}, which has no name to find it by; define it with def at the top of "
            "a module."
        )
    return name


# The first kind that fits decides.
_WRITERS: list[tuple[type | tuple[type, ...], Callable[[Writer, Any, str], Any]]] = [
    (np.ndarray, lambda writer, value, place: writer.array(value)),
    (np.generic, _write_scalar),
    (dict, _write_dict),
    (tuple, _write_tuple),
    (frozenset, _write_items("frozenset")),
    (set, _write_items("set")),
    (bytes, lambda writer, value, place: {
        KIND: "bytes", "text": base64.b64encode(value).decode()
    }),
    (Path, _write_text("path")),
    (np.dtype, lambda writer, value, place: {KIND: "dtype", "text": value.str}),
    (np.ufunc, lambda writer, value, place: {KIND: "ufunc", "text": value.__name__}),
    (slice, lambda writer, value, place: {
        KIND: "slice", "items": writer.encode([value.start, value.stop, value.step], place)
    }),
    (np.random.RandomState, _write_random_state),
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

_READERS: dict[str, Callable[[Reader, dict[str, Any]], Any]] = {
    "array": Reader.array,
    "objects": Reader.objects,
    "keras": Reader.keras,
    "skops": Reader.foreign,
    "name": Reader.name,
    "map": lambda r, node: {key: r.decode(item) for key, item in node["items"].items()},
    "dict": lambda r, node: {_hashable(k): v for k, v in r.decode(node["items"])},
    "tuple": _read_tuple,
    "frozenset": lambda r, node: frozenset(r.decode(node["items"])),
    "set": lambda r, node: set(r.decode(node["items"])),
    "bytes": lambda r, node: base64.b64decode(node["text"]),
    "path": lambda r, node: Path(node["text"]),
    "dtype": lambda r, node: np.dtype(node["text"]),
    "ufunc": lambda r, node: _ufunc(node["text"]),
    "slice": lambda r, node: slice(*r.decode(node["items"])),
    "scalar": lambda r, node: r.decode(node["of"])[()],
    "random state": _read_random_state,
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
