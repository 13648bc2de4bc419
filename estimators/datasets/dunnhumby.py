"""A churn table made from dunnhumby's transaction files."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["prepare_dunnhumby_churn"]

CUSTOMER, DATE, SPEND = "CUST_CODE", "SHOP_DATE", "SPEND"
LABEL_DAYS = 14
PRODUCT_GROUPS = ("PROD_CODE", "PROD_CODE_10", "PROD_CODE_20", "PROD_CODE_30", "PROD_CODE_40")


def prepare_dunnhumby_churn(
    folder: str | os.PathLike[str],
    *,
    product_group: str = "PROD_CODE_20",
    weeks: int = 12,
) -> pd.DataFrame:
    """Who comes back in the next two weeks, from dunnhumby's transaction files.

    Download "Let's Get Sort-of-Real" from dunnhumby's source files and unpack it: the folder
    then holds a file ``transactions_YYYYWW.csv`` for every week. The last 14 days are what is
    predicted; the cut-off before them is the last date less 13 days. What a customer spent on each
    product group in each of the `weeks` before the cut-off is what it is predicted from.

    Parameters
    ----------
    folder : str or path-like
        Folder of the files ``transactions_*.csv``, which may be compressed. They are read from
        the newest back, and no further than needed.
    product_group : str, default="PROD_CODE_20"
        Level of the product hierarchy: ``"PROD_CODE"`` or ``"PROD_CODE_10"`` to ``"_40"``; the
        higher the number, the fewer the groups.
    weeks : int, default=12
        Weeks before the cut-off that become features. A week counts back from the cut-off.

    Returns
    -------
    pandas.DataFrame
        One row for each known customer who bought something in these weeks, indexed by
        ``CUST_CODE``: a float32 column ``<group>_week_<k>`` for each product group and week
        (``k=1`` is the week just before the cut-off), then ``returns``, 1 for a customer who
        bought something in the last 14 days and 0 for the others.

    Examples
    --------
    >>> from estimators.datasets import prepare_dunnhumby_churn
    >>> table = prepare_dunnhumby_churn("dunnhumby/in")  # doctest: +SKIP
    >>> table["returns"].mean()  # doctest: +SKIP
    """
    if product_group not in PRODUCT_GROUPS:
        raise ValueError(
            f"product_group={product_group!r} must be one of {', '.join(PRODUCT_GROUPS)}."
        )
    if weeks < 1:
        raise ValueError(f"weeks={weeks} must be at least 1.")
    sales, cut_off = _read_back(Path(folder).expanduser(), product_group, weeks)
    returned = sales.loc[sales[DATE] >= cut_off, CUSTOMER].unique()
    before = sales[sales[DATE] < cut_off]
    if before.empty:
        raise ValueError(
            f"The transactions in {folder} span no more than the last {LABEL_DAYS} days, "
            "which are the label; add the files of the weeks before."
        )
    table = _weekly_spend(before, product_group, (cut_off - before[DATE]).dt.days, weeks)
    table["returns"] = table.index.isin(returned).astype(np.int64)
    return table


def _read_back(folder: Path, group: str, weeks: int) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Daily spend of known customers in the feature weeks and the label days, and the cut-off."""
    parts: list[pd.DataFrame] = []
    last = start = pd.Timestamp.min
    for part in _files_newest_first(folder, group):
        last = max(last, part[DATE].max())
        start = last - pd.Timedelta(days=LABEL_DAYS - 1 + 7 * weeks)
        if part[DATE].max() < start:
            break
        parts.append(part.dropna(subset=[CUSTOMER]))
    if not any(map(len, parts)):
        raise ValueError(f"No transaction in {folder} has a {CUSTOMER}.")
    sales = pd.concat(parts, ignore_index=True)
    return sales[sales[DATE] >= start], last - pd.Timedelta(days=LABEL_DAYS - 1)


def _files_newest_first(folder: Path, group: str) -> Iterator[pd.DataFrame]:
    # The week is in the name, so that the order of the names is the order of time.
    paths = sorted(folder.glob("transactions_*.csv*"), reverse=True)
    if not paths:
        raise FileNotFoundError(
            f'No file transactions_*.csv in {folder}: download "Let\'s Get Sort-of-Real" from '
            "dunnhumby's source files, unpack it, and pass the folder of its csv files."
        )
    wanted = [DATE, SPEND, CUSTOMER, group]
    types = {DATE: str, SPEND: np.float64, CUSTOMER: str, group: str}
    for path in paths:
        try:
            rows = pd.read_csv(path, usecols=wanted, dtype=types)
            rows[DATE] = pd.to_datetime(rows[DATE], format="%Y%m%d")
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        if len(rows):
            # Unknown customers stay until here: their shopping, too, tells what the last date is.
            keys = [CUSTOMER, DATE, group]
            yield rows.groupby(keys, as_index=False, dropna=False)[SPEND].sum()


def _weekly_spend(
    sales: pd.DataFrame, group: str, days_before: pd.Series, weeks: int
) -> pd.DataFrame:
    row, customers = pd.factorize(sales[CUSTOMER], sort=True)
    column, groups = pd.factorize(sales[group], sort=True)
    known = column >= 0
    week = (days_before.to_numpy() - 1) // 7
    spend = np.zeros((len(customers), len(groups), weeks), dtype=np.float32)
    np.add.at(spend, (row[known], column[known], week[known]), sales[SPEND].to_numpy()[known])
    names = [f"{name}_week_{k + 1}" for name in groups for k in range(weeks)]
    index = pd.Index(customers, name=CUSTOMER)
    return pd.DataFrame(spend.reshape(len(customers), -1), index=index, columns=names)
