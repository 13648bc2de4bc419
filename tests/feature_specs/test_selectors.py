"""Selectors choose the columns they name, and are values: compared, hashed, copied, printed."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from feature_specs.selectors import (
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

COLUMNS = [
    ColumnInfo("age", "numeric", "int64"),
    ColumnInfo("x10", "numeric", "Float32"),
    ColumnInfo("x2", "numeric", "double[pyarrow]"),
    ColumnInfo("vip", "boolean", "bool"),
    ColumnInfo("city", "nominal", "str"),
    ColumnInfo("city_id", "nominal", "category"),
    ColumnInfo("since", "datetime", "datetime64[us, UTC]"),
    ColumnInfo("tags", "list", "object"),
    ColumnInfo("age_bucket", "nominal", "int32", derived=True),
    ColumnInfo("age_scaled", "numeric", "float32", derived=True),
]
RAW = [column.name for column in COLUMNS if not column.derived]


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        (everything(), RAW),
        (all_numeric(), ["age", "x10", "x2", "vip"]),
        (all_nominal(), ["city", "city_id"]),
        (all_boolean(), ["vip"]),
        (all_datetime(), ["since"]),
        (has_dtype("int64"), ["age"]),
        (has_dtype(float), ["x10", "x2"]),
        (has_dtype("float32", "bool"), ["x10", "vip"]),
        (has_dtype("datetime64"), ["since"]),
        (has_dtype("string", "category"), ["city", "city_id"]),
        (starts_with("x", "ci"), ["x10", "x2", "city", "city_id"]),
        (ends_with("_id"), ["city_id"]),
        (contains("it", "ag"), ["age", "city", "city_id", "tags"]),
        (matches(r"^x\d+$"), ["x10", "x2"]),
        (num_range("x", range(1, 11)), ["x10", "x2"]),
        (num_range("x", [2]), ["x2"]),
        (num_range("x", [2], width=2), []),
        (cols("x2", "age"), ["x2", "age"]),
        (cols("age_bucket", "age"), ["age_bucket", "age"]),
        (cols("age", "age"), ["age"]),
        (one_of("nothing", "x2", "age"), ["x2", "age"]),
        (derived(everything()), ["age_bucket", "age_scaled"]),
        (derived(all_numeric()), ["age_scaled"]),
        (derived("age_bucket"), ["age_bucket"]),
        (cols("x2") + all_numeric(), ["x2", "age", "x10", "vip"]),
        (all_boolean() | "age", ["vip", "age"]),
        ("age" + all_boolean(), ["age", "vip"]),
        (all_numeric() - ["age", "vip"], ["x10", "x2"]),
        (all_numeric() & starts_with("x"), ["x10", "x2"]),
        (~(all_numeric() | all_nominal()), ["since", "tags"]),
        (~cols("age"), RAW[1:]),
    ],
    ids=repr,
)
def test_choice(selector, names):
    assert selector(COLUMNS) == names


SELECTORS = [
    "all_numeric() - cols('age')",
    "all_numeric() - (cols('age') | ends_with('_id'))",
    "all_numeric() - cols('age') - cols('x2')",
    "all_numeric() - (cols('age') - cols('x2'))",
    "cols('a', 'b') + one_of('c') & ~all_nominal()",
    "~(everything() | all_datetime())",
    "~~all_boolean()",
    "derived(starts_with('x', 'y')) & contains('z')",
    "has_dtype('float32', 'integer')",
    "matches('^x')",
    "num_range('x', range(0, 3))",
    "num_range('x', (1, 5), 2)",
]


@pytest.mark.parametrize("text", SELECTORS)
def test_prints_as_typed_and_is_a_value(text):
    selector = eval(text)
    assert repr(selector) == text
    for same in (
        eval(text),
        clone(selector),
        copy.deepcopy(selector),
        pickle.loads(pickle.dumps(selector)),
    ):
        assert same == selector
        assert hash(same) == hash(selector)


def test_different_selectors_differ():
    assert len({eval(text) for text in SELECTORS}) == len(SELECTORS)
    assert cols("age") != one_of("age")
    assert cols("age", "x2") != cols("x2", "age")


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
def test_frozen(selector, attribute):
    with pytest.raises(AttributeError, match="cannot assign"):
        setattr(selector, attribute, None)


@pytest.mark.parametrize(
    ("written", "selector"),
    [
        ("age", cols("age")),
        (["age", "x2"], cols("age", "x2")),
        (("age", all_nominal()), cols("age") + all_nominal()),
        (all_nominal(), all_nominal()),
    ],
)
def test_as_selector(written, selector):
    assert as_selector(written) == selector


def test_function_as_selector():
    short = as_selector(lambda columns: [c.name for c in columns if len(c.name) < 3])
    assert short(COLUMNS) == ["x2"]
    assert (all_numeric() - short)(COLUMNS) == ["age", "x10", "vip"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cols("agee")(COLUMNS), ValueError, "no column 'agee'; did you mean 'age'"),
        (lambda: (~cols("agee"))(COLUMNS), ValueError, "no column 'agee'; did you mean 'age'"),
        (lambda: as_selector(lambda _: ["agee"])(COLUMNS), ValueError, "did you mean 'age'"),
        (lambda: as_selector(3), TypeError, "a name, a list of names, a selector or a function"),
        (lambda: all_numeric() + 3, TypeError, "unsupported operand"),
        (lambda: cols(3), TypeError, "is a string, not 3"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def _objects(*cells):
    values = pd.Series([None] * len(cells), dtype=object)
    for row, cell in enumerate(cells):
        values[row] = cell
    return values


DAY = pd.Timestamp("2026-02-01")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series(["a", None]), "nominal"),
        (_objects("a", None), "nominal"),
        (pd.Series(["a", None], dtype="category"), "nominal"),
        (pd.Series([1, 2], dtype="category"), "nominal"),
        (pd.Series(["a", None], dtype="string"), "nominal"),
        (_objects(["a"], []), "list"),
        (_objects(None, ("a", "b")), "list"),
        (_objects(np.nan, {"a"}), "list"),
        (_objects(None, np.array([1, 2])), "list"),
        (pd.Series([1]), "numeric"),
        (pd.Series([1], dtype="uint8"), "numeric"),
        (pd.Series([1.5], dtype="float32"), "numeric"),
        (pd.Series([1, None], dtype="Int64"), "numeric"),
        (pd.Series([1, None], dtype="Float64"), "numeric"),
        (pd.Series([True]), "boolean"),
        (pd.Series([True, None], dtype="boolean"), "boolean"),
        (pd.Series([DAY]), "datetime"),
        (pd.Series([DAY.tz_localize("UTC")]), "datetime"),
        (pd.Series([pd.Timedelta(1, "D")]), "other"),
        (pd.Series([1j]), "other"),
        (_objects(1, "a"), "other"),
        (_objects({"a": 1}), "other"),
    ],
)
def test_kind(values, kind):
    assert infer_columns(values.to_frame("x")) == [ColumnInfo("x", kind, str(values.dtype))]


@pytest.mark.parametrize(
    ("dtype", "cell", "kind"),
    [
        ("string[pyarrow]", "a", "nominal"),
        ("int64[pyarrow]", 1, "numeric"),
        ("double[pyarrow]", 1.5, "numeric"),
        ("bool[pyarrow]", True, "boolean"),
        ("timestamp[us][pyarrow]", DAY, "datetime"),
    ],
)
def test_kind_in_arrow_memory(dtype, cell, kind):
    pytest.importorskip("pyarrow")
    (column,) = infer_columns(pd.DataFrame({"x": pd.Series([cell, None], dtype=dtype)}))
    assert column.kind == kind
