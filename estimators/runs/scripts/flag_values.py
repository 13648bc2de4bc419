"""Flags: the few values of a training script that change from run to run.

A flag's value is the first of these that is given: what the run was started with, the command line,
a profile in a file, the default it was declared with.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from estimators.runs.directory.documents import write_json
from estimators.runs.recording.run_stack import current_run
from estimators.runs.scripts.flag_profiles import PROFILE_VARIABLE, read_profile
from estimators.runs.scripts.flag_types import Flag

__all__ = ["Flags", "flags"]


class Flags(Mapping):
    """The values of flags, as attributes and as a mapping.

    Parameters
    ----------
    values : mapping of str to value

    Examples
    --------
    >>> from estimators.runs import flag_integer, flags
    >>> FLAGS = flags(flag_integer("layer1", 256), argv=["--layer1", "128"])
    >>> FLAGS.layer1, FLAGS["layer1"], dict(FLAGS)
    (128, 128, {'layer1': 128})
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._values:
            known = ", ".join(vars(self).get("_values", ())) or "none"
            raise AttributeError(f"There is no flag {name!r}; declared are {known}.")
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self._values]

    def __repr__(self) -> str:
        return f"Flags({', '.join(f'{name}={value!r}' for name, value in self.items())})"


def flags(
    *declared: Flag,
    profile: str | None = None,
    file: str | os.PathLike[str] | None = None,
    argv: Sequence[str] | None = None,
) -> Flags:
    """Declare the flags of a script and return their values.

    Parameters
    ----------
    *declared : Flag
        Of `flag_numeric`, `flag_integer`, `flag_boolean` and `flag_string`.
    profile : str, default=None
        Name of the profile to take from `file`; by default the one that ``training_run(profile=)``
        or the environment variable ``KERAS_ESTIMATORS_PROFILE`` names, or else ``default``.
    file : str or path-like, default=None
        A YAML or TOML file of values: those at its top and under ``default`` hold for every
        profile, those under another name for the profile of that name. By default ``flags.yml``,
        ``flags.yaml`` or ``flags.toml`` in the working directory, where there is one.
    argv : sequence of str, default=None
        ``--layer1 128`` or ``--layer1=128``; the command line of the script by default.

    Returns
    -------
    Flags

    Raises
    ------
    ValueError
        For a value of a flag that is not declared, or that is not of its type.

    See Also
    --------
    training_run : Runs a script with values for its flags.

    References
    ----------
    ``tfruns::flags``.

    Examples
    --------
    >>> from estimators.runs import flag_boolean, flag_numeric, flag_string, flags
    >>> flags(
    ...     flag_numeric("dropout", 0.2, "share of the units to drop"),
    ...     flag_string("activ", "relu", choices=["relu", "tanh"]),
    ...     flag_boolean("shuffle", True),
    ...     argv=["--dropout=0.1", "--no-shuffle"],
    ... )
    Flags(dropout=0.1, activ='relu', shuffle=False)
    """
    known = _by_name(declared)
    run = current_run()
    given = {} if run is None else run.given
    profile = profile or os.environ.get(PROFILE_VARIABLE)
    sources = {
        f"The file {file or 'of flags'}": read_profile(file, profile),
        "The command line": _parsed(declared, _command_line() if argv is None else argv),
        "The run": given,
    }
    values = {name: flag.default for name, flag in known.items()}
    for where, found in sources.items():
        values |= {name: _converted(known, name, found[name], where) for name in found}
    if run is not None:
        written = {"values": values, "declared": [flag.describe() for flag in declared]}
        write_json(run.dir / "flags.json", written | {"given": given})
        run.has_read_flags = True
    return Flags(values)


def _by_name(declared: Iterable[Flag]) -> dict[str, Flag]:
    known: dict[str, Flag] = {}
    for flag in declared:
        if not isinstance(flag, Flag):
            raise TypeError(
                f"flags() was given {flag!r}; give flag_numeric(), flag_integer(), flag_boolean() "
                "or flag_string()."
            )
        if flag.name in known:
            raise ValueError(f"The flag {flag.name!r} is declared twice; declare it once.")
        known[flag.name] = flag
    return known


def _converted(known: Mapping[str, Flag], name: str, value: Any, where: str) -> Any:
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else _declared(known)
        raise ValueError(f"{where} gives the flag {name!r}, which is not declared; {hint}")
    return known[name].convert(value, where)


def _declared(known: Iterable[str]) -> str:
    return f"declared are {', '.join(known) or 'none'}."


class _Parser(argparse.ArgumentParser):
    """Raises what it would print before it ended the process."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"The command line cannot be read: {message}.")


def _parsed(declared: Sequence[Flag], argv: Sequence[str]) -> dict[str, Any]:
    """Return what the command line gives, as text; ``--help`` prints the flags and ends."""
    parser = _Parser(allow_abbrev=False, argument_default=argparse.SUPPRESS)
    for flag in declared:
        names = dict.fromkeys(f"--{name}" for name in (flag.name, flag.name.replace("_", "-")))
        parser.add_argument(*names, dest=flag.name, **flag.argument())
    values, rest = parser.parse_known_args(list(argv))
    if rest:
        raise ValueError(
            f"The command line gives {rest[0]!r}, which is not declared; "
            f"{_declared(flag.name for flag in declared)}"
        )
    return vars(values)


def _command_line() -> list[str]:
    """Return the script's arguments; those of a notebook's kernel are nobody's flags."""
    program = os.path.basename(sys.argv[0]) if sys.argv else ""
    return [] if program == "ipykernel_launcher.py" else sys.argv[1:]
