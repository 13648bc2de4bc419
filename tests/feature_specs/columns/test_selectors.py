"""Selectors: what each chooses, how they join, and that they are plain values."""

import copy
import datetime
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from feature_specs.columns import selectors
from feature_specs.columns.selectors import (
    ColumnInfo,
    all_boolean,
    all_datetime,
    all_nominal,
    all_numeric,
    as_selector,
    cols,
    contains,
    derived,
    ends_with,
    everything,
    has_dtype,
    infer_columns,
    matches,
    num_range,
    one_of,
    starts_with,
)

TABLE = [
    ColumnInfo("x2", "numeric", "float64"),
    ColumnInfo("x1", "numeric", "Int64"),
    ColumnInfo("x03", "numeric", "float32"),
    ColumnInfo("vip", "boolean", "bool"),
    ColumnInfo("city", "nominal", "str"),
    ColumnInfo("when", "datetime", "datetime64[ns, UTC]"),
    ColumnInfo("tags", "list", "object"),
    ColumnInfo("bucketized_x1", "nominal", "int32", derived=True),
    ColumnInfo("x2", "numeric", "float32", derived=True),
]
RAW = [column.name for column in TABLE if not column.derived]

EVERY_KIND = [
    everything(),
    all_numeric(),
    all_nominal(),
    all_boolean(),
    all_datetime(),
    has_dtype("float64", int),
    starts_with("x", "v"),
    ends_with("1"),
    contains("it"),
    matches(r"^x\d$"),
    num_range("x", range(1, 3)),
    num_range("x", [3], width=2),
    one_of("city", "nowhere"),
    cols("city", "x1"),
    derived(starts_with("bucketized")),
    as_selector(["x1", all_nominal()]),
]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (everything(), RAW),
        (all_numeric(), ["x2", "x1", "x03", "vip"]),
        (all_nominal(), ["city"]),
        (all_boolean(), ["vip"]),
        (all_datetime(), ["when"]),
        (has_dtype("float32", "int64"), ["x1", "x03"]),
        (has_dtype(int, np.float64), ["x2", "x1"]),
        (has_dtype("string"), ["city"]),
        (has_dtype("datetime64", bool), ["vip", "when"]),
        (has_dtype(np.dtype("float32")), ["x03"]),
        (starts_with("x"), ["x2", "x1", "x03"]),
        (ends_with("y", "n"), ["city", "when"]),
        (contains("it", "ag"), ["city", "tags"]),
        (matches(r"\d\d"), ["x03"]),
        (num_range("x", range(1, 4)), ["x2", "x1"]),
        (num_range("x", range(1, 4), width=2), ["x03"]),
        (cols("x1", "x2"), ["x1", "x2"]),
        (cols("bucketized_x1", "x1"), ["bucketized_x1", "x1"]),
        (one_of("x1", "nowhere", "x2"), ["x1", "x2"]),
        (derived(everything()), ["bucketized_x1", "x2"]),
        (derived(all_numeric()), ["x2"]),
        (derived("x2"), ["x2"]),
        (derived(~all_numeric()), ["bucketized_x1"]),
        (starts_with(), []),
    ],
    ids=repr,
)
def test_what_each_selector_chooses(selector, expected):
    assert selector(TABLE) == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (all_nominal() + all_boolean(), ["city", "vip"]),
        (cols("x1") | all_numeric(), ["x1", "x2", "x03", "vip"]),
        (all_numeric() - "vip", ["x2", "x1", "x03"]),
        (all_numeric() - ["vip", "x1"], ["x2", "x03"]),
        ("city" + starts_with("x1"), ["city", "x1"]),
        (["city", "vip"] - all_nominal(), ["vip"]),
        (all_numeric() & starts_with("x") & ~ends_with("1"), ["x2", "x03"]),
        (~(all_numeric() | cols("city")), ["when", "tags"]),
        (~~all_nominal(), ["city"]),
        (everything() - all_numeric() + "x1", ["city", "when", "tags", "x1"]),
    ],
    ids=repr,
)
def test_operators(selector, expected):
    assert selector(TABLE) == expected


