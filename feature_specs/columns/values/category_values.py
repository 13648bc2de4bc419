"""What is the same value of a category, whatever holds it: the one rule, applied on the host.

A column of categories is INTEGER where every value at the fit was a whole number of int64, and TEXT
otherwise; a pandas category is TEXT always. Whatever comes later is brought to that type:

=====================================  ================  ======================
A cell                                 INTEGER           TEXT
=====================================  ================  ======================
``"a"``                                error             ``"a"``
``3``, ``3.0``, ``Decimal(3)``         ``3``             ``"3"``
``True``                               ``1``             ``"True"``
``"3"``, ``"3.0"``, ``"True"``         ``3``, ``3``, 1   itself
``0.5``, ``Decimal("0.50")``           error             ``"0.5"``
a duration of 60 seconds               ``60``            ``"0 days 00:01:00"``
``2**63``                              error             ``"9223372036854775808"``
``1e17``, which is several numbers     error             error
``pandas.Interval(0.0, 2.5)``          error             ``"(0, 2.5]"``
``date(2020, 2, 29)``, a timestamp     error             ``"2020-02-29 00:00:00"``
a UUID, a period, an Enum              error             as ``str`` has it
bytes, a tuple, an object              error             error
None, NaN, ``""``                      missing           missing
=====================================  ================  ======================

It makes no difference whether NumPy, Arrow, a nullable dtype, a pandas category or Python holds
the value, nor whether it stands in a list. Where a TEXT column held words only, a number among them
later is an error. A graph has only int64 and strings; who calls one applies the rule before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from feature_specs.columns.column_info import in_seconds, is_timedelta

TEXT, INTEGER = "string", "int64"
MISSING_INTEGER = np.iinfo(np.int64).min
MISSING_TEXT = ""

_WHOLE = re.compile(r"(-?(?:0|[1-9][0-9]{0,18}))(?:\.0)?")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-][0-9]+)?|True|False")
_TRUTHS = {"True": 1, "False": 0}


class BeyondInt64(ValueError):
    """A whole number that int64 does not hold."""


def category_dtype(column: pd.Series, place: str) -> str:
    """Return "string" or "int64", by what a column's cells are at the fit.

    Raises
    ------
    ValueError
        For fractions.

    Examples
    --------
    >>> category_dtype(pd.Series([1.0, None]), "Column 'a'")
    'int64'
    >>> category_dtype(pd.Series([1, "b"]), "Column 'a'")
    'string'
    """
    if is_timedelta(column):
        column = in_seconds(column)
    if types.is_object_dtype(column.dtype):
        is_numeric = not holds_text_only(column) and all(map(_is_number, column.dropna()))
    else:
        is_numeric = types.is_bool_dtype(column.dtype) or types.is_numeric_dtype(column.dtype)
    if isinstance(column.dtype, pd.CategoricalDtype) or not is_numeric:
        return TEXT
    try:
        whole_numbers(column, place)
    except BeyondInt64:
        return TEXT
    return INTEGER


def whole_numbers(column: pd.Series, place: str) -> np.ndarray:
    """Return the categories of an INTEGER column as int64, missing ones as the smallest of them.

    Parameters
    ----------
    column : Series
    place : str
        What errors call the column, such as ``"Column 'age'"``.

    Raises
    ------
    ValueError
        For a value that is no whole number.

    Examples
    --------
    >>> whole_numbers(pd.Series([3, 4.0, "5", True], dtype=object), "Column 'a'").tolist()
    [3, 4, 5, 1]
    """
    if is_timedelta(column):
        column = in_seconds(column)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.remove_unused_categories()
        found = whole_numbers(pd.Series(column.dtype.categories), place)
        return np.append(found, MISSING_INTEGER)[column.cat.codes]
    if not column.hasnans or isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return _whole_numbers(column, place)
    known = column.notna().to_numpy()
    found = np.full(len(column), MISSING_INTEGER)
    found[known] = _whole_numbers(column[known], place)
    return found


def category_texts(column: pd.Series, place: str, *, others: bool = True) -> pd.Series:
    """Return the categories of a TEXT column as strings, missing ones as pandas has them.

    Parameters
    ----------
    column : Series
    place : str
        What errors call the column, such as ``"Column 'city'"``.
    others : bool, default=True
        Whether values that are no strings may stand there.

    Raises
    ------
    ValueError
        For a value that has no text of its own, or is no string where only these may stand.

    Examples
    --------
    >>> category_texts(pd.Series([1.0, 0.5, True], dtype=object), "Column 'a'").tolist()
    ['1', '0.5', 'True']
    """
    if holds_text_only(column):
        return column
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.remove_unused_categories()
        codes, distinct = column.cat.codes, column.dtype.categories
    elif types.is_object_dtype(column.dtype):
        # Cell by cell: True, 1 and 1.0 are one to a hash table.
        is_known = column.notna().to_numpy()
        codes, distinct = np.where(is_known, np.cumsum(is_known) - 1, -1), column[is_known]
    else:
        codes, distinct = pd.factorize(column)
    if types.is_float_dtype(distinct.dtype):
        # As they are: 0.1 in float32 is another number in float64.
        distinct = distinct.to_numpy()
    spelled = [_text_among(cell, place, others) for cell in distinct]
    # Two spellings of one value are one category.
    numbers, texts = pd.factorize(np.array(spelled, object))
    is_ordered = getattr(column.dtype, "ordered", False)
    codes = np.append(numbers, -1)[codes]
    return pd.Series(pd.Categorical.from_codes(codes, texts, ordered=is_ordered))


def canonical_values(
    column: pd.Series, name: str, dtype: str, spelled: Sequence[str] | None
) -> pd.Series | np.ndarray:
    """Return the categories of a column in the type that they had at the fit.

    Parameters
    ----------
    column : Series
    name : str
    dtype : {"string", "int64"}
        What `category_dtype` said at the fit.
    spelled : sequence of str or None
        What `spelled_among` said at the fit; None for a file from before this rule.
    """
    place = f"Column {name!r}"
    if dtype == INTEGER:
        return whole_numbers(column, place)
    if spelled is None and isinstance(column.dtype, pd.CategoricalDtype):
        # Such a file knows 1.0 as "1.0".
        return column.cat.rename_categories([str(value) for value in column.dtype.categories])
    return category_texts(column, place, others=name in (spelled or ()))


def spelled_among(columns: Mapping[str, pd.Series]) -> list[str]:
    """Return which TEXT columns hold more than words at the fit, and may do so later."""
    return [name for name, column in columns.items() if not _holds_words_only(column)]


def holds_text_only(column: pd.Series | pd.Index) -> bool:
    """Return whether every value that is not missing is a string."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return holds_text_only(column.dtype.categories)
    if types.is_object_dtype(column.dtype):
        return types.infer_dtype(column, skipna=True) in ("string", "empty")
    return types.is_string_dtype(column.dtype)


