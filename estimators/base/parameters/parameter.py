"""One parameter of an estimator, and what is made of many: checks, and attributes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

REQUIRED = inspect.Parameter.empty


@dataclass(frozen=True)
class Parameter:
    """What a signature, a check and a docstring say of one parameter.

    Parameters
    ----------
    name : str
    annotation : str
        The type that stands in the signature.
    kind : str
        The type that stands in the docstring.
    text : str
        What the docstring says.
    constraints : list
        What is legal, in the words of scikit-learn's ``_parameter_constraints``.
    default : object, default=REQUIRED
    """

    name: str
    annotation: str
    kind: str
    text: str
    constraints: list
    default: Any = REQUIRED


def changed(parameters: Iterable[Parameter], **changes: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Return parameters of which some are described otherwise.

    Parameters
    ----------
    parameters : iterable of Parameter
    **changes : dict
        By the name of a parameter, what else is said of it: ``epochs={"default": 10}``.

    Raises
    ------
    ValueError
        For a name that no parameter has.
    """
    parameters = tuple(parameters)
    unknown = changes.keys() - {parameter.name for parameter in parameters}
    if unknown:
        raise ValueError(f"There is no parameter {min(unknown)!r} to describe otherwise.")
    return tuple(replace(parameter, **changes.get(parameter.name, {})) for parameter in parameters)


def constraints_of(parameters: Iterable[Parameter]) -> dict[str, list]:
    """Return ``_parameter_constraints``, by which scikit-learn checks values."""
    return {parameter.name: parameter.constraints for parameter in parameters}


def keep_parameters(estimator: object, given: Mapping[str, Any]) -> None:
    """Store what `__init__` was given, each value under its own name and as it is.

    Parameters
    ----------
    estimator : object
    given : mapping
        The ``locals()`` of an `__init__` that has done nothing yet.
    """
    for name, value in given.items():
        # `__class__` is there where `__init__` says super().
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)


def values_of(
    estimator: object, parameters: Iterable[Parameter], prefix: str = ""
) -> dict[str, Any]:
    """Return what an estimator has for each of `parameters`, by name.

    Parameters
    ----------
    estimator : object
    parameters : iterable of Parameter
    prefix : str, default=""
        Stands before each name in the estimator, not in what is returned.
    """
    return {part.name: getattr(estimator, prefix + part.name) for part in parameters}
