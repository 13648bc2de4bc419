"""Values of flags in a YAML or TOML file, in profiles."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

__all__ = ["PROFILE_VARIABLE", "read_profile"]

PROFILE_VARIABLE = "KERAS_ESTIMATORS_PROFILE"
_FILES = ("flags.yml", "flags.yaml", "flags.toml")
_DEFAULT = "default"


def read_profile(file: str | os.PathLike[str] | None, profile: str | None) -> dict[str, Any]:
    """Return the values that a file has for a profile.

    Parameters
    ----------
    file : str or path-like, or None
        None looks for ``flags.yml``, ``flags.yaml`` and ``flags.toml`` in the working directory.
    profile : str or None
        None stands for ``default``.

    Returns
    -------
    dict
        Those at the top of the file, those under ``default``, those of the profile; a later one
        comes before an earlier one.

    Raises
    ------
    ValueError
        Where the file or the profile cannot be found or read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.runs.scripts.flag_profiles import read_profile
    >>> path = Path(tempfile.mkdtemp()) / "flags.yml"
    >>> _ = path.write_text("epochs: 20\\nlarge:\\n  layer1: 512\\n")
    >>> read_profile(path, "large")
    {'epochs': 20, 'layer1': 512}
    """
    path = Path(file) if file is not None else next(filter(Path.exists, map(Path, _FILES)), None)
    if path is None:
        if profile not in (None, _DEFAULT):
            raise ValueError(
                f"profile={profile!r} was asked for, but there is no {' or '.join(_FILES)} in "
                f"{Path.cwd()}."
            )
        return {}
    document = _read(path)
    profiles = {name: value for name, value in document.items() if isinstance(value, dict)}
    wanted = profile or _DEFAULT
    if wanted not in profiles and profile not in (None, _DEFAULT):
        raise ValueError(
            f"{path} has no profile {profile!r}; it has {', '.join(profiles) or 'none'}."
        )
    top = {name: value for name, value in document.items() if name not in profiles}
    return top | profiles.get(_DEFAULT, {}) | profiles.get(wanted, {})


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"The file of flags {path} cannot be read: {error.strerror}.") from error
    try:
        found = tomllib.loads(text) if path.suffix == ".toml" else _parse_yaml(text)
    except ValueError as error:
        raise ValueError(f"The file of flags {path} cannot be read: {error}.") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError(
            f"The file of flags {path} holds a {type(found).__name__}; write names and values, "
            "'layer1: 256'."
        )
    return found


def _parse_yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise ImportError(
            "YAML files need PyYAML; install it with `pip install keras-estimators[runs]`, or "
            "write the flags in a .toml file."
        ) from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
