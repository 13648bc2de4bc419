"""A formula says which columns are target, features and crosses, or why it cannot be read."""

import copy
import pickle
import re

import pytest

from feature_specs.formula import parse_formula


@pytest.mark.parametrize(
    ("text", "target", "everything", "include", "exclude", "crosses"),
    [
        ("y ~ .", "y", True, "", "", ""),
        ("y~.", "y", True, "", "", ""),
        ("y ~ a + b", "y", False, "a b", "", ""),
        ("y ~ a + b + a", "y", False, "b a", "", ""),
        ("y ~ . - c", "y", True, "", "c", ""),
        ("y ~ . - c - d", "y", True, "", "c d", ""),
        ("y ~ . - (c + d)", "y", True, "", "c d", ""),
        ("y ~ . - (c - d)", "y", True, "d", "c", ""),
        ("y ~ . - c + c", "y", True, "c", "", ""),
        ("y ~ (a + b)", "y", False, "a b", "", ""),
        ("~ a + b", None, False, "a b", "", ""),
        ("~ .", None, True, "", "", ""),
        ("y1 + y2 ~ .", ("y1", "y2"), True, "", "", ""),
        ("y ~ a:b", "y", False, "", "", "a:b"),
        ("y ~ . + a:b:c + c:d", "y", True, "", "", "a:b:c c:d"),
        ("y ~ (a + b):c", "y", False, "", "", "a:c b:c"),
        ("y ~ a:b + a:c - a:b", "y", False, "", "", "a:c"),
        ("y ~ a + 1", "y", False, "a", "", ""),
        ("y ~ a.b + _c", "y", False, "a.b _c", "", ""),
        ("größe ~ maß", "größe", False, "maß", "", ""),
    ],
)
def test_parts(text, target, everything, include, exclude, crosses):
    formula = parse_formula(text)
    assert formula.text == text
    assert formula.target == target
    assert formula.everything is everything
    assert formula.include == tuple(include.split())
    assert formula.exclude == tuple(exclude.split())
    assert formula.crosses == tuple(tuple(cross.split(":")) for cross in crosses.split())


def test_backticks_hold_any_name():
    formula = parse_formula("`sale price` ~ `living area` - `lot (m2)` + `a:b`:`log(x)`")
    assert formula.target == "sale price"
    assert formula.include == ("living area",)
    assert formula.exclude == ("lot (m2)",)
    assert formula.crosses == (("a:b", "log(x)"),)


@pytest.mark.parametrize(
    ("text", "targets"), [("~ .", ()), ("y ~ .", ("y",)), ("y1 + y2 ~ .", ("y1", "y2"))]
)
def test_targets(text, targets):
    assert parse_formula(text).targets == targets


COLUMNS = ["id", "a", "b", "c", "y", "y2"]


@pytest.mark.parametrize(
    ("text", "features", "required"),
    [
        ("y ~ .", "id a b c y2", "id a b c y2"),
        ("y + y2 ~ . - id", "a b c", "a b c"),
        ("~ .", "id a b c y y2", "id a b c y y2"),
        ("y ~ b + a", "b a", "b a"),
        ("y ~ . - y - y2", "id a b c", "id a b c"),
        ("y ~ . - id - y2 + b", "a b c", "a b c"),
        ("y ~ a:b", "", "a b"),
        ("y ~ a + c:b", "a", "a c b"),
        ("label ~ a", "a", "a"),
        ("label ~ a - label", "a", "a"),
    ],
)
def test_resolve(text, features, required):
    formula = parse_formula(text)
    assert formula.resolve(COLUMNS) == features.split()
    assert formula.required(COLUMNS) == required.split()


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("y ~ agee", ["age", "fare"], "names 'agee', .* did you mean 'age'?"),
        ("y ~ . - faer", ["age", "fare"], "names 'faer', .* did you mean 'fare'?"),
        ("y ~ age:faer", ["age", "fare"], "names 'faer', .* did you mean 'fare'?"),
        ("y ~ .", ["y"], "leaves no feature column"),
        ("y ~ . - age", ["age", "y"], "leaves no feature column"),
    ],
)
def test_resolve_refuses(text, columns, message):
    with pytest.raises(ValueError, match=message):
        parse_formula(text).resolve(columns)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("y ~ log(x)", "calls log(x); name the column alone"),
        ("y ~ a + I(b)", "calls I(b); name the column alone"),
        ("log(y) ~ a", "calls log(y); name the column alone"),
        ("y ~ a*b", "has '*'; write 'a + b + a:b'"),
        ("y ~ a|b", "has '|'; use only '+', '-' and ':'"),
        ("y ~ a^2", "has '^'; name each column"),
        ("y ~ (a + b)**2", "has '**'; name each column"),
        ("y ~ a/b", "has '/'; name each column"),
        ("y ~ .:a", "has '.' within a cross; cross columns as in 'a:b'"),
        ("y ~ (a*b):c", "has '*' within a cross; cross columns as in 'a:b'"),
        ("y ~ a:a", "crosses a column with itself in a:a"),
        ("y ~ . - .", "takes away '.'"),
        ("y ~ y + a", "has 'y' both as target and as feature"),
        ("y ~ y:a", "has 'y' both as target and as feature"),
        ("y - z ~ a", "has '-' in its target"),
        ("y ~ 2", "holds 2, which is not the name of a column"),
        ("y ~ 'a'", "holds 'a', which is not the name of a column"),
        ("a + b", "has no '~'; write 'target ~ a + b'"),
        ("", "has no '~'"),
        ("y ~ a +", "cannot be read"),
        ("y ~ a ~ b", "cannot be read"),
        ("y ~ (a", "cannot be read"),
    ],
)
def test_refuses_in_one_sentence(text, what):
    start = re.escape(f"The formula {text!r} {what}")
    with pytest.raises(ValueError, match=rf"\A{start}[^\n]*\.\Z") as caught:
        parse_formula(text)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("text", [None, 3, ["y ~ a"]])
def test_takes_only_text(text):
    with pytest.raises(TypeError, match="A formula is a string"):
        parse_formula(text)


def test_is_a_value():
    formula = parse_formula("y ~ . - id + a:b")
    for same in (
        parse_formula(formula.text),
        copy.deepcopy(formula),
        pickle.loads(pickle.dumps(formula)),
    ):
        assert same == formula
        assert hash(same) == hash(formula)
    with pytest.raises(AttributeError, match="cannot assign"):
        formula.target = "z"
