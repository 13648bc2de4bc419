"""Formulas: what each says, which columns it leaves, and what is refused in which words."""

import pickle
import re

import pytest

from feature_specs.columns.formula import Formula, parse_formula

COLUMNS = ["id", "a", "b", "c", "y"]


def said(text):
    formula = parse_formula(text)
    return (
        formula.target,
        formula.everything,
        formula.include,
        formula.exclude,
        formula.crosses,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y ~ .", ("y", True, (), (), ())),
        ("y~a+b", ("y", False, ("a", "b"), (), ())),
        ("y ~ . - c", ("y", True, (), ("c",), ())),
        ("y ~ . - c - b", ("y", True, (), ("c", "b"), ())),
        ("y ~ . - (c + b)", ("y", True, (), ("c", "b"), ())),
        ("y ~ . - (c - b)", ("y", True, ("b",), ("c",), ())),
        ("y ~ . - c + c", ("y", True, ("c",), (), ())),
        ("~ a", (None, False, ("a",), (), ())),
        ("~ .", (None, True, (), (), ())),
        ("a + b ~ .", (("a", "b"), True, (), (), ())),
        ("y ~ a:b", ("y", False, (), (), (("a", "b"),))),
        ("y ~ . + a:b:c", ("y", True, (), (), (("a", "b", "c"),))),
        ("y ~ (a + b):c", ("y", False, (), (), (("a", "c"), ("b", "c")))),
        ("y ~ a:b + c - a:b", ("y", False, ("c",), (), ())),
        (
            "`two words` ~ `1st` + größe + a.b",
            ("two words", False, ("1st", "größe", "a.b"), (), ()),
        ),
        ("y ~ 1 + a", ("y", False, ("a",), (), ())),
        ("y ~ a + a", ("y", False, ("a",), (), ())),
        ("y ~ . - `a:b`", ("y", True, (), ("a:b",), ())),
    ],
)
def test_what_a_formula_says(text, expected):
    assert said(text) == expected


def test_backticks_hold_any_name():
    formula = parse_formula("`sale price` ~ `living area` - `lot (m2)` + `a:b`:`log(x)`")
    assert formula.target == "sale price"
    assert formula.include == ("living area",)
    assert formula.exclude == ("lot (m2)",)
    assert formula.crosses == (("a:b", "log(x)"),)


@pytest.mark.parametrize(
    ("text", "features", "required"),
    [
        ("y ~ .", ["id", "a", "b", "c"], ["id", "a", "b", "c"]),
        ("y ~ . - id", ["a", "b", "c"], ["a", "b", "c"]),
        ("y ~ c + a", ["c", "a"], ["c", "a"]),
        ("~ .", COLUMNS, COLUMNS),
        ("b + y ~ . - id", ["a", "c"], ["a", "c"]),
        ("y ~ a + b:c", ["a"], ["a", "b", "c"]),
        ("y ~ a:b", [], ["a", "b"]),
        ("y ~ . - y", ["id", "a", "b", "c"], ["id", "a", "b", "c"]),
    ],
)
def test_columns_of_a_table(text, features, required):
    formula = parse_formula(text)
    assert formula.resolve(COLUMNS) == features
    assert formula.required(COLUMNS) == required
    without_target = [name for name in COLUMNS if name not in formula.targets]
    assert formula.resolve(without_target) == features


def test_a_formula_is_a_value():
    formula = parse_formula("y ~ . - id + a:b")
    assert isinstance(formula, Formula)
    assert formula == parse_formula("y ~ . - id + a:b")
    assert hash(formula) == hash(parse_formula("y ~ . - id + a:b"))
    assert pickle.loads(pickle.dumps(formula)) == formula
    assert parse_formula("~ a").targets == ()
    assert formula.targets == ("y",)
    assert parse_formula("a + b ~ .").targets == ("a", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y ~ log(x)", "computes log(x); name the column alone"),
        ("log(y) ~ .", "computes log(y)"),
        ("y ~ {x + 1}", "computes x + 1"),
        ("y ~ a*b", "has '*'; write 'a + b + a:b'"),
        ("y ~ a**2", "has '**'"),
        ("y ~ a/b", "has '/'"),
        ("y ~ a^2", "has '^'; name each column"),
        ("y ~ (a*b):c", "has '*' within a cross; cross columns as in 'a:b'"),
        ("y ~ a | b", "has '|'; use only '+', '-' and ':'"),
        ("y - a ~ .", "has '-' in its target"),
        (". ~ a", "has '.' in its target"),
        ("a", "has no '~'; write 'target ~ a', or '~ a' without a target"),
        ("y ~ a ~ b", "cannot be read"),
        ("y ~ a b", "cannot be read: Missing operator between `a` and `b`"),
        ("y ~ (a", "cannot be read"),
        ("y ~", "cannot be read"),
        ("y ~ . - 1", "takes away the intercept"),
        ("y ~ 0 + a", "takes away the intercept"),
        ("y ~ 3", "holds 3, which is not the name of a column"),
        ("y ~ 'a'", "holds 'a', which is not the name of a column"),
        ("y ~ y + a", "has 'y' both as target and as feature"),
        ("y ~ . + a:y", "has 'y' both as target and as feature"),
        ("y ~ a:a", "crosses a column with itself in a:a"),
        ("y ~ .:a", "has '.' within a cross"),
        ("y ~ . - .", "takes away '.'"),
        ("y ~ . - a:b", "takes away a:b, which is not in it"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        parse_formula(text)
    assert str(caught.value).startswith(f"The formula {text!r} ")
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_not_a_string():
    with pytest.raises(TypeError, match="such as 'label ~ .', not 3"):
        parse_formula(3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y ~ fair", "names 'fair', which is not a column of the table; did you mean 'fare'?"),
        ("y ~ . - nix", "names 'nix', which is not a column of the table; there are 'fare', 'age'"),
        ("y ~ age:fre", "did you mean 'fare'?"),
        ("y ~ . - fare - age", "leaves no feature column"),
    ],
)
def test_what_a_table_does_not_have(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_formula(text).resolve(
            ["fare", "age", "y"] if "leaves" in message else ["fare", "age"]
        )
