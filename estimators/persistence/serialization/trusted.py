"""What a file may ask for: what this library and Keras know to be harmless, and what is trusted.

A file from a stranger is data. Code of others, and whatever acts outside the model (a path, a
callback that writes, a sentence model that runs), comes from a file by name only, where the
caller trusts that name.
"""

from __future__ import annotations

import io
import pkgutil
import warnings
import zipfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator

from estimators.persistence.archive import ModelFileError, check_members
from estimators.persistence.serialization.class_names import name_of, own_class
from estimators.persistence.serialization.harmless_parts import harmless_parts
from estimators.persistence.serialization.keras_names import (
    foreign_parts,
    harmless_callbacks,
    public_name,
    pure_functions,
)

SKOPS = "skops"


class UnsavableError(TypeError):
    """An object that no file of this library can hold."""


class Known:
    """Finds classes and functions by name, where they may be found.

    Parameters
    ----------
    trusted : str, collection of str or True
        Names beyond those of this library and of Keras; True for all.
    path : Path
        Of the file.
    size : int
        Bytes of the file, by which is judged what it can hold.

    Attributes
    ----------
    has_trusted : bool
        Whether something was let in by its name only.
    """

    def __init__(
        self, trusted: Collection[str] | bool = (), path: Path = Path(), size: int = 0
    ) -> None:
        # One name alone, of which no part is a name.
        self._trusted = [trusted] if isinstance(trusted, str) else trusted
        self._folder = path.absolute().parent
        self._left_out: dict[str, str] = {}
        self.size = size
        self.has_trusted = False

    @property
    def trusts_everything(self) -> bool:
        """Whether the caller trusts whoever saved the file."""
        return self._trusted is True

    def find_class(self, name: str) -> type:
        """Return the class of a saved object."""
        own = own_class(name) or harmless_callbacks().get(name)
        if own is not None:
            return own
        self.check(public_name(name))
        cls = _imported(name)
        if not isinstance(cls, type):
            raise ModelFileError(f"The file names {name!r} as a class, and it is none.")
        if getattr(cls, "__abstractmethods__", None):
            raise ModelFileError(f"The file holds an object of the abstract class {name!r}.")
        return cls

    def find(self, name: str) -> Any:
        """Return a function or class by its name."""
        if name in pure_functions():
            return pure_functions()[name]
        self.check(name)
        return _imported(name)

    def check(self, name: str) -> None:
        """Raise unless the caller trusts `name`."""
        if not self._trusts(name):
            raise ModelFileError(
                f"The file asks for {name!r}, which no file may ask for by itself; if you know who "
                f"saved it, load it with trusted=[{name!r}]."
            )
        self.has_trusted = True

    def check_config(self, config: Any) -> None:
        """Raise where a Keras configuration asks for what is neither harmless nor trusted."""
        for name in foreign_parts(config, self.size):
            self.check(name)

    def check_path(self, name: str, path: Any) -> None:
        """Raise unless the caller trusts what a part of the model reads."""
        if not self._trusts(str(path)):
            raise ModelFileError(
                f"The file asks for {name}={str(path)!r}, which lies outside of it; if you know "
                f"who saved it, load it with trusted=[{str(path)!r}]."
            )
        self.has_trusted = True

    def keeps_path(self, name: str, path: Any) -> bool:
        """Return whether a later fit may use a path; one that it may not is told of by `warn`."""
        is_here = name == "model_dir" and Path(path).absolute() == self._folder
        if is_here or self._trusts(str(path)):
            return True
        self._left_out[name] = str(path)
        return False

    def warn(self) -> None:
        """Tell of the paths that were left out."""
        if self._left_out:
            told = ", ".join(f"{name}={path!r}" for name, path in self._left_out.items())
            warnings.warn(
                f"{told} stayed in the file, since a fit would act there; set it again by "
                f"set_params, or load with trusted={[*dict.fromkeys(self._left_out.values())]}.",
                stacklevel=5,
            )

    def _trusts(self, name: str) -> bool:
        return self._trusted is True or bool(self._trusted and name in self._trusted)


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
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        check_members(archive, len(content))
    untrusted = skops_io.get_untrusted_types(data=content)
    for name in set(untrusted) - harmless_parts():
        known.check(name)
    value = skops_io.loads(content, trusted=untrusted)
    if is_foreign(value):
        # A pipeline keeps what it computes in the folder that is its `memory`.
        for name, setting in value.get_params().items():
            if name.rpartition("__")[2] == "memory" and setting is not None:
                known.check_path(name, getattr(setting, "location", setting))
    return value


def _import_skops(why: str) -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            f"{why}, which skops saves and loads; install it with "
            '`pip install "keras-estimators[save]"`.',
            name=SKOPS,
        ) from error
    return skops.io


def is_foreign(value: Any) -> bool:
    """Return whether `value` is an estimator or transformer of somebody else's."""
    return isinstance(value, BaseEstimator) and not isinstance(value, type)


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
