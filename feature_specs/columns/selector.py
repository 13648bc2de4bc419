"""What a selector is: a rule that joins with others, and what may be written in its place.

The rules themselves, by their public names, are in `feature_specs.columns.selectors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from feature_specs.columns.column_info import ColumnInfo
from feature_specs.columns.did_you_mean import did_you_mean

__all__ = ["Columns", "Names", "Selector", "as_selector", "as_strings", "raw_columns", "spread_out"]

Columns = list[ColumnInfo]


class Selector:
    """Choose columns by a rule; join rules with ``+``, ``|``, ``-``, ``&`` and ``~``.

    ``a + b`` and ``a | b`` are the union, ``a - b`` the difference, ``a & b`` the columns in
    both, ``~a`` the columns of the table that are not in ``a``. A name or a list of names may
    stand for ``cols(...)`` on either side. Selectors compare and hash by what they say, print
    as they are typed, and are never changed.

    Examples
    --------
    >>> from feature_specs.columns.selectors import all_numeric, cols, ends_with
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

    def _pick(self, columns: Sequence[ColumnInfo]) -> Columns:
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


def _union(left: Columns, right: Columns) -> Columns:
    return list(dict.fromkeys([*left, *right]))


def _difference(left: Columns, right: Columns) -> Columns:
    return [column for column in left if column not in right]


def _intersection(left: Columns, right: Columns) -> Columns:
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

    def _pick(self, columns: Sequence[ColumnInfo]) -> Columns:
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

    def _pick(self, columns: Sequence[ColumnInfo]) -> Columns:
        return _difference(raw_columns(columns), self.selector._pick(columns))

    def __repr__(self) -> str:
        return "~" + _bracketed(self.selector, self.selector._precedence < self._precedence)


def _bracketed(selector: Selector, needed: bool) -> str:
    return f"({selector!r})" if needed else repr(selector)


def _join(operator: str, left: Any, right: Any) -> Selector:
    try:
        return _Joined(operator, as_selector(left), as_selector(right))
    except TypeError:
        return NotImplemented


def raw_columns(columns: Iterable[ColumnInfo]) -> Columns:
    """Return the columns of the table, without the features that steps made."""
    return [column for column in columns if not column.derived]


@dataclass(frozen=True, repr=False)
class Names(Selector):
    """Columns or features by their exact names, in the given order."""

    names: tuple[str, ...]
    must_exist: bool

    def _pick(self, columns: Sequence[ColumnInfo]) -> Columns:
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
class _Function(Selector):
    function: Callable[[Sequence[ColumnInfo]], Iterable[str]]

    def _pick(self, columns: Sequence[ColumnInfo]) -> Columns:
        return _named(self.function(columns))._pick(columns)

    def __repr__(self) -> str:
        return getattr(self.function, "__qualname__", repr(self.function))


def _check_known(names: Iterable[str], columns: Iterable[ColumnInfo]) -> None:
    known = list(dict.fromkeys(column.name for column in columns))
    for name in names:
        if name not in known:
            raise ValueError(f"There is no column {name!r}; {did_you_mean(name, known)}")


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
        return _named([columns])
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
        return _named(members)
    selector = as_selector(members[0])
    for member in members[1:]:
        selector = selector + member
    return selector


def spread_out(values: tuple) -> tuple:
    """Take one list for the arguments, as well as the arguments themselves."""
    if len(values) == 1 and isinstance(values[0], list | tuple | set | frozenset):
        return tuple(values[0])
    return values


def as_strings(values: tuple) -> tuple[str, ...]:
    """Return names as plain strings, or say which of them is none."""
    values = spread_out(values)
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"A name or a part of a name is a string, not {value!r}.")
    return tuple(str(value) for value in values)


def _named(names: Iterable[str]) -> Selector:
    return Names(as_strings(tuple(names)), must_exist=True)
