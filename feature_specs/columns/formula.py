"""Read ``label ~ . - id`` into a target, feature columns and crosses.

formulaic parses the text; this module walks its syntax tree and says, in one sentence, what a
feature spec has no use for. Which columns ``.`` stands for is known once there is a table:
`Formula.resolve`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from formulaic.errors import FormulaParsingError
from formulaic.parser import DefaultFormulaParser
from formulaic.parser.types import ASTNode, Token

from feature_specs.columns.did_you_mean import did_you_mean

__all__ = ["Formula", "parse_formula"]


@dataclass(frozen=True)
class Formula:
    """What a formula says, before it has met a table.

    Attributes
    ----------
    text : str
        The formula as it was written.
    target : str, tuple of str or None
        The column left of the ``~``, several for ``a + b ~ .``, None when there is none.
    everything : bool
        Whether ``.`` stands on the right: every column but the target.
    include : tuple of str
        The columns named on the right, in the order of the formula.
    exclude : tuple of str
        The columns taken away with ``-``.
    crosses : tuple of tuple of str
        The columns of each ``a:b``.
    """

    text: str
    target: str | tuple[str, ...] | None
    everything: bool
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    crosses: tuple[tuple[str, ...], ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """The target columns as a tuple, empty when the formula names none."""
        if self.target is None:
            return ()
        return (self.target,) if isinstance(self.target, str) else self.target

    def resolve(self, columns: Sequence[str]) -> list[str]:
        """Return the feature columns of a table.

        Parameters
        ----------
        columns : sequence of str
            The columns of the table; the target need not be among them.

        Returns
        -------
        list of str
            The columns that are features by themselves: what ``.`` stands for in the order of
            the table, then the named ones. Columns that only occur in a cross are in `crosses`.

        Examples
        --------
        >>> parse_formula("label ~ . - id").resolve(["id", "age", "label", "fare"])
        ['age', 'fare']
        """
        crossed = [name for cross in self.crosses for name in cross]
        for name in (*self.include, *self.exclude, *crossed):
            if name not in columns and not (name in self.targets and name in self.exclude):
                raise ValueError(
                    f"The formula {self.text!r} names {name!r}, which is not a column of the "
                    f"table; {did_you_mean(name, columns)}"
                )
        every = [name for name in columns if name not in self.targets] if self.everything else []
        features = [*dict.fromkeys([*every, *self.include])]
        features = [name for name in features if name not in self.exclude]
        if not features and not self.crosses:
            raise ValueError(f"The formula {self.text!r} leaves no feature column of the table.")
        return features

    def required(self, columns: Sequence[str]) -> list[str]:
        """Return the columns of a table that the features need, those of the crosses included.

        Parameters
        ----------
        columns : sequence of str
            The columns of the table.

        Returns
        -------
        list of str
            `resolve`, and after it the columns that only occur in a cross.

        Examples
        --------
        >>> parse_formula("~ age + age:city").required(["age", "city", "id"])
        ['age', 'city']
        """
        crossed = [name for cross in self.crosses for name in cross]
        return list(dict.fromkeys([*self.resolve(columns), *crossed]))


def parse_formula(text: str) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
        ``y ~ .``, ``y ~ a + b``, ``y ~ . - c``, ``~ a`` without a target, ``a + b ~ .`` with
        two, and ``a:b`` for a cross. A name with spaces stands in backticks.

    Returns
    -------
    Formula
        The target, the columns and the crosses.

    Examples
    --------
    >>> formula = parse_formula("price ~ . - id + color:cut")
    >>> formula.target, formula.everything, formula.exclude, formula.crosses
    ('price', True, ('id',), (('color', 'cut'),))
    >>> parse_formula("y ~ log(x)")
    Traceback (most recent call last):
    ...
    ValueError: The formula 'y ~ log(x)' computes log(x); name the column alone and give the
    function to step_numeric_column(..., normalizer=...).
    """
    if not isinstance(text, str):
        raise TypeError(f"A formula is a string such as 'label ~ .', not {text!r}.")
    tree = _parse(text)
    if not isinstance(tree, ASTNode) or tree.operator.symbol != "~":
        raise _error(text, f"has no '~'; write 'target ~ {text}', or '~ {text}' without a target")
    *left, right = tree.args
    target = tuple(name for side in left for name in _targets(text, side))
    reader = _Reader(text)
    reader.read(right, adding=True)
    for name in target:
        if name in reader.include or any(name in cross for cross in reader.crosses):
            raise _error(text, f"has {name!r} both as target and as feature")
    return Formula(
        text=text,
        target=(target if len(target) > 1 else target[0]) if target else None,
        everything=reader.everything,
        include=tuple(reader.include),
        exclude=tuple(reader.exclude),
        crosses=tuple(reader.crosses),
    )


