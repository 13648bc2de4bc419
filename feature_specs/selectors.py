"""Say which columns a step is for: by kind, by dtype or by name, joined with ``+ - | & ~``.

A selector is a small immutable value. It knows no table; a feature spec calls it with the
columns of the training table, so the same selector serves any table. Patterns (`all_numeric`,
`starts_with`, ...) see the columns of the table; features made by earlier steps are reached by
`derived`, or by their exact name. What kind a column is of is decided by `infer_columns` in
`feature_specs.columns`.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from feature_specs.columns import ColumnInfo, canonical_dtype, dtype_families, infer_columns
from feature_specs.names import did_you_mean

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

_Columns = list[ColumnInfo]


class Selector:
    """Choose columns by a rule; join rules with ``+``, ``|``, ``-``, ``&`` and ``~``.

    ``a + b`` and ``a | b`` are the union, ``a - b`` the difference, ``a & b`` the columns in
    both, ``~a`` the columns of the table that are not in ``a``. A name or a list of names may
    stand for ``cols(...)`` on either side. Selectors compare and hash by what they say, print
    as they are typed, and are never changed.

    Examples
    --------
    >>> from feature_specs.selectors import all_numeric, cols, ends_with
    >>> table = [ColumnInfo("age", "numeric", "int64"), ColumnInfo("fare", "numeric", "float64")]
    >>> (all_numeric() - "age")(table)
    ['fare']
    >>> all_numeric() - (cols("age") | ends_with("_id"))
    all_numeric() - (cols('age') | ends_with('_id'))
    """

    # Python's own order of operators, so that the printed form needs no more brackets than typed.
    _precedence = 4

    def __call__(self, columns: Sequence[ColumnInfo]) -> list[str]:
        """Return the names of the chosen columns.

        Parameters
        ----------
        columns : sequence of ColumnInfo
            The columns to choose from, in the order of the table.

        Returns
        -------
        list of str
            Each name once; the order of the table for patterns, the given order for names.
        """
        return list(dict.fromkeys(column.name for column in self._pick(columns)))

    def _pick(self, columns: Sequence[ColumnInfo]) -> _Columns:
        raise NotImplementedError

    def __sklearn_clone__(self) -> Selector:
        return self

    def __add__(self, other: Any) -> Selector:
        return _join("+", self, other)

    def __radd__(self, other: Any) -> Selector:
        return _join("+", other, self)

    def __or__(self, other: Any) -> Selector:
        return _join("|", self, other)

    def __ror__(self, other: Any) -> Selector:
        return _join("|", other, self)

    def __sub__(self, other: Any) -> Selector:
        return _join("-", self, other)

    def __rsub__(self, other: Any) -> Selector:
        return _join("-", other, self)

    def __and__(self, other: Any) -> Selector:
        return _join("&", self, other)

    def __rand__(self, other: Any) -> Selector:
        return _join("&", other, self)

    def __invert__(self) -> Selector:
        return _Complement(self)


def _union(left: _Columns, right: _Columns) -> _Columns:
    return list(dict.fromkeys([*left, *right]))


def _difference(left: _Columns, right: _Columns) -> _Columns:
    return [column for column in left if column not in right]


def _intersection(left: _Columns, right: _Columns) -> _Columns:
    return [column for column in left if column in right]


# symbol: (how tightly Python binds it, what it does to two lists of columns)
_OPERATORS = {
    "+": (2, _union),
    "-": (2, _difference),
    "&": (1, _intersection),
    "|": (0, _union),
}


@dataclass(frozen=True, repr=False)
class _Joined(Selector):
    operator: str
    left: Selector
    right: Selector

    @property
    def _precedence(self) -> int:
        return _OPERATORS[self.operator][0]

    def _pick(self, columns: Sequence[ColumnInfo]) -> _Columns:
        join = _OPERATORS[self.operator][1]
        return join(self.left._pick(columns), self.right._pick(columns))

    def __repr__(self) -> str:
        left = _bracketed(self.left, self.left._precedence < self._precedence)
        right = _bracketed(self.right, self.right._precedence <= self._precedence)
        return f"{left} {self.operator} {right}"


@dataclass(frozen=True, repr=False)
class _Complement(Selector):
    selector: Selector
    _precedence = 3

    def _pick(self, columns: Sequence[ColumnInfo]) -> _Columns:
        return _difference(_raw(columns), self.selector._pick(columns))

    def __repr__(self) -> str:
        return "~" + _bracketed(self.selector, self.selector._precedence < self._precedence)


def _bracketed(selector: Selector, needed: bool) -> str:
    return f"({selector!r})" if needed else repr(selector)


def _join(operator: str, left: Any, right: Any) -> Selector:
    try:
        return _Joined(operator, as_selector(left), as_selector(right))
    except TypeError:
        return NotImplemented


def _raw(columns: Iterable[ColumnInfo]) -> _Columns:
    return [column for column in columns if not column.derived]


@dataclass(frozen=True, repr=False)
class _Pattern(Selector):
    """One of the named rules of this module, with the arguments it was called with."""

    name: str
    arguments: tuple = ()

    def _pick(self, columns: Sequence[ColumnInfo]) -> _Columns:
        matches_rule = _RULES[self.name]
        return [column for column in _raw(columns) if matches_rule(column, *self.arguments)]

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.arguments))})"


@dataclass(frozen=True, repr=False)
class _Names(Selector):
    names: tuple[str, ...]
    must_exist: bool

    def _pick(self, columns: Sequence[ColumnInfo]) -> _Columns:
        if self.must_exist:
            _check_known(self.names, columns)
        by_name: dict[str, list[ColumnInfo]] = {}
        for column in columns:
            by_name.setdefault(column.name, []).append(column)
        return [column for name in self.names for column in by_name.get(name, [])]

    def __repr__(self) -> str:
        function = "cols" if self.must_exist else "one_of"
        return f"{function}({', '.join(map(repr, self.names))})"


@dataclass(frozen=True, repr=False)
class _Derived(Selector):
    selector: Selector

    def _pick(self, columns: Sequence[ColumnInfo]) -> _Columns:
        features = {replace(column, derived=False): column for column in columns if column.derived}
        return [features[column] for column in self.selector._pick(list(features))]

    def __repr__(self) -> str:
        return f"derived({self.selector!r})"


@dataclass(frozen=True, repr=False)
class _Function(Selector):
    function: Callable[[Sequence[ColumnInfo]], Iterable[str]]

    def _pick(self, columns: Sequence[ColumnInfo]) -> _Columns:
        return cols(*self.function(columns))._pick(columns)

    def __repr__(self) -> str:
        return getattr(self.function, "__qualname__", repr(self.function))


def _check_known(names: Iterable[str], columns: Iterable[ColumnInfo]) -> None:
    known = list(dict.fromkeys(column.name for column in columns))
    for name in names:
        if name not in known:
            raise ValueError(f"There is no column {name!r}; {did_you_mean(name, known)}")


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
    return _Pattern("has_dtype", tuple(canonical_dtype(dtype) for dtype in _some(dtypes)))


def starts_with(*prefixes: str) -> Selector:
    """Choose the columns whose name starts with any of `prefixes`."""
    return _Pattern("starts_with", _strings(prefixes))


def ends_with(*suffixes: str) -> Selector:
    """Choose the columns whose name ends with any of `suffixes`."""
    return _Pattern("ends_with", _strings(suffixes))


def contains(*parts: str) -> Selector:
    """Choose the columns whose name contains any of `parts`."""
    return _Pattern("contains", _strings(parts))


def matches(*patterns: str) -> Selector:
    r"""Choose the columns in whose name any of the regular expressions is found.

    Examples
    --------
    >>> matches(r"^x\d$")([ColumnInfo("x1", "numeric", "float64")])
    ['x1']
    """
    patterns = _strings(patterns)
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
    return _Names(_strings(names), must_exist=True)


def one_of(*names: str) -> Selector:
    """Choose those of the named columns that exist; the others are passed over.

    Examples
    --------
    >>> one_of("fare", "age")([ColumnInfo("age", "numeric", "int64")])
    ['age']
    """
    return _Names(_strings(names), must_exist=False)


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


def as_selector(columns: Any) -> Selector:
    """Turn what a person may write for columns into a selector.

    Parameters
    ----------
    columns : Selector, str, list or callable
        A selector is returned as it is, a name becomes ``cols(name)``, a list becomes the union
        of its members, and a function is called with the list of `ColumnInfo` and returns names.

    Returns
    -------
    Selector
        The selector.

    Examples
    --------
    >>> as_selector(["age", "fare"])
    cols('age', 'fare')
    """
    if isinstance(columns, Selector):
        return columns
    if isinstance(columns, str):
        return cols(columns)
    if callable(columns):
        return _Function(columns)
    try:
        members = list(columns)
    except TypeError:
        raise TypeError(
            "Columns are given as a name, a list of names, a selector or a function, not "
            f"{columns!r}."
        ) from None
    if all(isinstance(member, str) for member in members):
        return cols(*members)
    selector = as_selector(members[0])
    for member in members[1:]:
        selector = selector + member
    return selector


def _some(values: tuple) -> tuple:
    """Take one list for the arguments, as well as the arguments themselves."""
    if len(values) == 1 and isinstance(values[0], list | tuple | set | frozenset):
        return tuple(values[0])
    return values


def _strings(values: tuple) -> tuple[str, ...]:
    values = _some(values)
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"A name or a part of a name is a string, not {value!r}.")
    return tuple(str(value) for value in values)
