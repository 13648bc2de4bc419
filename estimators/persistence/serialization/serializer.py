"""Fitted objects as JSON and plain arrays, and back, without ever running what a file says.

Numbers, texts and lists are themselves; everything else is an object `{"$": kind, ...}`. Arrays
are members of their own. Classes and functions are named; which names may be loaded is decided in
`estimators.persistence.serialization.trusted`.
"""

from __future__ import annotations

import inspect
import io
import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

import estimators.engine.optimizers  # noqa: F401  knows what configurations of optimizers leave out
from estimators.engine.compiled.keras_keys import beyond_config
from estimators.persistence.archive import ModelFileError
from estimators.persistence.serialization.class_names import class_name, is_ours, name_of
from estimators.persistence.serialization.trusted import (
    Known,
    UnsavableError,
    dump_foreign,
    is_foreign,
    load_foreign,
)
from estimators.persistence.serialization.value_types import KIND, READERS, WRITERS
from feature_specs.text.word_vector_sources import is_word_vectors, read_word_vectors


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
        encode = next((how for kind, how in WRITERS if isinstance(value, kind)), None)
        if encode is not None:
            return encode(self, value, place)
        if is_ours(value):
            return self._object(value, place)
        if is_foreign(value):
            return {KIND: "skops", "member": self._member("skops", dump_foreign(value, place))}
        if is_word_vectors(value):
            # gensim's tables, which it could pickle only.
            return self._object(read_word_vectors(value), place)
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
            beyond = beyond_config(value)
        except Exception as error:  # whatever a class of the user's raises of itself
            raise UnsavableError(
                f"{place} is a {type(value).__name__} that Keras cannot describe; give it a "
                "get_config that says everything and @keras.saving.register_keras_serializable()."
            ) from error
        node = {KIND: "keras", "config": config}
        if beyond:
            node["beyond"] = {
                name: self.encode(item, f"{place}.{name}") for name, item in beyond.items()
            }
        if isinstance(value, keras.layers.Layer) and value.built:
            node["weights"] = [self.array(np.asarray(weight)) for weight in value.get_weights()]
        return node

    def _object(self, value: Any, place: str) -> dict[str, Any]:
        state = value.__getstate__() if hasattr(value, "__getstate__") else vars(value)
        return self._once(
            value,
            lambda: {
                KIND: "object",
                "class": class_name(type(value)),
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
        value = READERS[kind](self, node)
        if "id" in node:
            self._made[node["id"]] = value
        return value

    def _object(self, node: dict[str, Any]) -> Any:
        cls = self.known.find_class(node["class"])
        value = self._made[node["id"]] = cls.__new__(cls)
        state = {name: self.decode(item) for name, item in node["state"].items()}
        runs_from = getattr(cls, "runs_from", None)
        if runs_from is not None:
            self.known.check(state[runs_from])
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
        for name, item in node.get("beyond", {}).items():
            if callable(getattr(type(value), name, None)):
                raise ModelFileError(f"The file would replace a method of Keras, {name}.")
            setattr(value, name, self.decode(item))
        return value

    def foreign(self, node: dict[str, Any]) -> Any:
        """Return an object of scikit-learn or its relatives."""
        return load_foreign(self._read(node["member"]), self.known)

    def named(self, node: dict[str, Any]) -> Any:
        """Return a function or class."""
        return self.known.find(node["name"])


def _checked_name(value: Any, place: str) -> str:
    name = name_of(value)
    if "<" in name or inspect.ismethod(value):
        raise UnsavableError(
            f"{place} is {name}, which has no name to find it by; define it with def at the top of "
            "a module."
        )
    return name