_SELECTORS = st.recursive(
    st.sampled_from(EVERY_KIND),
    lambda inner: st.one_of(
        inner.map(lambda a: ~a),
        st.tuples(inner, inner).map(lambda two: two[0] + two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] - two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(_SELECTORS)
def test_selectors_are_values_printed_as_typed(selector):
    typed = eval(repr(selector), vars(selectors).copy())
    assert typed == selector
    assert hash(typed) == hash(selector)
    assert typed(TABLE) == selector(TABLE)
    assert pickle.loads(pickle.dumps(selector)) == selector
    assert copy.deepcopy(selector) == selector
    assert clone(selector) == selector


@settings(max_examples=100, deadline=None)
@given(_SELECTORS, _SELECTORS)
def test_selectors_are_sets(a, b):
    chosen_a, chosen_b = set(a(TABLE)), set(b(TABLE))
    assert set((a + b)(TABLE)) == set((a | b)(TABLE)) == chosen_a | chosen_b
    # A table's column and a feature of one name are two things that print alike.
    raw = [column for column in TABLE if column.name != "x2"]
    assert set((a - b)(raw)) == set(a(raw)) - set(b(raw))
    assert set((a & b)(raw)) == set(a(raw)) & set(b(raw))


def test_printed_forms_have_only_the_brackets_they_need():
    assert repr(all_numeric() - cols("a") + "b") == "all_numeric() - cols('a') + cols('b')"
    assert repr(all_numeric() - (cols("a") + "b")) == "all_numeric() - (cols('a') + cols('b'))"
    assert repr(~(everything() & ~all_nominal())) == "~(everything() & ~all_nominal())"
    assert repr(num_range("w", range(3))) == "num_range('w', range(0, 3))"


def test_differences_are_not_equal():
    assert cols("a") != one_of("a")
    assert starts_with("a") != ends_with("a")
    assert all_numeric() + "a" != all_numeric() - "a"
    assert len({cols("a"), cols("a"), cols("b")}) == 2


@pytest.mark.parametrize("selector", [cols("a"), all_numeric(), all_numeric() - "a", ~cols("a")])
def test_joining_leaves_a_selector_as_it_was(selector):
    before = repr(selector)
    for joined in (selector + "b", selector | "b", selector - "b", selector & "b", ~selector):
        assert joined != selector
    assert repr(selector) == before


@pytest.mark.parametrize(
    ("selector", "attribute"),
    [
        (cols("a"), "names"),
        (all_numeric(), "name"),
        (all_numeric() - "a", "left"),
        (~cols("a"), "selector"),
        (derived("a"), "selector"),
    ],
    ids=repr,
)
def test_selectors_are_frozen(selector, attribute):
    with pytest.raises(AttributeError, match="cannot assign"):
        setattr(selector, attribute, None)


def test_as_selector():
    assert as_selector("age") == cols("age")
    assert as_selector(("age", "fare")) == cols("age", "fare")
    assert cols(["age", "fare"]) == cols("age", "fare")
    assert as_selector(pd.Index(["age"])) == cols("age")
    assert as_selector([])(TABLE) == []
    assert as_selector(["city", all_boolean()])(TABLE) == ["city", "vip"]
    by_kind = as_selector(lambda columns: [c.name for c in columns if c.kind == "list"])
    assert by_kind(TABLE) == ["tags"]
    assert (by_kind + "city")(TABLE) == ["tags", "city"]
    selector = all_numeric()
    assert as_selector(selector) is selector


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: cols("citi")(TABLE), ValueError, "no column 'citi'; did you mean 'city'?"),
        (lambda: derived(cols("vip"))(TABLE), ValueError, "no column 'vip'"),
        (lambda: (all_numeric() - "vipp")(TABLE), ValueError, "did you mean 'vip'?"),
        (lambda: as_selector(lambda columns: ["wen"])(TABLE), ValueError, "did you mean 'when'?"),
        (lambda: as_selector(3), TypeError, "not 3"),
        (lambda: cols(3), TypeError, "not 3"),
        (lambda: all_numeric() + 3, TypeError, "unsupported operand"),
        (lambda: matches("("), ValueError, "is not a regular expression"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(mistake, error, message):
    with pytest.raises(error, match=re.escape(message)):
        mistake()


def _series(values, dtype=None):
    return pd.Series(values, dtype=dtype)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (_series([1, 2]), "numeric"),
        (_series([1, 2], "uint8"), "numeric"),
        (_series([1.5, None]), "numeric"),
        (_series([1, None], "Int64"), "numeric"),
        (_series([1, None], "Float32"), "numeric"),
        (_series([1, None], object), "numeric"),
        (_series([True, False]), "boolean"),
        (_series([True, None], "boolean"), "boolean"),
        (_series([True, None], object), "boolean"),
        (_series(["a", None]), "nominal"),
        (_series(["a", None], object), "nominal"),
        (_series(["a", None], "string"), "nominal"),
        (_series([1, 2]).astype("category"), "nominal"),
        (_series([None, None], object), "nominal"),
        (_series(pd.to_datetime(["2020-01-01", None])), "datetime"),
        (_series(pd.to_datetime(["2020-01-01"]).tz_localize("UTC")), "datetime"),
        (_series([datetime.date(2020, 1, 1), None], object), "datetime"),
        (_series([["a"], None], object), "list"),
        (_series([("a", "b"), np.nan], object), "list"),
        (_series([np.array([1.0, 2.0]), np.array([3.0, 4.0])], object), "list"),
        (_series([1, "a"], object), "other"),
        (_series([["a"], "a"], object), "other"),
        (_series([1 + 2j]), "other"),
        (_series(pd.to_timedelta([1, None])), "numeric"),
        (_series([datetime.timedelta(1), None], object), "numeric"),
        (_series([{"a": 1}], object), "other"),
        (_series([b"a"], object), "other"),
    ],
    ids=lambda value: f"{value.dtype}" if isinstance(value, pd.Series) else value,
)
def test_kinds_of_columns(values, kind):
    (column,) = infer_columns(pd.DataFrame({"x": values}))
    assert (column.name, column.kind, column.derived) == ("x", kind, False)


