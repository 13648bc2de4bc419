"""Columns of any table, as the arrays that encoders take, with errors that name the column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy.sparse import issparse

from feature_specs.columns.category_values import MISSING_INTEGER, MISSING_TEXT, category_texts
from feature_specs.columns.column_info import ColumnInfo, infer_columns, is_missing_cell
from feature_specs.columns.did_you_mean import nearest_name


def is_table(X: Any) -> bool:
    """Return whether `X` has named columns: a DataFrame, an Arrow table or a dict of columns."""
    if issparse(X):
        return False
    return hasattr(X, "columns") or hasattr(X, "column_names") or isinstance(X, dict)


def holds_text(X: Any) -> bool:
    """Return whether `X` is an array with text in it."""
    dtype = getattr(X, "dtype", None)
    if issparse(X) or dtype is None or dtype.kind not in "OUT":
        return False
    return dtype.kind != "O" or any(isinstance(cell, str) for cell in np.ravel(X))


def as_frame(X: Any) -> pd.DataFrame:
    """Return a table of pandas, polars or Arrow, a dict of columns, or an array as a DataFrame.

    Parameters
    ----------
    X : DataFrame, Arrow table, dict of columns or 2-D array

    Returns
    -------
    pandas.DataFrame
        Columns of an array are called x0, x1 and so on.

    Raises
    ------
    ValueError
        For a duplicated column name.
    """
    if isinstance(X, pd.DataFrame):
        frame = X
    elif isinstance(X, dict):
        frame = pd.DataFrame(X)
        _undo_rounding(frame, {n: c for n, c in X.items() if isinstance(c, list | tuple)})
    elif is_table(X):
        table = nw.from_native(X, eager_only=True)
        frame = table.to_pandas()
        _undo_rounding(frame, {n: table[n] for n, d in table.schema.items() if _is_whole(d)})
    else:
        X = np.asarray(X)
        names = [f"x{i}" for i in range(X.shape[1])]
        given = pd.DataFrame(X, columns=names, copy=False)
        frame = given.infer_objects()
        _undo_rounding(frame, {n: c for n, c in given.items() if c.dtype == object})
    if not all(isinstance(name, str) for name in frame.columns):
        frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(f"Column {twice[0]!r} stands twice in the table; rename one of the two.")
    return frame


def _undo_rounding(frame: pd.DataFrame, cells: Mapping[str, Iterable]) -> None:
    """Put whole numbers back of which pandas made floats that do not hold them, for a gap."""
    for name, column in cells.items():
        if _may_be_rounded(frame[name]):
            column = column.to_list() if hasattr(column, "to_list") else column
            exact = pd.Series(column, frame.index, object)
            frame[name] = exact if exact.map(_holds_whole).any() else frame[name]


def _may_be_rounded(column: pd.Series) -> bool:
    if column.dtype == object:
        floats = (c for c in column if isinstance(c, np.ndarray) and c.dtype.kind == "f")
        return any((np.abs(cell) >= 2**53).any() for cell in floats)
    return column.dtype.kind == "f" and bool((column.abs() >= 2**53).any())


def _holds_whole(cell: Any) -> bool:
    return any(map(_holds_whole, cell)) if isinstance(cell, list) else isinstance(cell, Integral)


def _is_whole(dtype: nw.dtypes.DType) -> bool:
    return _is_whole(dtype.inner) if hasattr(dtype, "inner") else dtype.is_integer()


def match_columns(
    frame: pd.DataFrame, names: Sequence[str], *, ignore_others: bool = False
) -> pd.DataFrame:
    """Return the columns called `names`, in this order.

    Parameters
    ----------
    frame : DataFrame
    names : sequence of str
        Columns seen at fit.
    ignore_others : bool
        Whether the table may have other columns.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        For a column that is missing, or that was not there at fit.
    """
    present, known = set(frame.columns), set(names)
    for name in names:
        if name not in present:
            unknown = [other for other in frame.columns if other not in known]
            other = nearest_name(name, unknown)
            cure = "add it" if other is None else f"rename {other!r}"
            raise ValueError(f"Column {name!r}, seen at fit, is missing in the table; {cure}.")
    if len(present) > len(known) and not ignore_others:
        unknown = next(name for name in frame.columns if name not in known)
        raise ValueError(f"Column {unknown!r} was not seen at fit; leave it out of the table.")
    return frame if list(frame.columns) == list(names) else frame[list(names)]


class Table:
    """Reads the columns of a DataFrame by kind; an all-numeric array is read without one.

    Parameters
    ----------
    X : DataFrame or ndarray of numbers
    names : sequence of str, optional
        Names of an array's columns; x0, x1 and so on by default.
    """

    def __init__(self, X: pd.DataFrame | np.ndarray, names: Sequence[str] | None = None) -> None:
        self._X = X
        self._positions: dict[str, int] = {}
        if not isinstance(X, pd.DataFrame):
            names = [f"x{i}" for i in range(X.shape[1])] if names is None else names
            self._positions = {name: i for i, name in enumerate(names)}

    def infos(self) -> list[ColumnInfo]:
        """Return name, kind and dtype of every column."""
        if not self._positions:
            return infer_columns(self._X)
        return [ColumnInfo(name, "numeric", str(self._X.dtype)) for name in self._positions]

    def __len__(self) -> int:
        return len(self._X)

    def column(self, name: str) -> pd.Series:
        """Return a column as pandas has it."""
        if self._positions:
            return pd.Series(self._X[:, self._positions[name]])
        return self._X[name]

    def numbers(self, names: Sequence[str]) -> np.ndarray:
        """Return columns as one array of shape (rows, columns), missing values as NaN.

        An array of numbers is returned in its own dtype, not copied where all columns are asked
        for.

        Raises
        ------
        ValueError
            For text or infinity.
        """
        if self._positions:
            wanted = [self._positions[name] for name in names]
            block = self._X if wanted == list(range(self._X.shape[1])) else self._X[:, wanted]
        else:
            block = np.empty((len(self), len(names)))
            for i, name in enumerate(names):
                block[:, i] = _floats(self._X[name], name)
        _check_finite(block, names)
        return block

    def texts(self, name: str) -> pd.Series:
        """Return a column of strings, missing values and empty strings as pandas has them.

        Raises
        ------
        ValueError
            For a cell that is no string.
        """
        column = self.column(name)
        is_category = isinstance(column.dtype, pd.CategoricalDtype)
        return category_texts(column, f"Column {name!r}", others=is_category)

    def plain_texts(self, name: str) -> list[str]:
        """Return a column of strings as a list, missing values as empty strings.

        Raises
        ------
        ValueError
            For a cell that is no string, or none that Unicode knows.
        """
        texts = self.texts(name).astype(object)
        missing = texts.isna()
        texts = (texts.mask(missing, MISSING_TEXT) if missing.any() else texts).tolist()
        try:
            "".join(texts).encode()
        except UnicodeEncodeError:
            row = next(i for i, text in enumerate(texts) if not is_unicode(text))
            raise ValueError(
                f"Column {name!r} holds a text in row {row} that is no valid Unicode; read it with "
                "the right encoding, or with errors='replace'."
            ) from None
        return texts

    def lists(self, name: str) -> tuple[pd.Series, np.ndarray]:
        """Return the cells' entries one after the other, as they are, and how many each has."""
        cells = [() if is_missing_cell(cell) else list(cell) for cell in self.column(name)]
        lengths = np.fromiter(map(len, cells), dtype=np.int64, count=len(cells))
        # As objects: pandas would make floats of whole numbers with a gap among them.
        return pd.Series([entry for cell in cells for entry in cell], dtype=object), lengths

    def seconds(self, name: str) -> np.ndarray:
        """Return moments as whole seconds since 1970, missing ones as the smallest int64.

        Raises
        ------
        ValueError
            For a column that holds no dates.
        """
        column = self.column(name)
        if not pd.api.types.is_datetime64_any_dtype(column.dtype):
            try:
                column = pd.to_datetime(column)
            except (ValueError, TypeError) as error:
                raise ValueError(
                    f"Column {name!r} holds no dates; convert it with pandas.to_datetime."
                ) from error
        if getattr(column.dtype, "tz", None) is not None:
            column = column.dt.tz_localize(None)
        missing = column.isna().to_numpy()
        seconds = column.to_numpy("datetime64[s]").astype(np.int64)
        return np.where(missing, MISSING_INTEGER, seconds)


def missing_everywhere(name: str) -> ValueError:
    """Return the error for a column without a single value."""
    return ValueError(
        f"Column {name!r} is missing in every row; drop it, for example with `- name` in the "
        "formula."
    )


def is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _floats(column: pd.Series, name: str) -> np.ndarray:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        texts = [v for v in column.dropna() if not isinstance(v, int | float | np.number)]
        example = f" ({texts[0]!r})" if texts else ""
        raise ValueError(
            f"Column {name!r} holds values{example} that are no numbers where numbers are needed; "
            "convert it with pandas.to_numeric."
        ) from None


def _check_finite(block: np.ndarray, names: Sequence[str]) -> None:
    if block.dtype.kind != "f" or len(block) == 0:
        return
    # One pass finds a possible culprit; only then are the cells looked at one by one.
    with np.errstate(invalid="ignore", over="ignore"):
        if np.isfinite(np.sum(block, dtype=np.float64)):
            return
    rows, columns = np.nonzero(np.isinf(block))
    if len(rows):
        raise ValueError(
            f"Input X contains infinity: column {names[columns[0]]!r}, row {rows[0]}; replace it "
            "by NaN or a number."
        )
