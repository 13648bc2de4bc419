"""Points along a straight line, for a first regression whose answer is known."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

__all__ = ["make_linear"]


def make_linear(
    n: int = 50_000,
    random_state: int | np.random.RandomState | None = None,
    *,
    return_X_y: bool = False,
) -> Any:
    """Make points near the line ``y = 0.8 + 1.3 x``.

    ``x`` is uniform between 0 and 1. Every point has an intercept of its own, normal with mean
    0.8 and standard deviation 0.04, and a slope of its own, normal with mean 1.3 and standard
    deviation 0.05.

    Parameters
    ----------
    n : int, default=50_000
        Number of points.
    random_state : int, RandomState instance or None, default=None
        An int gives the same points every time.
    return_X_y : bool, default=False
        Give ``(X, y)``, a table with the column ``x`` and a series, instead of one table.

    Returns
    -------
    pandas.DataFrame or tuple of (pandas.DataFrame, pandas.Series)
        The columns ``x`` and ``y``.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.datasets import make_linear
    >>> line = make_linear(random_state=0)
    >>> slope, intercept = np.polyfit(line["x"], line["y"], 1)
    >>> bool(abs(slope - 1.3) < 0.01), bool(abs(intercept - 0.8) < 0.01)
    (True, True)
    """
    if n < 1:
        raise ValueError(f"n={n} must be at least 1.")
    random = check_random_state(random_state)
    x = random.uniform(size=n)
    y = random.normal(0.8, 0.04, size=n) + x * random.normal(1.3, 0.05, size=n)
    table = pd.DataFrame({"x": x, "y": y})
    return (table[["x"]], table["y"]) if return_X_y else table
