"""Where downloaded tables are kept."""

import os
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["DATA_HOME_VARIABLE", "get_data_home"]

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