def _parse(text: str) -> Any:
    try:
        return DefaultFormulaParser(include_intercept=False).get_ast(text)
    except FormulaParsingError as error:
        reason = str(error).splitlines()[0].strip().rstrip(".")
        raise _error(text, f"cannot be read: {reason}") from None


def _error(text: str, what: str) -> ValueError:
    return ValueError(f"The formula {text!r} {what}.")


def _targets(text: str, node: Any) -> list[str]:
    if isinstance(node, Token):
        return [_column(text, node)]
    if node.operator.symbol == "+":
        return [name for argument in node.args for name in _targets(text, argument)]
    raise _error(text, f"has {node.operator.symbol!r} in its target; name columns there, as in 'y'")


def _column(text: str, token: Token) -> str:
    """Return the column a token names; anything else in a formula has no meaning here."""
    if token.kind is Token.Kind.NAME:
        return token.token
    if token.kind is Token.Kind.PYTHON:
        raise _error(
            text,
            f"computes {token.token}; name the column alone and give the function to "
            "step_numeric_column(..., normalizer=...)",
        )
    raise _error(text, f"holds {token.token}, which is not the name of a column")


# What R and formulaic know and a network has no use for: one sentence each.
_REFUSED = {
    "*": "has '*'; write 'a + b + a:b' for two columns and their cross",
    "**": "has '**'; name each column, and each cross as 'a:b'",
    "^": "has '^'; name each column, and each cross as 'a:b'",
    "/": "has '/'; name each column, and each cross as 'a:b'",
    "~": "has more than one '~'",
}


class _Reader:
    """Walks the right-hand side from left to right, adding and taking away."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.everything = False
        self.include: list[str] = []
        self.exclude: list[str] = []
        self.crosses: list[tuple[str, ...]] = []

    def read(self, node: Any, adding: bool) -> None:
        if isinstance(node, Token):
            self._read_token(node, adding)
            return
        symbol = node.operator.symbol
        if symbol in ("+", "-"):
            *first, last = node.args
            for argument in first:
                self.read(argument, adding)
            self.read(last, adding == (symbol == "+"))
        elif symbol == ".":
            if not adding:
                raise _error(self.text, "takes away '.', which leaves no column")
            self.everything = True
        elif symbol == ":":
            for cross in self._cross(node):
                if not adding and cross not in self.crosses:
                    raise _error(self.text, f"takes away {':'.join(cross)}, which is not in it")
                self._change(self.crosses, cross, adding)
        else:
            self._refuse(symbol)

    def _read_token(self, token: Token, adding: bool) -> None:
        if token.kind is Token.Kind.VALUE and token.token in ("0", "1"):
            # `+ 1` says what is so anyway; a network keeps its bias whatever a formula says.
            if adding and token.token == "1":
                return
            raise _error(self.text, "takes away the intercept, which a feature spec does not hold")
        name = _column(self.text, token)
        self._change(self.include, name, adding)
        self._change(self.exclude, name, not adding)

    @staticmethod
    def _change(members: list, member: Any, adding: bool) -> None:
        if member in members:
            members.remove(member)
        if adding:
            members.append(member)

    def _cross(self, node: Any) -> list[tuple[str, ...]]:
        """Expand ``(a + b):c`` into the crosses a:c and b:c."""
        if isinstance(node, Token):
            return [(_column(self.text, node),)]
        symbol = node.operator.symbol
        if symbol == "+":
            return [cross for argument in node.args for cross in self._cross(argument)]
        if symbol != ":":
            self._refuse(symbol, within_cross=True)
        crosses = []
        for parts in product(*map(self._cross, node.args)):
            cross = tuple(name for part in parts for name in part)
            if len(set(cross)) < len(cross):
                raise _error(self.text, f"crosses a column with itself in {':'.join(cross)}")
            crosses.append(cross)
        return crosses

    def _refuse(self, symbol: str, within_cross: bool = False) -> None:
        if within_cross:
            raise _error(self.text, f"has {symbol!r} within a cross; cross columns as in 'a:b'")
        raise _error(self.text, _REFUSED.get(symbol, f"has {symbol!r}; use only '+', '-' and ':'"))