def given_values(values: Iterable, dtype: str, place: str) -> list:
    """Return a vocabulary that somebody has written down, without what stands for missing.

    Raises
    ------
    ValueError
        For a value that cannot be one of the column's, or stands there twice.

    Examples
    --------
    >>> given_values([3, 1.0, None], "string", "The vocabulary of column 'a'")
    ['3', '1']
    """
    column = pd.Series(list(values), dtype=object)
    if dtype == INTEGER:
        found = whole_numbers(column, place).tolist()
    else:
        found = category_texts(column, place).astype(object).dropna().tolist()
    found = [value for value in found if value not in (MISSING_INTEGER, MISSING_TEXT)]
    seen: set = set()
    for value in found:
        if value in seen:
            raise ValueError(f"{place} holds {value!r} twice; leave one out.")
        seen.add(value)
    return found


def _holds_words_only(column: pd.Series) -> bool:
    """Return whether no value is a number, nor a text that spells one."""
    if not holds_text_only(column):
        return False
    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    distinct = column.dtype.categories if is_category else pd.unique(column.dropna())
    return not any(map(_NUMBER.fullmatch, distinct))


def _whole_numbers(known: pd.Series, place: str) -> np.ndarray:
    dtype = known.dtype
    if types.is_bool_dtype(dtype):
        return known.to_numpy(bool).astype(np.int64)
    if types.is_integer_dtype(dtype):
        if types.is_unsigned_integer_dtype(dtype) and len(known):
            _check_range(int(known.max()), place)
        return known.to_numpy(np.int64)
    if types.is_float_dtype(dtype):
        return _whole_floats(known.to_numpy(), place)
    if types.is_object_dtype(dtype):
        if types.infer_dtype(known, skipna=False) == "integer":
            with suppress(OverflowError):
                return known.to_numpy(np.int64)
        return np.array([_whole_number(cell, place) for cell in known], np.int64)
    codes, distinct = pd.factorize(known)
    return np.array([_whole_number(cell, place) for cell in distinct], np.int64)[codes]


