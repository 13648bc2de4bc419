"""Which classes and functions a file may name: ours, Keras's, and what the caller trusts.

A file from a stranger is data. It may ask for classes of this library and of Keras, and for pure
functions of Keras; anything else would run code that the stranger chose, and must be trusted by
name.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

import keras
from sklearn.base import BaseEstimator

from estimators.persistence.archive import ModelFileError
from estimators.persistence.serialization.class_names import name_of, own_class

_PURE = ("activations", "losses", "metrics", "ops", "initializers", "regularizers", "constraints")
_HARMLESS = (
    *(*_PURE, "callbacks", "dtype_policies", "layers", "models", "optimizers", "random"),
    *("DTypePolicy", "KerasTensor", "Model", "Sequential"),
)


class UnsavableError(TypeError):
    """An object that no file of this library can hold."""


class Known:
    """Finds classes and functions by name, where they may be found.

    Parameters
    ----------
    trusted : collection of str or True
        Names beyond those of this library and of Keras; True for all.
    """

    def __init__(self, trusted: Collection[str] | bool = ()) -> None:
        self._trusted = trusted

    def find_class(self, name: str) -> type:
        """Return the class of a saved object."""
        own = own_class(name)
        if own is not None:
            return own
        if _is_part_of_keras(name, ("callbacks",)):
            cls = _imported(name)
            if isinstance(cls, type) and issubclass(cls, keras.callbacks.Callback):
                return cls
        cls = self.find(name)
        if not isinstance(cls, type):
            raise ModelFileError(f"The file names {name!r} as a class, and it is none.")
        return cls

    def find(self, name: str) -> Any:
        """Return a function or class by its name."""
        if not _is_part_of_keras(name, _PURE):
            self.check(name)
        return _imported(name)

    def check(self, name: str) -> None:
        """Raise unless the caller trusts `name`."""
        if self._trusted is True or (self._trusted and name in self._trusted):
            return
        raise ModelFileError(
            f"The file asks for {name!r}, which is not part of this library; if you know who saved "
            f"it, load it with trusted=[{name!r}]."
        )

    def check_config(self, config: Any) -> None:
        """Raise where a Keras configuration asks for what is neither Keras's nor trusted."""
        for part in _parts(config):
            module, registered = part.get("module"), part.get("registered_name")
            if registered and keras.saving.get_registered_object(registered) is not None:
                continue  # by somebody in this process, who knows what it does
            if module in (None, "builtins") and not registered:
                continue
            name = f"{module}.{part.get('class_name')}"
            if not _is_part_of_keras(name, _HARMLESS):
                self.check(name)


def dump_foreign(value: Any, place: str) -> bytes:
    """Return an object of scikit-learn or its relatives as skops writes it.

    Raises
    ------
    UnsavableError
        Where skops cannot.
    """
    skops_io = _import_skops(f"{place} is a {type(value).__name__}")
    try:
        return skops_io.dumps(value)
    except Exception as error:  # whatever a class of another library raises of itself
        raise UnsavableError(
            f"{place} is a {type(value).__name__} that skops cannot save ({error}); leave it out."
        ) from error


def load_foreign(content: bytes, known: Known) -> Any:
    """Return what `dump_foreign` wrote, where its types are scikit-learn's or trusted."""
    skops_io = _import_skops("The file holds parts of other libraries")
    untrusted = skops_io.get_untrusted_types(data=content)
    for name in untrusted:
        known.check(name)
    return skops_io.loads(content, trusted=untrusted)


def _import_skops(why: str) -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            f"{why}, which skops saves and loads; install it with "
            '`pip install "keras-estimators[save]"`.'
        ) from error
    return skops.io


def is_foreign(value: Any) -> bool:
    """Return whether `value` is an estimator or transformer of somebody else's."""
    return isinstance(value, BaseEstimator) and not isinstance(value, type)


def _is_part_of_keras(name: str, rooms: Collection[str]) -> bool:
    path = name.removeprefix("keras.src.") if name.startswith("keras.src.") else name
    path = path.removeprefix("keras.")
    return name.startswith("keras.") and path.partition(".")[0] in rooms


def _imported(name: str) -> Any:
    """Return what `name` stands for: defined where it says, not merely imported there."""
    with suppress(ImportError, AttributeError, ValueError):
        found = pkgutil.resolve_name(name)
        if name_of(found) == name:
            return found
    raise ModelFileError(
        f"The file asks for {name!r}, which cannot be found here; install or import what defines "
        "it, in the version that the file was saved with."
    )


def _parts(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every dictionary within a configuration that names a class or function."""
    if isinstance(config, dict):
        if "class_name" in config or "registered_name" in config:
            yield config
        for item in config.values():
            yield from _parts(item)
    elif isinstance(config, list | tuple):
        for item in config:
            yield from _parts(item)
