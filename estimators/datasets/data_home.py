"""Where downloaded tables are kept, and how a file gets there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["DATA_HOME_VARIABLE", "get_data_home", "replacing"]

DATA_HOME_VARIABLE = "KERAS_ESTIMATORS_DATA"


def get_data_home(data_home: str | os.PathLike[str] | None = None) -> Path:
    """Folder in which downloaded tables are kept.

    The first of these that is set: the argument, the environment variable
    ``KERAS_ESTIMATORS_DATA``, the cache folder of the user. It is created when something is
    first written to it.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder to use, whatever the environment says. ``~`` is the home folder.

    Returns
    -------
    pathlib.Path
        The folder, absolute.

    Examples
    --------
    >>> from estimators.datasets import get_data_home
    >>> get_data_home("/srv/tables").name
    'tables'
    """
    chosen = (
        data_home
        or os.environ.get(DATA_HOME_VARIABLE)
        or user_cache_path("keras-estimators", appauthor=False, opinion=False)
    )
    return Path(chosen).expanduser().absolute()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place when the block ends well.

    A reader sees the old file or the new one, never a part; after an error neither the temporary
    file nor a part of it is left.

    Parameters
    ----------
    path : pathlib.Path
        The file to write. Missing parent folders are created.

    Yields
    ------
    pathlib.Path
        Where to write in the meantime, with the same suffixes.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.datasets.data_home import replacing
    >>> target = Path(tempfile.mkdtemp()) / "table.csv"
    >>> with replacing(target) as temporary:
    ...     _ = temporary.write_text("a,b")
    >>> target.read_text()
    'a,b'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not mkstemp: it would leave a file that nobody else who shares the folder can read.
    temporary = path.with_name(f".{secrets.token_hex(8)}.{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
