"""Boston Housing, embedded, with the split that Keras made familiar."""

from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["load_boston_housing"]

TARGET = "label"


def load_boston_housing(
    *, test_split: float = 0.2, seed: int = 113, return_X_y: bool = False
) -> tuple[Any, Any]:
    """Boston Housing: 506 census tracts of 1970, the median price of a home in each.

    Rows and split are those of ``keras.datasets.boston_housing.load_data``, nothing is downloaded.
    The columns ``CRIM, ZN, INDUS, CHAS, NOX, RM, AGE, DIS, RAD, TAX, PTRATIO, B, LSTAT`` are
    floats; ``label`` is the price in thousands of dollars.

    Parameters
    ----------
    test_split : float, default=0.2
        Share of the rows that goes into the test table, from 0 up to, not including, 1.
    seed : int, default=113
        Seed of the shuffle before the split.
    return_X_y : bool, default=False
        Give ``(X_train, y_train), (X_test, y_test)`` instead of two tables.

    Returns
    -------
    train : pandas.DataFrame or tuple of (pandas.DataFrame, pandas.Series)
        The first 404 rows after the shuffle, with the default split.
    test : pandas.DataFrame or tuple of (pandas.DataFrame, pandas.Series)
        The 102 rows that are left.

    Notes
    -----
    Column ``B`` encodes an assumption about race and prices; use the table to compare with
    what has been published on it, not to learn anything about housing. Source: Harrison and
    Rubinfeld, Hedonic prices and the demand for clean air, 1978.

    Examples
    --------
    >>> from estimators.datasets import load_boston_housing
    >>> train, test = load_boston_housing()
    >>> train.shape, test.shape
    ((404, 14), (102, 14))
    >>> train["label"].head(4).tolist()
    [15.2, 42.3, 50.0, 21.1]
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split={test_split} must be at least 0 and less than 1.")
    source = files("estimators.datasets") / "data" / "boston_housing.csv"
    with source.open(encoding="utf-8") as stream:
        columns = stream.readline().strip().split(",")
        table = pd.DataFrame(np.loadtxt(stream, delimiter=","), columns=columns)
    order = np.arange(len(table))
    # The legacy generator is the point: no other makes Keras's split.
    np.random.RandomState(seed).shuffle(order)  # noqa: NPY002
    n_train = int(len(table) * (1 - test_split))
    parts = (order[:n_train], order[n_train:])
    train, test = (table.iloc[part].reset_index(drop=True) for part in parts)
    if return_X_y:
        return tuple((part.drop(columns=TARGET), part[TARGET]) for part in (train, test))
    return train, test