def _whole_floats(values: np.ndarray, place: str) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.int64)
    missing = np.isnan(values)
    doubtful = (whole != values) | (np.abs(values) >= _first_inexact(values.dtype))
    doubtful = np.flatnonzero(doubtful & ~missing)
    if len(doubtful):
        _whole_number(values[doubtful[0]], place)
    return np.where(missing, MISSING_INTEGER, whole)


def _whole_number(cell: Any, place: str) -> int:
    if isinstance(cell, str):
        spelled = _WHOLE.fullmatch(cell)
        if spelled:
            number = int(spelled[1])
        elif cell == MISSING_TEXT:
            number = int(MISSING_INTEGER)
        else:
            number = _TRUTHS.get(cell)
    else:
        number = _integer(cell, place)
    if number is not None:
        return _check_range(number, place)
    if _is_number(cell):
        cure = "use step_bucketized_column for measurements"
    else:
        cure = "correct it, or convert the column with astype(str) before the fit"
    raise ValueError(
        f"{place} holds {_shown(cell)} where whole numbers are needed for categories; {cure}."
    )


def _check_range(number: int, place: str) -> int:
    if MISSING_INTEGER <= number <= np.iinfo(np.int64).max:
        return int(number)
    raise BeyondInt64(
        f"{place} holds {number}, which int64 does not; convert the column with astype(str) before "
        "the fit."
    )


def _text_among(cell: Any, place: str, others: bool) -> str:
    if isinstance(cell, str):
        return cell
    text = _text(cell, place) if others else None
    if text is None:
        wanted = "text is needed for categories" if others else "text was seen at fit"
        raise ValueError(
            f"{place} holds {_shown(cell)} where {wanted}; convert the column with astype(str)."
        )
    return text


def _text(cell: Any, place: str) -> str | None:
    """Return the text of a value that is no string, None for one that has none."""
    if isinstance(cell, bool | np.bool_):
        return str(bool(cell))
    number = _integer(cell, place)
    if number is not None:
        return str(number)
    if isinstance(cell, Decimal):
        return str(float(cell)) if Decimal(str(float(cell))) == cell else f"{cell.normalize():f}"
    if isinstance(cell, pd.Interval):
        opening, closing = "[("[cell.open_left], "])"[cell.open_right]
        return f"{opening}{_bound(cell.left, place)}, {_bound(cell.right, place)}{closing}"
    if isinstance(cell, date | np.datetime64):
        return str(pd.Timestamp(cell))
    if isinstance(cell, float | np.floating):
        return str(cell)
    # What says no more than its class and address would be another text in the next process.
    is_spelled = type(cell).__str__ is not object.__str__ and not isinstance(cell, bytes)
    return str(cell) if is_spelled else None


def _bound(cell: Any, place: str) -> str:
    is_exact = not isinstance(cell, float | np.floating) or abs(cell) < _first_inexact(type(cell))
    return str(_text(cell, place)) if is_exact else str(cell)


def _integer(cell: Any, place: str) -> int | None:
    """Return the whole number that a cell of a number is, None for others."""
    if isinstance(cell, Integral | np.bool_):
        return int(cell)
    if not (_is_number(cell) and math.isfinite(cell) and cell == int(cell)):
        return None
    if not isinstance(cell, Decimal) and abs(cell) >= _first_inexact(type(cell)):
        raise ValueError(
            f"{place} holds {_shown(cell)}, a float that stands for several whole numbers; read "
            "the column as whole numbers or as text."
        )
    return int(cell)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, Integral | np.bool_ | float | np.floating | Decimal)


def _first_inexact(dtype: Any) -> float:
    """Return from where on neighbours among the whole numbers are the same float."""
    return 2.0 ** (np.finfo(dtype).nmant + 1)


def _shown(cell: Any) -> str:
    return repr(cell.item() if isinstance(cell, np.generic) else cell)