@pytest.mark.parametrize(
    ("arrow_type", "values", "kind", "dtype"),
    [
        ("int64", [1, None], "numeric", "int64"),
        ("float32", [1.0, None], "numeric", "float32"),
        ("float64", [1.0, None], "numeric", "float64"),
        ("bool_", [True, None], "boolean", "bool"),
        ("string", ["a", None], "nominal", "string"),
        ("large_string", ["a", None], "nominal", "string"),
        ("date32", [datetime.date(2020, 1, 1)], "datetime", "date32"),
    ],
)
def test_kinds_of_arrow_columns(arrow_type, values, kind, dtype):
    pa = pytest.importorskip("pyarrow")
    arrow = pd.ArrowDtype(getattr(pa, arrow_type)())
    frame = pd.DataFrame({"x": pd.Series(values, dtype=arrow)})
    columns = infer_columns(frame)
    assert columns[0].kind == kind
    assert has_dtype(dtype)(columns) == ["x"]


def test_kinds_of_arrow_lists_and_timestamps():
    pa = pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {
            "tags": pd.Series([["a"], None], dtype=pd.ArrowDtype(pa.list_(pa.string()))),
            "when": pd.Series([pd.Timestamp("2020")], dtype=pd.ArrowDtype(pa.timestamp("ns"))),
        },
        index=[0, 1],
    )
    assert [column.kind for column in infer_columns(frame)] == ["list", "datetime"]
