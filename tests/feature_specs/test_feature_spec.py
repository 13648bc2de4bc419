"""FeatureSpec in scikit-learn's world: checks, parameters, pipelines, tables of every make."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from feature_specs import FeatureSpec, all_nominal, all_numeric, cols


@parametrize_with_checks([FeatureSpec()])
def test_sklearn_contract(estimator, check):
    check(estimator)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(20, 60, 60).astype(float),
            "fare": rng.gamma(2.0, 10.0, 60),
            "city": rng.choice(["Bonn", "Rome", "Oslo"], 60),
            "label": rng.integers(0, 2, 60),
        }
    )


@pytest.fixture
def spec():
    return (
        FeatureSpec("label ~ .")
        .step_numeric_column(all_numeric(), normalizer="standard")
        .step_categorical_column_with_vocabulary_list(all_nominal())
    )


def assert_same_encoding(left, right):
    assert left.keys() == right.keys()
    for name, array in left.items():
        np.testing.assert_array_equal(array, right[name])


# Immutable, cloneable, tunable


def test_a_step_makes_a_new_spec():
    spec = FeatureSpec("label ~ .")
    longer = spec.step_numeric_column("age")
    assert spec.steps == ()
    assert [name for name, _ in longer.steps] == ["numeric"]
    assert longer.formula == "label ~ ."


def test_steps_of_one_kind_are_numbered_and_can_be_named():
    spec = FeatureSpec().step_numeric_column("a").step_numeric_column("b")
    spec = spec.step_numeric_column("c", name="prices")
    assert [name for name, _ in spec.steps] == ["numeric", "numeric_2", "prices"]
    with pytest.raises(ValueError, match="'prices' already"):
        spec.step_numeric_column("d", name="prices")


def test_a_fitted_spec_gives_an_unfitted_one_when_a_step_is_added(spec, table):
    assert not spec.fit(table).step_bucketized_column("age").__sklearn_is_fitted__()


def test_clone_keeps_parameters_and_forgets_the_fit(spec, table):
    copied = clone(spec.fit(table))
    assert not copied.__sklearn_is_fitted__()
    assert repr(copied) == repr(clone(spec))
    with pytest.raises(NotFittedError):
        copied.encode(table)


def test_parameters_of_steps_are_reached_by_name(spec, table):
    assert spec.get_params()["numeric__normalizer"] == "standard"
    changed = clone(spec).set_params(numeric__normalizer=None, formula="label ~ age")
    changed.set_params(numeric__columns="age")
    assert spec.get_params()["numeric__normalizer"] == "standard"
    changed.steps = changed.steps[:1]
    np.testing.assert_array_equal(changed.fit(table).encode(table)["numeric"], table[["age"]])


def test_set_params_replaces_a_whole_step(spec):
    other = FeatureSpec().step_numeric_column("age").steps[0][1]
    assert dict(clone(spec).set_params(numeric=other).steps)["numeric"] is other


def test_grid_search_over_a_step(spec, table):
    X, y = table.drop(columns="label"), table["label"]
    pipeline = make_pipeline(
        clone(spec).set_params(formula=None).step_bucketized_column("age", num_bins=3),
        LogisticRegression(),
    )
    grid = {
        "featurespec__numeric__normalizer": ["standard", None],
        "featurespec__bucketized__num_bins": [2, 5],
    }
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 4


def test_a_frozen_spec_keeps_its_fit(spec, table):
    frozen = clone(FrozenEstimator(spec.fit(table)))
    assert frozen.transform(table).shape == (60, 5)


@pytest.mark.parametrize("copy_of", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_encode_alike(spec, table, copy_of):
    spec.fit(table)
    assert_same_encoding(copy_of(spec).encode(table), spec.encode(table))


def test_a_failed_fit_leaves_the_former_one(spec, table):
    spec.fit(table)
    expected = spec.encode(table)
    with pytest.raises(ValueError, match="'fare'"):
        spec.fit(table.assign(fare=np.inf, extra=1.0))
    assert_same_encoding(spec.encode(table), expected)


def test_a_second_fit_forgets_the_first(spec, table):
    spec.fit(table).fit(table[["age", "label", "city"]])
    assert spec.encode(table[["age", "city"]])["numeric"].shape == (60, 1)


# What the columns decide


def test_without_steps_the_columns_decide(table):
    table["day"] = pd.to_datetime(["2024-01-01", "2024-02-01"] * 30)
    table["tags"] = [["a"], ["b", "a"]] * 30
    table["member"] = table["age"] > 40
    table.loc[0, "fare"] = np.nan
    encoded = FeatureSpec("label ~ .").fit(table).encode(table)
    assert {"numeric", "city", "tags"} == set(encoded)
    # age, fare, member, the mark of missing fares; year and two waves
    assert encoded["numeric"].shape == (60, 4 + 5)
    np.testing.assert_allclose(encoded["numeric"][:, :3].mean(axis=0), 0, atol=1e-6)
    assert encoded["numeric"].dtype == np.float32
    assert encoded["city"].dtype == np.int32
    assert encoded["tags"].shape == (60, 2)


def test_a_formula_without_steps(table):
    encoded = FeatureSpec("label ~ age + age:city").fit(table.astype({"age": int}))
    assert set(encoded.encode(table)) == {"numeric", "crossed_age_city"}


def test_encodings_are_of_their_own_memory(table):
    X = np.asfortranarray(table[["age", "fare"]].to_numpy(np.float32))
    encoded = FeatureSpec().step_numeric_column(all_numeric()).fit(X).encode(X)["numeric"]
    assert not np.shares_memory(encoded, X)
    assert encoded.flags.c_contiguous


def test_nothing_passed_in_is_changed(spec, table):
    before = table.copy(deep=True)
    spec.fit(table).transform(table)
    pd.testing.assert_frame_equal(table, before)


# The target


def test_the_formula_names_the_target(spec, table):
    assert spec.target_name == "label"
    X, y = spec.split_target(table)
    assert list(X.columns) == ["age", "fare", "city"]
    pd.testing.assert_series_equal(y, table["label"])


def test_the_target_need_not_be_there_afterwards(spec, table):
    spec.fit(table)
    assert_same_encoding(spec.encode(table), spec.encode(table.drop(columns="label")))
    assert spec.split_target(table.drop(columns="label"))[1] is None
    assert "label" not in spec.feature_names_in_


def test_two_targets(table):
    spec = FeatureSpec("label + age ~ .").fit(table)
    X, y = spec.split_target(table)
    assert spec.target_name == ("label", "age")
    assert list(X.columns) == ["fare", "city"]
    assert list(y.columns) == ["label", "age"]


def test_columns_that_the_formula_leaves_out_need_not_be_there(table):
    spec = FeatureSpec("label ~ . - fare").fit(table)
    assert_same_encoding(spec.encode(table[["city", "age"]]), spec.encode(table))


def test_a_table_may_be_split_twice(table):
    spec = FeatureSpec("label ~ . - fare")
    X, _ = spec.split_target(table)
    assert list(X.columns) == ["age", "city"]
    assert_same_encoding(clone(spec).fit(X).encode(table), spec.fit(table).encode(table))
    with pytest.raises(ValueError, match="names 'faer'.*did you mean 'fare'"):
        FeatureSpec("label ~ . - faer").fit(table)


# Tables of every make


@pytest.mark.parametrize(
    "convert",
    [
        pl.from_pandas,
        pa.Table.from_pandas,
        lambda table: {name: table[name].to_numpy() for name in table},
        lambda table: table.convert_dtypes(),
        lambda table: table.convert_dtypes(dtype_backend="pyarrow"),
        lambda table: table.astype({"city": "category"}),
        lambda table: table.astype({"city": object}),
        lambda table: table[["city", "age", "fare"]],
    ],
    ids=["polars", "arrow", "dict", "nullable", "pyarrow", "category", "object", "reordered"],
)
def test_every_table_encodes_alike(spec, table, convert):
    table.loc[3, "age"] = np.nan
    table.loc[4, "city"] = None
    expected = spec.fit(table).encode(table)
    assert_same_encoding(spec.encode(convert(table)), expected)
    if "label" in getattr(convert(table), "columns", []):
        assert_same_encoding(clone(spec).fit(convert(table)).encode(convert(table)), expected)


def test_arrays_are_read_by_place(table):
    columns = ["age", "fare"]
    spec = FeatureSpec().step_numeric_column(["x0", "x1"]).fit(table[columns].to_numpy())
    expected = spec.encode(table[columns].to_numpy())
    with pytest.warns(UserWarning, match="fitted without feature names"):
        assert_same_encoding(spec.encode(table[columns]), expected)
    spec = FeatureSpec().step_numeric_column(all_numeric()).fit(table[columns])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        assert_same_encoding(spec.encode(table[columns].to_numpy()), expected)


def test_columns_named_by_numbers():
    frame = pd.DataFrame(np.arange(6.0).reshape(3, 2))
    spec = FeatureSpec().fit(frame)
    assert spec.encode(frame)["numeric"].shape == (3, 2)
    assert spec.get_feature_names_out().tolist() == ["0", "1"]


def test_an_array_of_text():
    X = np.array([["a", 1], ["b", 2], [None, 3]], dtype=object)
    spec = FeatureSpec().fit(X)
    assert spec.encode(X)["x0"].tolist() == [2, 3, 0]
    assert spec.encode(X)["numeric"].shape == (3, 1)


def test_a_categorical_column_may_be_called_numeric(table):
    table = table.rename(columns={"city": "numeric"})
    spec = FeatureSpec("label ~ .").fit(table)
    assert set(spec.encode(table)) == {"numeric", "numeric:codes"}
    assert set(spec.preprocessing_model()(spec.raw_inputs(table))) == {"numeric", "numeric:codes"}


# In pipelines


def test_transform_gives_numbers_and_indicators(spec, table):
    table.loc[0, "city"] = None
    transformed = spec.fit(table).transform(table)
    names = spec.get_feature_names_out().tolist()
    assert names == ["age", "fare", "city_missing", "city_Bonn", "city_Oslo", "city_Rome"]
    assert transformed.shape == (60, 6)
    assert transformed[:, 2:].sum(axis=1).tolist() == [1.0] * 60
    # A value never seen at fit says nothing.
    assert not spec.transform(table.assign(city="Paris"))[:, 2:].any()


@pytest.mark.parametrize(
    ("container", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)]
)
def test_set_output(spec, table, container, kind):
    out = spec.set_output(transform=container).fit_transform(table)
    assert isinstance(out, kind)
    assert list(out.columns) == spec.get_feature_names_out().tolist()


def test_in_a_column_transformer(table):
    transformer = ColumnTransformer(
        [("spec", FeatureSpec(), ["age", "city"])], remainder="passthrough"
    )
    out = transformer.set_output(transform="pandas").fit_transform(table)
    assert "spec__city_Bonn" in out.columns


def test_before_a_linear_model(spec, table):
    model = make_pipeline(spec, LogisticRegression()).fit(table, table["label"])
    assert model.predict(table.drop(columns="label")).shape == (60,)


def test_sample_weight_counts(table):
    weight = np.r_[np.zeros(30), np.ones(30)]
    weighted = FeatureSpec("~ age").fit(table, sample_weight=weight).encode(table)
    half = FeatureSpec("~ age").fit(table[30:]).encode(table)
    np.testing.assert_allclose(weighted["numeric"], half["numeric"], rtol=1e-6)


# Bad input: one sentence that names the column


BAD_AT_FIT = {
    "infinity": (lambda t: t.assign(age=np.inf), "infinity: column 'age', row 0"),
    "twice": (lambda t: t[["age", "age", "label"]], "'age' stands twice"),
    "no row": (lambda t: t[:0], "0 sample"),
    "mixed": (lambda t: t.assign(city=[1, "Bonn"] * 30), "'city'"),
}


@pytest.mark.parametrize("fault", BAD_AT_FIT)
def test_bad_tables_at_fit(table, fault):
    spoil, message = BAD_AT_FIT[fault]
    spec = FeatureSpec("label ~ .")
    with pytest.raises(ValueError, match=message) as error:
        spec.fit(spoil(table))
    assert "\n" not in str(error.value)
    assert not spec.__sklearn_is_fitted__()


BAD_AT_ENCODE = {
    "missing column": (lambda t: t[["age", "city"]], "'fare', seen at fit, is missing"),
    "misspelt column": (lambda t: t.rename(columns={"fare": "Fare"}), "rename 'Fare'"),
    "text for numbers": (lambda t: t.assign(fare="dear"), "'fare' .*'dear'"),
    "numbers for text": (lambda t: t.assign(city=1), "'city' holds 1 where text"),
    "infinity": (lambda t: t.assign(age=-np.inf), "infinity: column 'age', row 0"),
    "no row": (lambda t: t[:0], "0 sample"),
}


@pytest.mark.parametrize("fault", BAD_AT_ENCODE)
def test_bad_tables_at_encode(spec, table, fault):
    spoil, message = BAD_AT_ENCODE[fault]
    spec.fit(table)
    with pytest.raises(ValueError, match=message) as error:
        spec.encode(spoil(table))
    assert "\n" not in str(error.value)


def test_an_unknown_column_at_encode(table):
    spec = FeatureSpec().fit(table)
    with pytest.raises(ValueError, match="'extra' was not seen at fit"):
        spec.encode(table.assign(extra=1.0))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (FeatureSpec("label ~ agee"), "'agee'.*did you mean 'age'"),
        (FeatureSpec().step_numeric_column("agee"), "no column 'agee'; did you mean 'age'"),
        (FeatureSpec().step_numeric_column("city"), "'city' .*no numbers"),
        (FeatureSpec().step_categorical_column_with_vocabulary_list("fare"), "'fare' .*whole"),
        (FeatureSpec().step_categorical_column_with_identity("city", 3), "'city'"),
        (FeatureSpec().step_crossed_column(["fare", "city"], 10), "'fare' .*step_bucketized"),
        (FeatureSpec().step_crossed_column(["city"], 10), "two"),
        (FeatureSpec().step_embedding_column("age", 2), "'age' is no categorical feature"),
        (FeatureSpec().step_datetime_column("city"), "'city' holds no dates"),
        (FeatureSpec().step_datetime_column("city", parts=["fortnight"]), "'fortnight'; parts are"),
        (FeatureSpec().step_bucketized_column("age", boundaries=[2, 1]), "'age' must increase"),
        (FeatureSpec().step_bucketized_column("age", boundaries=[]), "'age'"),
        (FeatureSpec().step_numeric_column(cols()), "make no feature"),
        (FeatureSpec().step_numeric_column("age", normalizer="standart"), "'standard'"),
        (FeatureSpec().step_numeric_column("age", default_value="mode"), "default_value"),
        (FeatureSpec().step_numeric_column("age", shape=2), "'age' needs 2"),
        (FeatureSpec().step_categorical_column_with_hash_bucket("city", 0), "hash_bucket_size"),
        (FeatureSpec().step_categorical_column_with_identity("age", 0), "num_buckets"),
        (
            FeatureSpec()
            .step_categorical_column_with_vocabulary_list("city")
            .step_embedding_column("city", 2, combiner="max"),
            "combiner",
        ),
    ],
)
def test_bad_steps(table, spec, message):
    with pytest.raises(ValueError, match=message) as error:
        spec.fit(table)
    assert "\n" not in str(error.value)
