"""The four kinds of flags, and what each takes for a value."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Flag", "flag_boolean", "flag_integer", "flag_numeric", "flag_string"]


@dataclass(frozen=True)
class Flag:
    """A flag as it is declared.

    Parameters
    ----------
    name : str
    type : {"numeric", "integer", "boolean", "string"}
    default : object
        None stands for no value.
    help : str, default=None
    choices : tuple, default=None
        The values that are allowed.
    """

    name: str
    type: str
    default: Any
    help: str | None = None
    choices: tuple | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(f"A flag cannot be called {self.name!r}; give a name like 'layer1'.")
        object.__setattr__(self, "default", self.convert(self.default, "Its declaration"))

    def convert(self, value: Any, where: str) -> Any:
        """Return `value` in the flag's type.

        Parameters
        ----------
        value : object
            Texts are read as the command line has them.
        where : str
            What gave the value, for the error message.

        Returns
        -------
        object

        Raises
        ------
        ValueError
            Where it is not of the type, or none of the choices.
        """
        if value is None:
            return None
        if hasattr(value, "item") and getattr(value, "shape", None) == ():
            value = value.item()
        try:
            found = _CONVERSIONS[self.type](value)
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(
                f"{where} gives the {self.type} flag {self.name!r} the value {value!r}; give "
                f"{_EXAMPLES[self.type]}."
            ) from error
        if self.choices is not None and found not in self.choices:
            raise ValueError(
                f"{where} gives the flag {self.name!r} the value {found!r}; give one of "
                f"{', '.join(map(repr, self.choices))}."
            )
        return found

    def describe(self) -> dict[str, Any]:
        """Return the declaration as ``flags.json`` has it.

        Returns
        -------
        dict
        """
        return {
            **{"name": self.name, "type": self.type, "default": self.default, "help": self.help},
            **({} if self.choices is None else {"choices": list(self.choices)}),
        }

    def argument(self) -> dict[str, Any]:
        """Return what argparse is told of the flag.

        Returns
        -------
        dict
        """
        # argparse reads a percent sign as the start of a format.
        text = " ".join([*([self.help] if self.help else []), f"(default: {self.default})"])
        described = {"help": text.replace("%", "%%")}
        if self.type == "boolean":
            return described | {"action": _BooleanAction, "nargs": "?"}
        return described | {"metavar": self.type.upper()}


def flag_numeric(
    name: str,
    default: float | None,
    help: str | None = None,
    *,
    choices: Sequence[float] | None = None,
) -> Flag:
    """Declare a flag whose value is a number, whole or not.

    Parameters
    ----------
    name : str
    default : float or int
        None stands for no value.
    help : str, default=None
        What it is, for ``--help`` and the pages.
    choices : sequence of float, default=None
        The values that are allowed.

    Returns
    -------
    Flag
        For `flags`.

    Examples
    --------
    >>> from estimators.runs import flag_numeric, flags
    >>> flags(flag_numeric("layer1", 256), flag_numeric("dropout", 0.2), argv=["--dropout", ".1"])
    Flags(layer1=256, dropout=0.1)
    """
    return Flag(name, "numeric", default, help, choices and tuple(choices))


def flag_integer(
    name: str,
    default: int | None,
    help: str | None = None,
    *,
    choices: Sequence[int] | None = None,
) -> Flag:
    """Declare a flag whose value is a whole number.

    Parameters
    ----------
    name : str
    default : int
        None stands for no value.
    help : str, default=None
        What it is, for ``--help`` and the pages.
    choices : sequence of int, default=None
        The values that are allowed.

    Returns
    -------
    Flag
        For `flags`.

    Examples
    --------
    >>> from estimators.runs import flag_integer, flags
    >>> flags(flag_integer("epochs", 20), argv=["--epochs=1e2"]).epochs
    100
    """
    return Flag(name, "integer", default, help, choices and tuple(choices))


def flag_boolean(name: str, default: bool | None, help: str | None = None) -> Flag:
    """Declare a flag that is true or false.

    On the command line ``--shuffle`` stands for true, ``--no-shuffle`` for false.

    Parameters
    ----------
    name : str
    default : bool
        None stands for no value.
    help : str, default=None
        What it is, for ``--help`` and the pages.

    Returns
    -------
    Flag
        For `flags`.

    Examples
    --------
    >>> from estimators.runs import flag_boolean, flags
    >>> flags(flag_boolean("shuffle", True), argv=["--shuffle=no"]).shuffle
    False
    """
    return Flag(name, "boolean", default, help)


def flag_string(
    name: str,
    default: str | None,
    help: str | None = None,
    *,
    choices: Sequence[str] | None = None,
) -> Flag:
    """Declare a flag whose value is a text.

    Parameters
    ----------
    name : str
    default : str
        None stands for no value.
    help : str, default=None
        What it is, for ``--help`` and the pages.
    choices : sequence of str, default=None
        The values that are allowed.

    Returns
    -------
    Flag
        For `flags`.

    Examples
    --------
    >>> from estimators.runs import flag_string, flags
    >>> flags(flag_string("activ", "relu", choices=["relu", "tanh"]), argv=["--activ", "tanh"])
    Flags(activ='tanh')
    """
    return Flag(name, "string", default, help, choices and tuple(choices))


class _BooleanAction(argparse.BooleanOptionalAction):
    """``--shuffle``, ``--no-shuffle`` and ``--shuffle=false``."""

    def __init__(self, option_strings: Sequence[str], dest: str, nargs: Any, **rest: Any) -> None:
        super().__init__(option_strings, dest, **rest)
        self.nargs = nargs

    def __call__(self, parser: Any, space: Any, values: Any, option_string: Any = None) -> None:
        denied = option_string.startswith("--no-")
        setattr(space, self.dest, values if values is not None else not denied)


def _number(value: Any) -> float | int:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, str):
        text = value.strip()
        value = int(text) if text.lstrip("+-").isdigit() else float(text)
    if not isinstance(value, int | float):
        raise TypeError
    return value


def _integer(value: Any) -> int:
    number = _number(value)
    if not math.isfinite(number) or number != int(number):
        raise ValueError
    return int(number)


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        return _WORDS[value.strip().lower()]
    if value in (0, 1):
        return bool(value)
    raise TypeError


def _string(value: Any) -> str:
    # YAML reads `activ: no` as false; that was not meant for a text.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


_WORDS = {
    **dict.fromkeys(("true", "yes", "on", "1", "t", "y"), True),
    **dict.fromkeys(("false", "no", "off", "0", "f", "n"), False),
}
_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    **{"numeric": _number, "integer": _integer, "boolean": _boolean, "string": _string},
}
_EXAMPLES = {
    "numeric": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "string": "a text",
}
