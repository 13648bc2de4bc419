"""Fitted objects as JSON and plain arrays, and back, without ever running what a file says.

Numbers, texts and lists are themselves; everything else is an object `{"$": kind, ...}`. Arrays
are members of their own. Classes and functions are named; which names may be loaded is decided in
`estimators.persistence.serialization.trusted`.
"""

from __future__ import annotations

import inspect
import io
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

import estimators.engine.optimizers  # noqa: F401  knows what configurations of optimizers leave out
from estimators.engine.compiled.keras_keys import beyond_config
from estimators.persistence.archive import ModelFileError
from estimators.persistence.checkpoints import Checkpoints
from estimators.persistence.serialization.class_names import class_name, is_ours, name_of
from estimators.persistence.serialization.paths import without_paths
from estimators.persistence.serialization.schemas import is_known_beyond, misfit_of, schemas
from estimators.persistence.serialization.sketches import check_sketch
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
                    for name, item in _savable(value, state or {}, place).items()
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


def _savable(value: Any, state: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return the attributes of an object that its file holds.

    Raises
    ------
    UnsavableError
        Where the file could not be loaded again.
    """
    known = schemas().get(type(value))
    if known is None:
        return dict(state)
    state = {name: item for name, item in state.items() if name not in known.made_again}
    misfit = misfit_of(value, state, known, math.inf)
    if misfit is not None:
        raise UnsavableError(f"{place} is a {type(value).__name__} that {misfit}; take it away.")
    return state


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
        content = self._read(f"{self.name}.json")
        return self.decode(json.loads(content, parse_int=_whole_number))

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
        if isinstance(value, dict):
            # Keras makes objects of such dictionaries wherever it is given one.
            self.known.check_config(value)
        if "id" in node and kind in ("array", "objects"):
            self._made[node["id"]] = value
        return value

    def _object(self, node: dict[str, Any]) -> Any:
        cls = self.known.find_class(node["class"])
        schema = schemas().get(cls)
        value = cls.__new__(cls)
        if schema is None:
            # Those of others may hold themselves.
            self._made[node["id"]] = value
        state = {name: self.decode(item) for name, item in node["state"].items()}
        if schema is not None:
            state = {name: item for name, item in state.items() if name not in schema.made_again}
            self._check(misfit_of(value, state, schema, self.known.size), cls)
            if not isinstance(value, Checkpoints):
                state = without_paths(state, self.known)
        if schema is not None and schema.rebuild is not None:
            value = schema.rebuild(state)
        elif hasattr(value, "__setstate__"):
            value.__setstate__(state)
        else:
            vars(value).update(state)
        if schema is not None and not schema.agrees(value):
            self._check("has attributes that contradict each other", cls)
        self._made[node["id"]] = value
        return value

    @staticmethod
    def _check(misfit: str | None, cls: type) -> None:
        if misfit is not None:
            raise ModelFileError(f"The file holds a {cls.__name__} that {misfit}.")

    def array(self, node: dict[str, Any]) -> np.ndarray:
        """Return an array."""
        content = self._read(node["member"])
        _check_header(content)
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)

    def objects(self, node: dict[str, Any]) -> np.ndarray:
        """Return an array of Python objects."""
        array = np.empty(len(node["items"]), object)
        for place, item in enumerate(node["items"]):
            array[place] = self.decode(item)
        return array.reshape(node["shape"])

    def keras(self, node: dict[str, Any]) -> Any:
        """Return a Keras object; no code comes out of its configuration."""
        config = node["config"]
        self.known.check_config(config)
        weights = self.decode(node.get("weights"))
        shapes = None if weights is None else [weight.shape for weight in weights]
        check_sketch(config, shapes, self.known)
        value = keras.saving.deserialize_keras_object(
            config, safe_mode=not self.known.trusts_everything
        )
        if weights is not None:
            value.set_weights(weights)
        beyond = {name: self.decode(item) for name, item in node.get("beyond", {}).items()}
        if not is_known_beyond(value, beyond, self.known.size):
            self.known.check(name_of(type(value)))
        for name, item in beyond.items():
            setattr(value, name, item)
        return value

    def foreign(self, node: dict[str, Any]) -> Any:
        """Return an object of scikit-learn or its relatives."""
        return load_foreign(self._read(node["member"]), self.known)

    def named(self, node: dict[str, Any]) -> Any:
        """Return a function or class."""
        return self.known.find(node["name"])


def _whole_number(text: str) -> int:
    number = int(text) if len(text) <= 20 else None
    if number is None or not -(1 << 63) <= number < 1 << 64:
        raise ModelFileError("The file holds a whole number of more than 64 bits.")
    return number


def _check_header(content: bytes) -> None:
    """Raise unless an array is as large as it says, before memory is taken for it."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, _, dtype = read_header(file)
    size = len(content) - file.tell()
    # An axis of nothing may still be longer than anything that goes through it has time for.
    entries = math.prod(max(1, length) for length in shape)
    empty = not math.prod(shape) and entries <= max(size, _LONGEST_OF_NOTHING)
    if min(shape, default=0) < 0 or not (empty or entries * dtype.itemsize == size > 0):
        raise ModelFileError(f"The file holds {size} bytes of an array of {dtype} {shape}.")


_LONGEST_OF_NOTHING = 1 << 20


def _checked_name(value: Any, place: str) -> str:
    name = name_of(value)
    if "<" in name or inspect.ismethod(value):
        raise UnsavableError(
            f"{place} is {name}, which has no name to find it by; define it with def at the top of "
            "a module."
        )
    return name
