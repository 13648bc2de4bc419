"""Programs that XLA has compiled, kept on disk for the processes that come after.

XLA is told by environment variables, which TensorFlow reads with its first operation. They are set
when Keras is imported, and set back when the first network is compiled.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import sys
import threading
import warnings
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_cache_path

from estimators.engine.compiled.program_folder import (
    ForeignFolderError,
    opened,
    private_folder,
    tidied,
)

PROGRAM_CACHE_VARIABLE = "KERAS_ESTIMATORS_PROGRAM_CACHE"
_OFF = ("off", "0", "false", "no")
_MAX_BYTES = 256 << 20
_FLAGS = "TF_XLA_FLAGS"
# Holds the user's flags while ours stand beside them, for processes that are started meanwhile.
_SET_ASIDE = "KERAS_ESTIMATORS_TF_XLA_FLAGS"
_OWN_FLAGS = (
    "--tf_xla_persistent_cache_directory='{}'",
    "--tf_xla_persistent_cache_device_types=CPU",
)
# What changes how XLA compiles.
_VARIABLES = ("XLA_FLAGS", _FLAGS, "TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")


class _Choice(NamedTuple):
    folder: Path | None
    max_bytes: int
    is_named: bool


_choice: _Choice | None = None
_has_begun = False
_lock = threading.RLock()


def set_program_cache(
    folder: str | os.PathLike[str] | bool = True, *, max_bytes: int = _MAX_BYTES
) -> None:
    """Say whether and where compiled programs are kept for later processes.

    The first fit of a process compiles its network, which takes seconds; a later process finds the
    program on disk, half a megabyte or so, and trains at once, with the same bits. That is so
    without asking, in the cache folder of the user. The environment variable
    ``KERAS_ESTIMATORS_PROGRAM_CACHE`` says the same from outside: a folder, or ``off``.

    Parameters
    ----------
    folder : str, path-like or bool, default=True
        Where programs are kept: machine code, so that nobody else may be able to write there.
        True is the cache folder of the user, False keeps none.
    max_bytes : int, default=268435456
        Most bytes that all programs may take; the oldest go first.

    Raises
    ------
    RuntimeError
        Where this process has fitted or predicted already: XLA is told once.
    PermissionError
        For a folder that others may write to.
    ValueError
        For a file, and for what is no folder or no number of bytes.

    Notes
    -----
    Programs serve processes with the same versions of TensorFlow, Keras and this library, on the
    same kind of CPU; those for GPUs are not kept. Where ``TF_XLA_FLAGS`` names a folder, that one
    is used and nothing is looked after here. Nothing is kept where TensorFlow has run an operation
    before this library was imported.

    Examples
    --------
    In a process that has not fitted yet:

    >>> from estimators import set_program_cache
    >>> set_program_cache(False)  # doctest: +SKIP

    References
    ----------
    ``jax_compilation_cache_dir`` and ``jax_compilation_cache_max_size`` of JAX.
    """
    global _choice
    if folder == "" or not isinstance(folder, bool | str | os.PathLike):
        raise ValueError(f"folder={folder!r} names no folder; give a path, or True or False.")
    if not isinstance(max_bytes, int) or max_bytes < 0:
        raise ValueError(f"max_bytes={max_bytes!r} is no number of bytes; give one from 0 on.")
    with _lock:
        if _has_begun:
            raise RuntimeError(
                "This process has compiled programs already, and XLA is told once where to keep "
                "them; call set_program_cache before the first fit, or set "
                f"{PROGRAM_CACHE_VARIABLE}."
            )
        place = None
        if folder is not False:
            place = private_folder(_own_folder() if folder is True else _absolute(folder))
        _choice = _Choice(place, max_bytes, is_named=True)
        if "keras" in sys.modules:
            announce()


def announce() -> None:
    """Set the variables that name the folder to XLA, beside the flags that are set."""
    with _lock:
        if _has_begun:
            return
        _set_back()
        choice = _choice or _choice_from_outside()
        given = os.environ.get(_FLAGS, "")
        if choice.folder is None or "tf_xla_persistent_cache" in given:
            return
        try:
            root = private_folder(choice.folder)
            folder = opened(root, _key(), choice.max_bytes)
        except (OSError, ValueError) as error:
            # A home that cannot be written to is nothing to tell of; a stranger's folder is.
            if choice.is_named or isinstance(error, ForeignFolderError):
                warnings.warn(f"Compiled programs are not kept: {error}", stacklevel=2)
            return
        if folder is None or "'" in str(folder):
            return
        os.environ[_SET_ASIDE] = given
        own = [flag.format(folder) for flag in _OWN_FLAGS]
        os.environ[_FLAGS] = " ".join(filter(None, (given, *own)))
        atexit.register(partial(_tidy, root, folder, choice.max_bytes))


def begin() -> None:
    """Let TensorFlow read the variables, if it has not yet, and set them back."""
    global _has_begun
    if _has_begun:
        return
    with _lock:
        import tensorflow as tf

        tf.config.list_logical_devices()
        _set_back()
        _has_begun = True


def _set_back() -> None:
    given = os.environ.pop(_SET_ASIDE, None)
    if given:
        os.environ[_FLAGS] = given
    elif given is not None:
        os.environ.pop(_FLAGS, None)


def _tidy(root: Path, folder: Path, max_bytes: int) -> None:
    if folder.is_dir():
        tidied(root, folder, max_bytes)


def _choice_from_outside() -> _Choice:
    given = os.environ.get(PROGRAM_CACHE_VARIABLE, "")
    if given.lower() in _OFF:
        return _Choice(None, _MAX_BYTES, is_named=True)
    return _Choice(_absolute(given) if given else _own_folder(), _MAX_BYTES, is_named=bool(given))


def _own_folder() -> Path:
    own = user_cache_path("keras-estimators", appauthor=False, opinion=False)
    return own / "programs"


def _absolute(folder: str | os.PathLike[str]) -> Path:
    return Path(folder).expanduser().absolute()


def _key() -> str:
    """Return a digest of all that a program depends on beside what it was compiled from.

    Without asking TensorFlow for its settings, which would let it read the variables.
    """
    import keras
    import tensorflow as tf

    try:
        own = version("keras-estimators")
    except PackageNotFoundError:
        own = "-"
    parts = [own, tf.__version__, tf.version.GIT_VERSION, keras.__version__]
    parts += [platform.system(), platform.machine(), _cpu(), str(os.cpu_count())]
    parts += [f"{name}={os.environ.get(name)}" for name in _VARIABLES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _cpu() -> str:
    """Return the kind of the CPU and what it can do."""
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return platform.processor()
    first = path.read_text(errors="replace").split("\n\n")[0].splitlines()
    wanted = ("model name", "flags", "Features", "CPU part", "CPU variant")
    return "\n".join(line for line in first if line.startswith(wanted))
