"""matplotlib, which is imported when a plot is drawn."""

from typing import Any

__all__ = ["pyplot"]


def pyplot() -> Any:
    """Return the module ``matplotlib.pyplot``.

    Raises
    ------
    ImportError
        Where matplotlib is missing.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('Plots need matplotlib: pip install "keras-estimators[plot]".') from error
    return plt
