"""What the texts of a column are, where nobody says it: numbers, dates, free text, names of rows.

========================================================  ==========================
All texts of a column                                     are
========================================================  ==========================
are numbers, unless they look like codes                  numbers
follow one format of dates                                dates
follow several, so that day and month are anyone's guess  categories, with a warning
have three words, and more than half of them are new      free text
name their row: of 50 rows or more, 9 in 10 are new       free text where they have
                                                          two words, else identifiers
are anything else, or of a categorical dtype              categories
========================================================  ==========================

Codes have a leading zero, a leading plus before a whole number, or more digits than float64 keeps;
whole numbers of which there are few, that recur, are codes as well.
"""

from __future__ import annotations

import re
from enum import Enum

import numpy as np
import pandas as pd

from feature_specs.columns.values.date_format import AmbiguousDateFormat, find_date_format

_FEW_CODES = 16
_LEAST_ROWS = 50
_NEARLY_ALL = 0.9

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,2})?|nan", re.I | re.ASCII)
_CODE = re.compile(r"[+-]?0[0-9].*|\+[0-9]+|-?[0-9]{16,}", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]+", re.ASCII)


class Reading(Enum):
    """What the texts of a column are read as."""

    CATEGORIES = "categories"
    NUMBERS = "numbers"
    DATES = "dates"
    UNCLEAR_DATES = "dates whose day and month are anyone's guess"
    FREE_TEXT = "free text"
    IDENTIFIERS = "identifiers"


def reading_of(column: pd.Series) -> Reading:
    """Return what a column of texts holds; empty and blank texts are missing.

    Examples
    --------
    >>> reading_of(pd.Series(["1764.50", "", " 12"])).value
    'numbers'
    >>> reading_of(pd.Series(["02134", "10001"])).value
    'categories'
    """
    counts = {text: n for text, n in column.value_counts(sort=False).items() if text.strip()}
    rows = sum(counts.values())
    distinct = list(dict.fromkeys(text.strip() for text in counts))
    if _are_numbers(distinct, rows):
        return Reading.NUMBERS
    try:
        if find_date_format(column) is not None:
            return Reading.DATES
    except AmbiguousDateFormat:
        return Reading.UNCLEAR_DATES
    if len(distinct) <= rows / 2:
        return Reading.CATEGORIES
    words = sum(len(text.split()) for text in distinct) / len(distinct)
    if words >= 3:
        return Reading.FREE_TEXT
    if rows < _LEAST_ROWS or len(distinct) < _NEARLY_ALL * rows:
        return Reading.CATEGORIES
    return Reading.FREE_TEXT if words >= 2 else Reading.IDENTIFIERS


def is_running_number(column: pd.Series) -> bool:
    """Return whether whole numbers might count the rows: all differ, and few are left out.

    Examples
    --------
    >>> is_running_number(pd.Series(range(1000, 1100)))
    True
    """
    if len(column) < _LEAST_ROWS or not column[:_LEAST_ROWS].is_unique or column.hasnans:
        return False
    values = column.to_numpy(np.int64)
    return int(values.max()) - int(values.min()) < 2 * len(values) and column.is_unique


def _are_numbers(distinct: list[str], rows: int) -> bool:
    if any(_CODE.fullmatch(text) or not _NUMBER.fullmatch(text) for text in distinct):
        return False
    if all(text.lower() == "nan" for text in distinct):
        return False
    recur = len(distinct) <= min(_FEW_CODES, rows / 2)
    return not (recur and all(map(_WHOLE.fullmatch, distinct)))
