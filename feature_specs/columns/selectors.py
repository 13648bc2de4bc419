"""Say which columns a step is for: by kind, by dtype or by name, joined with ``+ - | & ~``.

A selector is a small immutable value. It knows no table; a feature spec calls it with the
columns of the training table, so the same selector serves any table. Patterns (`all_numeric`,
`starts_with`, ...) see the columns of the table; features made by earlier steps are reached by
`derived`, or by their exact name. What kind a column is of is decided by `infer_columns` in
`feature_specs.columns.column_info`.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from feature_specs.columns.column_info import (
    ColumnInfo,
    canonical_dtype,
    dtype_families,
    infer_columns,
)
from feature_specs.columns.selector import (
    Columns,
    Names,
    Selector,
    as_selector,
    as_strings,
    raw_columns,
    spread_out,
)

__all__ = [
    "ColumnInfo",
    "Selector",
    "all_boolean",
    "all_datetime",
    "all_nominal",
    "all_numeric",
    "as_selector",
    "cols",
    "contains",
    "derived",
    "ends_with",
    "everything",
    "has_dtype",
    "infer_columns",
    "matches",
    "num_range",
    "one_of",
    "starts_with",
]


@dataclass(frozen=True, repr=False)
class _Pattern(Selector):
    """One of the named rules of this module, with the arguments it was called with."""

    name: str
    arguments: tuple = ()

    def _pick(self, columns: Sequence[ColumnInfo]) -> Columns:
        matches_rule = _RULES[self.name]
        return [column for column in raw_columns(columns) if matches_rule(column, *self.arguments)]

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.arguments))})"


@dataclass(frozen=True, repr=False)
class _Derived(Selector):
    selector: Selector

    def _pick(self, columns: Sequence[ColumnInfo]) -> Columns:
        features = {replace(column, derived=False): column for column in columns if column.derived}
        return [features[column] for column in self.selector._pick(list(features))]

    def __repr__(self) -> str:
        return f"derived({self.selector!r})"


def _in_numbers(column: ColumnInfo, prefix: str, numbers: Iterable[int], width: int = 0) -> bool:
    return column.name in {f"{prefix}{number:0{width}d}" for number in numbers}


# The one place that says what each pattern means.
_RULES: dict[str, Callable[..., bool]] = {
    "everything": lambda column: True,
    "all_numeric": lambda column: column.kind in ("numeric", "boolean"),
    "all_nominal": lambda column: column.kind == "nominal",
    "all_boolean": lambda column: column.kind == "boolean",
    "all_datetime": lambda column: column.kind == "datetime",
    "has_dtype": lambda column, *dtypes: not dtype_families(column.dtype).isdisjoint(dtypes),
    "starts_with": lambda column, *prefixes: column.name.startswith(prefixes),
    "ends_with": lambda column, *suffixes: column.name.endswith(suffixes),
    "contains": lambda column, *parts: any(part in column.name for part in parts),
    "matches": lambda column, *patterns: any(re.search(p, column.name) for p in patterns),
    "num_range": _in_numbers,
}


def everything() -> Selector:
    """Choose every column of the table."""
    return _Pattern("everything")


def all_numeric() -> Selector:
    """Choose the numeric and the boolean columns."""
    return _Pattern("all_numeric")


def all_nominal() -> Selector:
    """Choose the columns of strings and of categories."""
    return _Pattern("all_nominal")


def all_boolean() -> Selector:
    """Choose the boolean columns."""
    return _Pattern("all_boolean")


def all_datetime() -> Selector:
    """Choose the columns of dates and times."""
    return _Pattern("all_datetime")


def has_dtype(*dtypes: Any) -> Selector:
    """Choose the columns of one of the given dtypes.

    Parameters
    ----------
    *dtypes : str, type or numpy.dtype
        A dtype such as ``"float32"``, ``"int64"``, ``"bool"``, ``"string"``, ``"category"``,
        ``"datetime64"`` or ``"object"``, or a family: ``"integer"`` (or `int`), ``"floating"``
        (or `float`), ``"number"``. Where a column is kept, in NumPy, nullable or Arrow memory,
        makes no difference.

    Returns
    -------
    Selector
        The columns whose dtype is any of `dtypes`.

    Examples
    --------
    >>> table = [ColumnInfo("age", "numeric", "Int64"), ColumnInfo("fare", "numeric", "float64")]
    >>> has_dtype("int64")(table), has_dtype(float)(table)
    (['age'], ['fare'])
    """
    return _Pattern("has_dtype", tuple(canonical_dtype(dtype) for dtype in spread_out(dtypes)))


def starts_with(*prefixes: str) -> Selector:
    """Choose the columns whose name starts with any of `prefixes`."""
    return _Pattern("starts_with", as_strings(prefixes))


def ends_with(*suffixes: str) -> Selector:
    """Choose the columns whose name ends with any of `suffixes`."""
    return _Pattern("ends_with", as_strings(suffixes))


def contains(*parts: str) -> Selector:
    """Choose the columns whose name contains any of `parts`."""
    return _Pattern("contains", as_strings(parts))


def matches(*patterns: str) -> Selector:
    r"""Choose the columns in whose name any of the regular expressions is found.

    Examples
    --------
    >>> matches(r"^x\d$")([ColumnInfo("x1", "numeric", "float64")])
    ['x1']
    """
    patterns = as_strings(patterns)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}.") from None
    return _Pattern("matches", patterns)


def num_range(prefix: str, range: Iterable[int], width: int = 0) -> Selector:
    """Choose the columns named by a prefix and a number.

    Parameters
    ----------
    prefix : str
        What the names begin with.
    range : iterable of int
        The numbers; those that no column has are passed over.
    width : int, default=0
        Digits the numbers are filled up to with zeros: 2 for ``"x01"``.

    Returns
    -------
    Selector
        The columns, in the order of the table.

    Examples
    --------
    >>> num_range("week", range(1, 53))
    num_range('week', range(1, 53))
    """
    numbers = range if isinstance(range, builtins.range) else tuple(map(int, range))
    return _Pattern("num_range", (prefix, numbers, width) if width else (prefix, numbers))


def cols(*names: str) -> Selector:
    """Choose columns, or features made by earlier steps, by their exact names.

    Examples
    --------
    >>> cols("fare", "age")([ColumnInfo("age", "numeric", "int64")])
    Traceback (most recent call last):
    ...
    ValueError: There is no column 'fare'; did you mean 'age'?
    """
    return Names(as_strings(names), must_exist=True)


def one_of(*names: str) -> Selector:
    """Choose those of the named columns that exist; the others are passed over.

    Examples
    --------
    >>> one_of("fare", "age")([ColumnInfo("age", "numeric", "int64")])
    ['age']
    """
    return Names(as_strings(names), must_exist=False)


def derived(selector: Any) -> Selector:
    """Apply a selector to the features made by earlier steps instead of the table's columns.

    Parameters
    ----------
    selector : Selector, str or list of str
        The rule to apply to the features.

    Returns
    -------
    Selector
        The features it chooses.

    Examples
    --------
    >>> columns = [ColumnInfo("age", "numeric", "int64"),
    ...            ColumnInfo("bucketized_age", "nominal", "int32", derived=True)]
    >>> everything()(columns), derived(everything())(columns)
    (['age'], ['bucketized_age'])
    """
    return _Derived(as_selector(selector))
