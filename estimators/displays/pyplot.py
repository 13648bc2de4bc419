"""matplotlib, which is imported when a plot is drawn, and the colours of right and wrong."""

from typing import Any

__all__ = ["RIGHT", "WRONG", "pyplot"]

RIGHT, WRONG = "#008800", "#bb0000"


def pyplot() -> Any:
    """Return the module ``matplotlib.pyplot``."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('Plots need matplotlib: pip install "keras-estimators[plot]".') from error
    return plt
