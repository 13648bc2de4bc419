"""Pipelines and other estimators of scikit-learn, taken apart from ours that are in them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator


def without_ours(
    estimator: BaseEstimator, is_ours: Callable[[object], bool]
) -> tuple[BaseEstimator, list[Any]]:
    """Return a copy with a mark in the place of every estimator of ours, and these.

    Parameters
    ----------
    estimator : estimator of scikit-learn
    is_ours : callable
        Says of an object whether it is an estimator of ours.

    Raises
    ------
    TypeError, ValueError, AttributeError or pickle.PicklingError
        Where a part can be pickled by nobody, and so neither be copied nor saved.
    """
    found = _parts(estimator, is_ours)
    marks = {id(each): _mark(number) for number, each in enumerate(found)}
    return deepcopy(estimator, marks), found


def with_ours(skeleton: BaseEstimator, parts: Sequence[Any]) -> BaseEstimator:
    """Return what `without_ours` took apart, put together again.

    Raises
    ------
    ValueError
        Where there is not one mark, or several of one number, for each part.
    """
    marks = _parts(skeleton, _is_mark)
    if {mark.estimator for mark in marks} != set(range(len(parts))):
        raise ValueError("marks and estimators do not go together")
    return deepcopy(skeleton, {id(mark): parts[mark.estimator] for mark in marks})


def _mark(number: int) -> FrozenEstimator:
    """Return what stands for an estimator: a class that every file may hold, with a number."""
    return FrozenEstimator(number)


def _is_mark(value: object) -> bool:
    return type(value) is FrozenEstimator and type(value.estimator) is int


def _parts(estimator: BaseEstimator, is_wanted: Callable[[object], bool]) -> list[Any]:
    found: dict[int, Any] = {}

    class Finder(pickle.Pickler):
        def persistent_id(self, value: object) -> str | None:
            if not is_wanted(value):
                return None
            found.setdefault(id(value), value)
            return "found"

    Finder(_Nowhere()).dump(estimator)
    return list(found.values())


class _Nowhere:
    def write(self, content: bytes) -> int:
        return len(content)
