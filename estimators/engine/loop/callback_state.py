"""What Keras's callbacks learn while they train, so that an interrupted training can go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


class CallbackState:
    """What callbacks learn while they train, in plain attributes: a patience, a best value.

    Parameters
    ----------
    callbacks : sequence of keras.callbacks.Callback
        As they are when training begins; what does not change from then on is a setting.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        self._callbacks: dict[str, keras.callbacks.Callback] = {}
        for callback in callbacks:
            place = sum(type(other) is type(callback) for other in self._callbacks.values())
            self._callbacks[_key(type(callback), place)] = callback
        self._settings = {n: _plain_attributes(c) for n, c in self._callbacks.items()}

    def changes(self) -> dict[str, dict[str, Any]]:
        """Return what each callback has learnt since."""
        return {
            key: {
                name: value
                for name, value in _plain_attributes(callback).items()
                if name not in self._settings[key]
                or not _are_equal(value, self._settings[key][name])
            }
            for key, callback in self._callbacks.items()
        }

    def remind(self, changes: Mapping[str, dict[str, Any]]) -> None:
        """Give the callbacks back what those of the same class had learnt."""
        for key, callback in self._callbacks.items():
            vars(callback).update(changes.get(key, {}))


def learnt_by(
    kind: type[keras.callbacks.Callback], changes: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return what the first callback of a class had learnt."""
    return changes.get(_key(kind, 0), {})


def _key(kind: type[keras.callbacks.Callback], place: int) -> str:
    return f"{kind.__qualname__} {place}"


def _plain_attributes(callback: keras.callbacks.Callback) -> dict[str, Any]:
    return {name: copy(value) for name, value in vars(callback).items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | np.ndarray | np.generic)


def _are_equal(value: Any, other: Any) -> bool:
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_are_equal, value, other))
    return type(value) is type(other) and np.array_equal(value, other)
