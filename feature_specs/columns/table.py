"""Columns of any table, as the arrays that encoders take, with errors that name the column."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from numbers import Integral
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy.sparse import issparse

from feature_specs.columns.column_info import (
    ColumnInfo,
    in_seconds,
    infer_columns,
    is_missing_cell,
    is_timedelta,
)
from feature_specs.columns.did_you_mean import nearest_name
from feature_specs.columns.values.category_values import (
    MISSING_TEXT,
    category_texts,
)
from feature_specs.columns.values.constant_columns import (
    chosen_columns,
    constant_positions,
    is_constant,
)
from feature_specs.columns.values.moments import Moments
from feature_specs.columns.values.row_pieces import map_pieces

_NO_NUMBERS = (str, date, timedelta, np.datetime64, np.timedelta64)


def is_table(X: Any) -> bool:
    """Return whether `X` has named columns: a DataFrame, an Arrow table or a dict of columns."""
    if issparse(X):
        return False
    return hasattr(X, "columns") or hasattr(X, "column_names") or isinstance(X, dict)


def holds_text_or_times(X: Any) -> bool:
    """Return whether `X` is an array with text, moments or durations in it."""
    dtype = getattr(X, "dtype", None)
    if issparse(X) or dtype is None or dtype.kind not in "OUTmM":
        return False
    return dtype.kind != "O" or any(isinstance(cell, _NO_NUMBERS) for cell in np.ravel(X))


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
    are_texts = isinstance(frame.columns.dtype, pd.StringDtype) and not frame.columns.hasnans
    if not are_texts and not all(isinstance(name, str) for name in frame.columns):
        frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    dtypes = frame.dtypes
    if any(map(_is_dictionary, dtypes.to_numpy())):
        dictionaries = [name for name, dtype in dtypes.items() if _is_dictionary(dtype)]
        frame = frame.assign(**{name: _categorical(frame[name]) for name in dictionaries})
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()]
        raise ValueError(f"Column {twice[0]!r} stands twice in the table; rename one of the two.")
    return frame


def _is_dictionary(dtype: Any) -> bool:
    arrow_dtype = getattr(dtype, "pyarrow_dtype", None)
    return arrow_dtype is not None and str(arrow_dtype).startswith("dictionary")


def _categorical(column: pd.Series) -> pd.Series:
    """Return a dictionary of Arrow as the categories of pandas, with its order."""
    return pd.Series(column.array.__arrow_array__().to_pandas().array, column.index)


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
    given, names = frame.columns.tolist(), list(names)
    if given == names:
        return frame
    present, known = set(given), set(names)
    for name in names:
        if name not in present:
            unknown = [other for other in given if other not in known]
            other = nearest_name(name, unknown)
            cure = "add it" if other is None else f"rename {other!r}"
            raise ValueError(f"Column {name!r}, seen at fit, is missing in the table; {cure}.")
    if len(present) > len(known) and not ignore_others:
        unknown = next(name for name in given if name not in known)
        raise ValueError(f"Column {unknown!r} was not seen at fit; leave it out of the table.")
    return frame[names]


class Table:
    """Reads the columns of a DataFrame by kind; an all-numeric array is read without one.

    Parameters
    ----------
    X : DataFrame or ndarray of numbers
    names : sequence of str, optional
        Names of an array's columns; x0, x1 and so on by default.

    Attributes
    ----------
    beyond_fit : dict of str to (float, list of int)
        Columns with years beyond those of the fit, noted as they are encoded: the share of their
        rows, and the first and last year of the fit.
    """

    def __init__(self, X: pd.DataFrame | np.ndarray, names: Sequence[str] | None = None) -> None:
        self._X = X
        self._positions: dict[str, int] = {}
        self._read: dict[Any, Any] | None = None
        self.beyond_fit: dict[str, tuple[float, list[int]]] = {}
        if not isinstance(X, pd.DataFrame):
            names = [f"x{i}" for i in range(X.shape[1])] if names is None else names
            self._positions = {name: i for i, name in enumerate(names)}

    def remembering(self) -> Table:
        """Return the table, which from now on keeps what it has read, for several readers."""
        self._read = {}
        return self

    def once(self, what: Hashable, read: Callable[[], Any]) -> Any:
        """Return what `read` returns, or returned before where the table remembers."""
        if self._read is None:
            return read()
        if what not in self._read:
            self._read[what] = read()
        return self._read[what]

    def infos(self) -> list[ColumnInfo]:
        """Return name, kind and dtype of every column."""
        return list(self._infos)

    @cached_property
    def _infos(self) -> list[ColumnInfo]:
        if not self._positions:
            return infer_columns(self._X)
        dtype = str(self._X.dtype)
        return [ColumnInfo(name, "numeric", dtype) for name in self._positions]

    @property
    def is_array(self) -> bool:
        """Whether the columns are those of an array of numbers."""
        return bool(self._positions)

    def constant_columns(self) -> list[str]:
        """Return the columns that hold one value in every row, where missing is a value too."""
        if self._positions:
            names = list(self._positions)
            return [names[i] for i in constant_positions(self._X)]
        return [info.name for info in self.infos() if is_constant(self._X[info.name], info)]

    def taken(self, rows: np.ndarray) -> Table:
        """Return the rows of these numbers."""
        if self._positions:
            return Table(self._X[rows], list(self._positions))
        return Table(self._X.iloc[rows])

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
        for. Durations are seconds.

        Raises
        ------
        ValueError
            For text or infinity.
        """
        # Laid out as if the array had no other columns: sums depend on it in their last bits.
        return self.once(
            ("numbers", *names), lambda: chosen_columns(*self.numbers_among(names)[:2])
        )

    def numbers_among(self, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray, bool]:
        """Return what `numbers` does with other columns beside, and the places of the wanted.

        And whether values may be missing. Of an array nothing is copied where most is wanted.

        Raises
        ------
        ValueError
            For text or infinity.
        """
        if self._positions:
            block = self._X
            places = np.array([self._positions[name] for name in names], np.intp)
            # All that is returned is looked at: a few columns are taken out before.
            if 2 * len(places) < block.shape[1]:
                block, places = chosen_columns(block, places), np.arange(len(places))
        else:
            block, places = self.once(("floats", *names), lambda: self._floats(names))
        return block, places, _check_finite(block, places, names)

    def _floats(self, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        block = np.empty((len(self), len(names)))
        places = {name: place for place, name in enumerate(self._X.columns.tolist())}
        for i, name in enumerate(names):
            plain = _plain_numbers(self._X, places[name])
            block[:, i] = floats_of(self._X[name], name) if plain is None else plain
        return block, np.arange(len(names))

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

    def few_texts(self, name: str) -> np.ndarray | None:
        """Return a column of strings as an array, where it is quickly had; None for any other."""
        return None

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

    def moments(self, name: str) -> Moments:
        """Return a column of dates, of texts that tell them, or of numbers from 1970 on."""
        return Moments(self.column(name), name)


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


def _plain_numbers(frame: pd.DataFrame, place: int) -> np.ndarray | None:
    """Return a column that is an array of numbers, None for others.

    For a row it takes a tenth of the way through a Series, which is the only public one.
    """
    array_of = getattr(frame, "_get_column_array", None)
    column = None if array_of is None else array_of(place)
    return column if isinstance(column, np.ndarray) and column.dtype.kind in "fiub" else None


def floats_of(column: pd.Series, name: str) -> np.ndarray:
    """Return a column of numbers, durations or numbers in texts as float64, missing ones as NaN.

    Raises
    ------
    ValueError
        For a cell that tells no number.
    """
    if is_timedelta(column):
        return in_seconds(column).to_numpy()
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        return _numbers_in_texts(column, name)


def _numbers_in_texts(column: pd.Series, name: str) -> np.ndarray:
    """Return numbers that are written as texts, blank ones as NaN."""
    # Lists and dictionaries have no hash; they are told as the texts that they would be.
    cells = column.map(lambda cell: cell if isinstance(cell, Hashable) else repr(cell))
    codes, distinct = pd.factorize(cells)
    numbers = np.full(len(distinct) + 1, np.nan)
    for i, cell in enumerate(distinct):
        is_text = isinstance(cell, str)
        try:
            numbers[i] = float(cell) if not is_text or cell.strip() else np.nan
        except (ValueError, TypeError):
            row = int(np.argmax(codes == i))
            raise ValueError(
                f"Column {name!r} holds values that are no numbers where numbers are needed, such "
                f"as {cell!r} in row {row}; correct them or leave them missing."
            ) from None
    return numbers[codes]


def _check_finite(block: np.ndarray, places: np.ndarray, names: Sequence[str]) -> bool:
    """Return whether cells may be NaN; refuse infinite ones."""
    if block.dtype.kind != "f" or len(block) == 0:
        return False

    def look_at(rows: slice) -> tuple[bool, tuple[int, int] | None]:
        """Return whether a cell is not finite, and the place of an infinite one."""
        # One pass finds a possible culprit; only then are the cells looked at one by one.
        with np.errstate(invalid="ignore", over="ignore"):
            if np.isfinite(np.sum(block[rows], dtype=np.float64)):
                return False, None
        infinite = np.isinf(chosen_columns(block[rows], places))
        if not infinite.any():
            return True, None
        row, column = np.argwhere(infinite)[0]
        return True, (rows.start + row, column)

    looks = map_pieces(look_at, block.shape)
    for _, place in looks:
        if place is not None:
            row, column = place
            raise ValueError(
                f"Input X contains infinity: column {names[column]!r}, row {row}; replace it by "
                "NaN or a number."
            )
    return any(is_doubtful for is_doubtful, _ in looks)
