"""What the columns decide where no step says it: told once, printed to be copied, kept later."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from estimators import DNNLinearCombinedRegressor, LinearRegressor
from feature_specs import (
    ColumnWarning,
    FeatureSpec,
    all_datetime,
    all_nominal,
    all_numeric,
    cols,
)

ROWS = 200


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(50)]
    days = pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), "D")
    return pd.DataFrame(
        {
            "x": rng.normal(size=ROWS),
            "city": rng.choice(["Bonn", "Rome"], ROWS),
            "review": [" ".join(rng.choice(words, 9)) for _ in range(ROWS)],
            "customer": [f"C{i:05d}" for i in range(ROWS)],
            "total": [f"{v:.2f}" if v > 3 else " " for v in rng.gamma(2, 10, ROWS)],
            "day": days.strftime("%Y-%m-%d"),
            "when": rng.choice(["03/04/2020", "05/06/2020"], ROWS),
            "row": np.arange(ROWS),
        }
    )


def told(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcome = action()
    return outcome, [w for w in caught if issubclass(w.category, ColumnWarning)]


@pytest.fixture(scope="module")
def fitted(table):
    return told(lambda: FeatureSpec().fit(table))


def assert_same(encoded, expected):
    assert encoded.keys() == expected.keys()
    assert all(np.array_equal(encoded[key], expected[key]) for key in expected)


def test_all_decisions_are_told_in_one_warning(fitted):
    (warning,) = fitted[1]
    assert warning.filename == __file__
    for decision in (
        "'total' as numbers",
        "'day' as dates",
        "'review' as free text",
        "'customer' not at all, as nearly every row has a new value",
        "'when' as categories, since day and month could be either way round",
        "'row' as numbers, although they may just count the rows",
    ):
        assert decision in str(warning.message)
    assert "'x'" not in str(warning.message)
    assert "'city'" not in str(warning.message)


def test_the_fitted_spec_prints_steps_that_do_the_same(fitted, table):
    spec, _ = fitted
    shown = repr(spec).partition("features:")[0].splitlines()[2:]
    words = (FeatureSpec, all_numeric, all_nominal, all_datetime, cols)
    copied = eval("".join(map(str.strip, shown)), {word.__name__: word for word in words})
    copied, messages = told(lambda: copied.fit(table))
    assert messages == []
    assert_same(copied.encode(table), spec.encode(table))
    assert_same(FeatureSpec(steps=spec.steps_).fit(table).encode(table), spec.encode(table))
    assert "left out, as nearly every row has a new value: customer" in repr(spec)
    assert "step_text_column([&#x27;review&#x27;])" in spec._repr_html_()


def test_any_decision_can_be_overruled(fitted, table):
    said = FeatureSpec().fit(table.astype({"customer": "category", "review": "category"}))
    assert {"customer", "review"} <= set(said.encode(table))
    later_step_wins = FeatureSpec(steps=fitted[0].steps_)
    later_step_wins = later_step_wins.step_categorical_column_with_hash_bucket("review", 9)
    assert later_step_wins.fit(table).encode(table)["review"].ndim == 1


def test_readings_are_those_that_a_person_would_choose(fitted, table):
    spec, _ = fitted
    chosen = (
        FeatureSpec()
        .step_numeric_column(["x", "row", "total"], normalizer="standard")
        .step_categorical_column_with_vocabulary_list(["city", "when"])
        .step_datetime_column("day")
        .step_text_column("review")
    )
    converted = table.assign(
        total=pd.to_numeric(table["total"].str.strip()), day=pd.to_datetime(table["day"])
    )
    assert_same(spec.encode(table), chosen.fit(converted).encode(converted))


@pytest.mark.parametrize(
    "convert",
    [
        lambda t: t.astype({"total": "string", "review": "string"}),
        lambda t: t.convert_dtypes(dtype_backend="pyarrow"),
        lambda t: t.astype(dict.fromkeys(["review", "total", "customer", "day", "when"], object)),
        pl.from_pandas,
        lambda t: t.assign(total=pd.to_numeric(t["total"].str.strip())),
        lambda t: t.assign(customer=1.5),
    ],
    ids=["string", "Arrow", "object", "polars", "numbers", "another id"],
)
def test_later_tables_are_read_alike(fitted, table, convert):
    assert_same(fitted[0].encode(convert(table)), fitted[0].encode(table))


def test_what_is_no_number_later_is_told_with_its_row(fitted, table):
    spoilt = table.assign(total=["1"] * 7 + ["dear"] + ["2"] * (ROWS - 8))
    with pytest.raises(ValueError, match=r"'total' .*'dear' in row 7") as error:
        fitted[0].encode(spoilt)
    assert "\n" not in str(error.value)


def test_a_graph_reads_alike(fitted, table):
    spec, _ = fitted
    raw = spec.raw_inputs(table)
    assert "customer" not in raw
    assert raw["total"].dtype == np.float64
    graph = spec.preprocessing_model()(raw)
    assert_same({k: np.asarray(v) for k, v in graph.items()}, spec.encode(table))
    assert_same(pickle.loads(pickle.dumps(spec)).encode(table), spec.encode(table))


def test_numbers_in_texts_may_be_crossed_beside(table):
    spec, _ = told(lambda: FeatureSpec("~ x + total + city:total").fit(table))
    graph = spec.preprocessing_model()(spec.raw_inputs(table))
    assert_same({k: np.asarray(v) for k, v in graph.items()}, spec.encode(table))


def test_plain_columns_are_told_nothing_of(table):
    plain = table[["x", "city"]].assign(kind=pd.Categorical([*map(str, range(ROWS))]))
    for X in (plain, np.arange(ROWS)[:, None], plain[:20]):
        assert told(lambda X=X: FeatureSpec().fit(X))[1] == []
    steps = FeatureSpec().step_categorical_column_with_vocabulary_list("customer")
    assert told(lambda: steps.fit(table))[1] == []


def test_a_column_that_no_step_can_read():
    with pytest.raises(ValueError, match="'x' of dtype object holds values that are neither"):
        FeatureSpec().fit(pd.DataFrame({"x": [{"a": 1}, {"a": 2}]}))


@pytest.mark.parametrize(
    "model",
    [
        LinearRegressor(epochs=1, random_state=0),
        DNNLinearCombinedRegressor(epochs=1, dnn_feature_spec=FeatureSpec("~ ."), random_state=0),
        DNNLinearCombinedRegressor(epochs=1, linear_columns=["customer", "x"], random_state=0),
    ],
    ids=["linear", "two specs", "a left out column chosen"],
)
def test_estimators_tell_once(model, table):
    _, messages = told(lambda: model.fit(table, table["x"]))
    assert len(messages) == 1
    assert np.array_equal(model.predict(table), model.predict(table.assign(customer=None)))
