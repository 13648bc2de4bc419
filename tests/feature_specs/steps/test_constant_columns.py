"""Columns that say nothing are kept out of the network, with one warning, and not read later."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_val_score

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    KerasRegressor,
    LinearClassifier,
    LinearRegressor,
)
from feature_specs import ColumnWarning, FeatureSpec, all_nominal, all_numeric, everything

ROWS = 40


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"a": rng.normal(size=ROWS), "b": rng.normal(size=ROWS), "c": rng.choice([*"xyz"], ROWS)}
    )


def told(action):
    """Return the outcome, and the warnings about columns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcome = action()
    return outcome, [str(w.message) for w in caught if issubclass(w.category, ColumnWarning)]


def filled(cell, **kwargs):
    return pd.Series([cell] * ROWS, **kwargs)


# A cell that all rows have, or a column of the same; the first is the issue's.
CONSTANT = {
    "all missing": filled(np.nan),
    "one number": filled(7.5),
    "one whole number": filled(7),
    "nullable": filled(7, dtype="Int64"),
    "nullable, missing": filled(None, dtype="Int64"),
    "Arrow": filled(7.5, dtype="double[pyarrow]"),
    "beyond float64": filled(2**60 + 1),
    "bool": filled(True),
    "text": filled("one"),
    "no text": filled(None),
    "empty text or missing": pd.Series(["", None] * (ROWS // 2)),
    "category": filled("one", dtype=pd.CategoricalDtype(["one", "two"])),
    "date": filled(pd.Timestamp("2024-02-29")),
    "no date": filled(pd.NaT),
    "list": filled([1, 2]),
    "empty lists": pd.Series([[], None] * (ROWS // 2)),
    "array in a cell": filled(np.array([1.0, 2.0])),
    "anything": filled({"a": 1}),
}


@pytest.mark.parametrize("column", CONSTANT.values(), ids=CONSTANT)
def test_no_column_decides(table, column):
    spec, messages = told(lambda: FeatureSpec().fit(table.assign(k=column)))
    assert len(messages) == 1
    assert messages[0].startswith("Column 'k' says nothing")
    assert list(spec.left_out_) == ["k"]
    assert_same(spec, table.assign(k=column), FeatureSpec().fit(table), table)


def assert_same(spec, table, other, plain):
    encoded, expected = spec.encode(table), other.encode(plain)
    assert encoded.keys() == expected.keys()
    assert all(np.array_equal(encoded[key], expected[key]) for key in expected)
    assert spec.encoded_signature_ == other.encoded_signature_
    assert spec.raw_inputs(table).keys() == other.raw_inputs(plain).keys()
    assert np.array_equal(spec.transform(table), other.transform(plain))
    assert spec.get_feature_names_out().tolist() == other.get_feature_names_out().tolist()


def test_what_two_values_say():
    table = pd.DataFrame(
        {
            "late": [*[1.0] * 150, 2.0],
            "mark": [*[1.0] * 150, np.nan],
            "text": [*["a"] * 150, ""],
            "lists": [*[["a"]] * 150, ["b"]],
            "date": [*[pd.Timestamp("2024-02-29")] * 150, pd.NaT],
        }
    )
    spec, messages = told(lambda: FeatureSpec().fit(table))
    assert messages == []
    assert spec.get_feature_names_out().tolist() == [
        *("late", "mark_missing", "date_missing"),
        *("text_missing", "text_a", "lists_a", "lists_b"),
    ]
    # Of a constant with gaps nothing but the gaps is read.
    days = pd.date_range("2020-01-01", periods=150)
    later = table.assign(mark=[*np.arange(150.0), np.nan], date=[*days, pd.NaT])
    assert np.array_equal(spec.transform(later), spec.transform(table))
    graph = spec.preprocessing_model()(spec.raw_inputs(later))
    assert np.array_equal(graph["numeric"], spec.encode(later)["numeric"])


def test_numbers_that_floats_cannot_tell_apart_are_one_number():
    table = pd.DataFrame({"k": [2**60, 2**60 + 1], "a": [1.0, 2.0]})
    assert list(told(lambda: FeatureSpec().fit(table))[0].left_out_) == ["k"]
    assert told(lambda: vocabulary(FeatureSpec(), "k").fit(table))[1] == []


CELLS = st.sampled_from(
    [0.0, -1.5, np.nan, None, "one", "", 3, True, pd.Timestamp("2020-01-01"), (1, 2)]
)


@given(
    st.lists(CELLS, min_size=1, max_size=4),
    st.lists(CELLS | st.just(np.inf), min_size=12, max_size=12),
)
@settings(max_examples=60)
def test_nothing_changes_whatever_such_columns_hold_later(cells, later):
    plain = pd.DataFrame({"a": np.arange(12.0), "c": [*"xyz"] * 4})
    held = {f"k{i}": pd.Series([cell] * 12, dtype=object) for i, cell in enumerate(cells)}
    spec, messages = told(lambda: FeatureSpec().fit(plain.assign(**held)))
    assert len(messages) == 1
    assert list(spec.left_out_) == list(held)
    changed = plain.assign(**dict.fromkeys(held, pd.Series(later, dtype=object)))
    assert_same(spec, changed, FeatureSpec().fit(plain), plain)


def vocabulary(spec, columns, **options):
    return spec.step_categorical_column_with_vocabulary_list(columns, **options)


# What a step makes of a column that says nothing, and what of the table without it.
BASE = vocabulary(FeatureSpec().step_numeric_column(["a", "b"], normalizer="standard"), "c")
STEPS = {
    "numeric": (7.0, BASE.step_numeric_column("k")),
    "filled": (np.nan, BASE.step_numeric_column("k", default_value=-1.0)),
    "the same number": (["1", "1.0"] * 20, BASE.step_numeric_column("k")),
    "a gap filled, unmarked": (
        [1.0, np.nan] * 20,
        BASE.step_numeric_column("k", add_indicator=False),
    ),
    "vectors": ([1.0, 2.0], BASE.step_numeric_column("k", shape=2)),
    "selected": (7.0, BASE.step_numeric_column(all_numeric() - ["a", "b"])),
    "vocabulary": ("one", vocabulary(BASE, "k")),
    "given vocabulary": ("one", vocabulary(BASE, "k", vocabulary_list=["one", "two"])),
    "too rare": ([*map(str, range(ROWS))], vocabulary(BASE, "k", min_frequency=2)),
    "hash": ("one", BASE.step_categorical_column_with_hash_bucket("k", 5)),
    "one bucket": ([*"ab"] * 20, BASE.step_categorical_column_with_hash_bucket("k", 1)),
    "identity": (3, BASE.step_categorical_column_with_identity("k", 5)),
    "out of range": ([7, 8] * 20, BASE.step_categorical_column_with_identity("k", 5)),
    "bins": (7.0, BASE.step_bucketized_column("k")),
    "one bin": ([1.0, 2.0] * 20, BASE.step_bucketized_column("k", boundaries=[5.0])),
    "date": (pd.Timestamp("2024-02-29"), BASE.step_datetime_column("k")),
    "one year": (
        [*pd.to_datetime(["2024-01-01", "2024-02-02"])] * 20,
        BASE.step_datetime_column("k", parts=["year"]),
    ),
    "text": ("all alike", BASE.step_text_column("k")),
    "no words": (["!", "?"] * 20, BASE.step_text_column("k")),
}
AFTERWARDS = {
    "embedding": lambda spec: spec.step_embedding_column("k", 3),
    "indicator": lambda spec: spec.step_indicator_column(["k", "c"]),
    "shared": lambda spec: spec.step_shared_embeddings_column(["k"], 3),
    "crossed": lambda spec: spec.step_crossed_column(["k", "bucketized_k"], 9),
    "cross embedded": lambda spec: spec.step_crossed_column(
        ["k", "bucketized_k"], 9
    ).step_embedding_column("crossed_k_bucketized_k", 2),
}


@pytest.mark.parametrize("case", STEPS)
def test_every_kind_of_step(table, case):
    cell, spec = STEPS[case]
    cells = cell if isinstance(cell, list) and len(cell) == ROWS else [cell] * ROWS
    with_it = table.assign(k=pd.Series(cells))
    spec, messages = told(lambda: spec.fit(with_it))
    assert len(messages) == 1
    assert "'bucketized_k'" in messages[0] or "'k'" in messages[0]
    assert_same(spec, with_it, BASE.fit(table), table)


@pytest.mark.parametrize("case", AFTERWARDS)
def test_later_steps_may_name_what_is_left_out(table, case):
    spec = vocabulary(BASE, "k").step_bucketized_column("k")
    spec, messages = told(lambda: AFTERWARDS[case](spec).fit(table.assign(k=7)))
    assert len(messages) == 1
    assert_same(spec, table.assign(k=7), BASE.fit(table), table)


def test_a_cross_goes_on_with_what_says_something(table):
    spec = BASE.step_crossed_column(["c", "k"], 20)
    spec, messages = told(lambda: spec.fit(table.assign(k="one")))
    assert len(messages) == 1
    codes = spec.encode(table.assign(k="one"))["crossed_c_k"]
    assert np.array_equal(codes, spec.encode(table.assign(k="two"))["crossed_c_k"])
    assert len(np.unique(codes)) == 3
    alone = FeatureSpec("~ c:k").fit(table.assign(k=np.nan))
    assert alone.features_["crossed_c_k"].sources == {"c": "string"}


def test_weights_and_categories_may_say_something_together(table):
    weighted = BASE.step_weighted_categorical_column("k", "b")
    spec, messages = told(lambda: weighted.fit(table.assign(k="one")))
    assert messages == []
    assert "k" in spec.features_
    weighted_alone = FeatureSpec().step_weighted_categorical_column("c", "b")
    assert told(lambda: weighted_alone.fit(table.assign(b=2.0)))[1] == []
    spec, messages = told(lambda: weighted.fit(table.assign(k="one", b=2.0)))
    assert "k" not in spec.features_
    assert messages[0].startswith("Columns 'b', 'k' say nothing")


def test_a_column_may_be_taken_away_in_silence(table):
    for spec in (
        FeatureSpec("~ . - k"),
        BASE,
        BASE.step_numeric_column("k").step_remove_column("k"),
    ):
        assert told(lambda spec=spec: spec.fit(table.assign(k=1.0)))[1] == []


def test_rows_that_weigh_nothing_do_not_exist(table):
    weight = np.r_[0.0, np.ones(ROWS - 1)]
    k = np.r_[1.0, np.full(ROWS - 1, 7.0)]
    spec, messages = told(lambda: FeatureSpec().fit(table.assign(k=k), sample_weight=weight))
    assert len(messages) == 1
    assert_same(spec, table.assign(k=k), FeatureSpec().fit(table[1:]), table)


def test_a_fitted_spec_is_used_as_it_is(table):
    spec = FeatureSpec().fit(table.assign(k=[1.0, 2.0] * 20))
    model = LinearRegressor(FrozenEstimator(spec), epochs=1, random_state=0)
    _, messages = told(lambda: model.fit(table.assign(k=1.0), table["a"]))
    assert messages == []
    assert "k" in model.feature_spec_.get_feature_names_out()


def test_the_rest_is_read_as_ever(table):
    spec, _ = told(lambda: FeatureSpec().fit(table.assign(k=1.0)))
    with pytest.raises(ValueError, match="'k', seen at fit, is missing"):
        spec.encode(table)
    with pytest.raises(ValueError, match="infinity: column 'a'"):
        spec.encode(table.assign(k=1.0, a=np.inf))


# In estimators


MODELS = {
    "linear": (LinearRegressor, {}),
    "dnn": (DNNClassifier, {"hidden_units": (4,)}),
    "combined": (DNNLinearCombinedRegressor, {"dnn_hidden_units": (4,)}),
    "one side": (
        DNNLinearCombinedRegressor,
        {"dnn_hidden_units": (4,), "linear_columns": "k", "dnn_columns": "one"},
    ),
    "chosen": (
        DNNLinearCombinedRegressor,
        {"dnn_hidden_units": (4,), "linear_columns": ["c", "k"], "dnn_columns": all_numeric()},
    ),
}


@pytest.mark.parametrize("case", MODELS)
def test_predictions_are_those_without_such_columns(table, case):
    make, options = MODELS[case]
    y = (table["a"] > 0).astype(int)
    model = make(**options, epochs=2, random_state=0)
    with_them = table.assign(k=np.nan, one="one")
    model, messages = told(lambda: model.fit(with_them, y))
    assert len(messages) == 1
    if case == "chosen":
        options = {**options, "linear_columns": ["c"]}
    later = with_them.assign(k="text", one=np.inf)
    if case == "one side":
        assert len(np.unique(model.predict(later))) == 1
        return
    plain = make(**options, epochs=2, random_state=0).fit(table, y)
    assert np.array_equal(model.predict(later), plain.predict(table))
    assert np.array_equal(model.predict(pl.from_pandas(later)), plain.predict(table))
    if hasattr(model, "predict_proba"):
        assert np.array_equal(model.predict_proba(later), plain.predict_proba(table))


def test_arrays(table):
    X = table[["a", "b"]].to_numpy()
    y = X @ [1.0, -2.0]
    wide = np.column_stack([np.ones(ROWS), X[:, 0], np.full(ROWS, np.nan), X[:, 1]])
    model, messages = told(lambda: LinearRegressor(epochs=2, random_state=0).fit(wide, y))
    assert messages[0].startswith("Columns 'x0', 'x2' say nothing")
    plain = LinearRegressor(epochs=2, random_state=0).fit(X, y)
    wide[:, [0, 2]] = np.inf
    assert np.array_equal(model.predict(wide), plain.predict(X))
    # As everywhere in scikit-learn there is a coefficient for each column of an array.
    assert model.coef_.tolist() == [0, plain.coef_[0], 0, plain.coef_[1]]
    fortran, _ = told(
        lambda: LinearRegressor(epochs=2, random_state=0).fit(
            np.asfortranarray(np.nan_to_num(wide, posinf=1)), y
        )
    )
    plain = LinearRegressor(epochs=2, random_state=0).fit(np.asfortranarray(X), y)
    assert np.array_equal(fortran.predict(wide), plain.predict(X))


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
def test_selectors_of_scikit_learn_find_a_coefficient_for_each_column(table):
    X = np.column_stack([table["a"], np.ones(ROWS), table["b"]])
    model = LinearRegressor(epochs=20, random_state=0)
    assert SelectFromModel(model, max_features=1).fit(X, X[:, 2]).get_support().tolist() == [
        False,
        False,
        True,
    ]
    assert RFE(model, n_features_to_select=2).fit(X, X[:, 2]).get_support()[2]
    model = LinearClassifier(epochs=2, random_state=0).fit(X, X[:, 0] > 0)
    assert model.coef_.shape == (1, 3)


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
def test_within_a_cross_validation_a_fold_goes_on(table):
    k = pd.Series([1.0] * 20 + [np.nan] * 20)
    scores = cross_val_score(LinearRegressor(epochs=2), table.assign(k=k), table["a"], cv=2)
    assert np.isfinite(scores).all()


def test_partial_fit_goes_on_without_the_column(table):
    model = DNNRegressor(hidden_units=(3,), random_state=0)
    _, messages = told(
        lambda: model.partial_fit(table.assign(k=1.0), table["a"]).partial_fit(
            table.assign(k=table["b"]), table["a"]
        )
    )
    assert len(messages) == 1
    assert "k" not in model.feature_spec_.get_feature_names_out()


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (LinearRegressor, {}),
        (DNNClassifier, {"hidden_units": (4,)}),
        (DNNLinearCombinedRegressor, {"dnn_hidden_units": (4,)}),
    ],
)
def test_no_column_at_all_leaves_the_intercept(table, make, options):
    y = np.r_[np.zeros(30), np.ones(10)]
    nothing = pd.DataFrame({"k": np.ones(ROWS), "c": "one"})
    model, messages = told(lambda: make(**options, epochs=5, random_state=0).fit(nothing, y))
    assert len(messages) == 1
    predicted = model.predict(nothing.assign(k="text", c=np.arange(ROWS)))
    assert len(np.unique(predicted)) == 1
    spec = FeatureSpec().fit(nothing)
    assert spec.transform(nothing).tolist() == [[0]] * ROWS
    assert spec.get_feature_names_out().tolist() == ["nothing"]
    graph = spec.preprocessing_model()(spec.raw_inputs(nothing.assign(k="text")))
    assert np.array_equal(graph["numeric"], spec.transform(nothing))


def test_a_network_of_ones_own_finds_each_column_in_its_place(table):
    import keras

    seen = []

    def network(inputs, units):
        seen.append(inputs.shape[1])
        return keras.layers.Dense(units)(inputs)

    X = np.column_stack([np.ones(ROWS), table["a"], np.full(ROWS, np.nan), table["b"]])
    model = KerasRegressor(network, epochs=1, random_state=0)
    told(lambda: model.fit(X, X[:, 1]))
    assert set(seen) == {4}
    kernel, bias = model.network_.get_weights()
    placed = model.feature_spec_.encode(X)["numeric"] @ kernel[[1, 3], 0] + bias
    np.testing.assert_allclose(model.predict(X), placed, atol=1e-6)


def test_one_warning_for_many_columns_names_the_first(table):
    pixels = np.zeros((ROWS, 64))
    pixels[:, 60:] = np.random.default_rng(0).random((ROWS, 4))
    _, messages = told(lambda: FeatureSpec().fit(pixels))
    assert len(messages) == 1
    assert "'x0', 'x1', 'x2' and 57 more" in messages[0]


def test_in_a_column_transformer(table):
    transformer = ColumnTransformer([("spec", FeatureSpec(), ["a", "k"])])
    out, messages = told(lambda: transformer.fit_transform(table.assign(k=1)))
    assert out.shape == (ROWS, 1)
    assert len(messages) == 1


def test_selectors_need_nothing_known(table):
    spec, messages = told(
        lambda: vocabulary(FeatureSpec(), everything() & all_nominal()).fit(table.assign(k="one"))
    )
    assert list(spec.left_out_) == ["k"]
    assert len(messages) == 1
