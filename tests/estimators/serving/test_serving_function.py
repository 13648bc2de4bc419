import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    ImageClassifier,
    KerasRegressor,
    LinearClassifier,
    LinearRegressor,
    ServingFunction,
    TabularRegressor,
    TextClassifier,
)
from feature_specs import FeatureSpec

RNG = np.random.default_rng(0)
ROWS = 60
TABLE = pd.DataFrame(
    {
        "length": RNG.normal(size=ROWS).round(2),
        "count": RNG.integers(0, 9, ROWS),
        "is_new": RNG.random(ROWS) < 0.5,
        "city": RNG.choice(["Rome", "Bonn", "Oslo"], ROWS),
        "code": RNG.integers(0, 4, ROWS),
        "tags": [list(RNG.choice(["a", "b", "c"], RNG.integers(1, 4))) for _ in range(ROWS)],
        "day": pd.date_range("2020-01-01", periods=ROWS).astype(str),
        "at": pd.date_range("2020-03-01", periods=ROWS, freq="7h", tz="Europe/Berlin"),
        "took": pd.to_timedelta(RNG.integers(1, 10**9, ROWS), "us"),
        "note": RNG.choice(["good food", "bad service", "good service"], ROWS),
    }
)
CLASSES = np.where(TABLE["length"] > 0, "yes", "no")
SPEC = (
    FeatureSpec()
    .step_numeric_column(["length", "is_new"])
    .step_categorical_column_with_vocabulary_list(["city", "tags"])
    .step_categorical_column_with_identity("code", num_buckets=4)
    .step_bucketized_column("count", boundaries=[2, 5])
    .step_datetime_column("day", holidays={"spring": "2020-02-04"})
    .step_datetime_column("at", parts=["hour"])
    .step_elapsed_time_column("at", since="2020-01-01")
    .step_numeric_column("took")
    .step_text_column("note")
    .step_crossed_column(["city", "code"], hash_bucket_size=8)
)


@pytest.fixture(scope="module")
def classifier():
    return DNNClassifier(feature_spec=SPEC, epochs=2, random_state=0).fit(TABLE, CLASSES)


@pytest.fixture(scope="module")
def answer(classifier):
    return classifier.serving_function("predict_proba")


def records(table):
    return table.to_dict("records")


def network(inputs, units):
    import keras

    return keras.layers.Dense(units)(inputs)


NUMBERS = TABLE[["length", "count", "code"]].astype(float)
MODELS = {
    "plain": (LinearClassifier(epochs=2), TABLE.drop(columns=["tags", "note"]), CLASSES),
    "members": (DNNLinearCombinedRegressor(epochs=2, members=2), TABLE[["length", "city"]], None),
    "formula": (
        DNNClassifier(feature_spec=FeatureSpec("is_new ~ length + city"), epochs=2),
        TABLE,
        None,
    ),
    "blend": (
        TabularRegressor(
            estimators=[("linear", LinearRegressor(epochs=2)), ("deep", DNNRegressor(epochs=2))],
            members=2,
        ),
        TABLE[["length", "city"]],
        None,
    ),
    "pipeline": (make_pipeline(StandardScaler(), LinearRegression()), NUMBERS, None),
}


@pytest.mark.parametrize("name", MODELS)
def test_records_get_the_answers_of_rows(name):
    model, X, y = MODELS[name]
    if "random_state" in model.get_params():
        model.set_params(random_state=0)
    y = TABLE["length"] * 2 if y is None and name != "formula" else y
    model.fit(X, y)
    answer = ServingFunction(model)
    expected = model.predict(X)
    np.testing.assert_array_equal(answer(records(X)), expected)
    assert answer(records(X)[5]) == expected[5]
    np.testing.assert_array_equal(answer(X), expected)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_order_does_not_count_others_are_ignored_and_what_is_not_there_is_missing(
    classifier, answer, data
):
    row = data.draw(st.integers(0, ROWS - 1))
    known = data.draw(st.permutations([*TABLE.columns]))[: data.draw(st.integers(1, 8))]
    record = {"other": 1, **{name: records(TABLE)[row][name] for name in known}}
    missing = {name: [None] for name in TABLE.columns if name not in known}
    frame = TABLE.iloc[[row]].astype({"is_new": object, "count": object}).assign(**missing)
    np.testing.assert_array_equal(answer(record), classifier.predict_proba(frame)[0])


@pytest.mark.parametrize(
    ("name", "cell", "same"),
    [
        ("length", "1.5", 1.5),
        ("length", np.float32(0.5), 0.5),
        ("length", float("nan"), None),
        ("count", True, 1),
        ("code", "3", 3),
        ("code", 3.0, 3),
        ("day", datetime.date(2020, 1, 5), "2020-01-05"),
        ("city", "", None),
    ],
)
def test_a_cell_means_what_it_means_in_a_table(answer, name, cell, same):
    record = records(TABLE)[0]
    np.testing.assert_array_equal(answer({**record, name: cell}), answer({**record, name: same}))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lenght": 1}, "Record 0 has none of the columns of the fit.*did you mean 'length'"),
        ([{"length": 1}, {"z": 2}], "Record 1 has none of the columns"),
        ([{"length": 1}, {}], "Record 1 is empty; there are 'length'"),
        ({"length": [1, 2]}, r"holds values that are no numbers .* such as '\[1, 2\]' in row 0"),
        ([{"length": 1}, 3], "Record 1 is 3, no mapping"),
        ({"length": "long"}, "Column 'length' holds values that are no numbers"),
        ({"length": float("inf")}, "infinity: column 'length'"),
    ],
)
def test_a_bad_record_is_told_in_a_sentence(answer, given, message):
    with pytest.raises(ValueError, match=message):
        answer(given)


def test_threads_get_the_bits_of_one_and_bad_records_harm_nobody_else(classifier, answer):
    expected = classifier.predict_proba(TABLE)
    start = threading.Barrier(8)

    def ask(first):
        start.wait()
        for row in range(first, ROWS, 8):
            with pytest.raises(ValueError, match="no numbers"):
                answer({"length": "long"})
            np.testing.assert_array_equal(answer(records(TABLE)[row]), expected[row])
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))


def test_later_fits_and_changes_do_not_reach_the_function(classifier):
    from copy import deepcopy

    model = deepcopy(classifier)
    answer = model.serving_function()
    before = answer(records(TABLE))
    model.set_params(feature_spec=None, hidden_units=[2]).fit(TABLE[["city"]], CLASSES == "yes")
    np.testing.assert_array_equal(answer(records(TABLE)), before)


def test_texts_images_and_arrays_are_answered_too():
    texts = TextClassifier(epochs=2, random_state=0).fit(TABLE["note"], CLASSES)
    answer = texts.serving_function()
    assert answer("good food") == texts.predict(["good food"])[0]
    np.testing.assert_array_equal(answer(["good", "bad"]), texts.predict(["good", "bad"]))
    with pytest.raises(ValueError, match="Record 0 has names, and the fit saw none"):
        answer({"note": "good"})
    pixels = RNG.random((ROWS, 4, 4, 1)).astype("float32")
    images = ImageClassifier(epochs=1, random_state=0).fit(pixels, CLASSES)
    np.testing.assert_array_equal(images.serving_function()(pixels[:3]), images.predict(pixels[:3]))
    own = KerasRegressor(network, epochs=2, random_state=0).fit(NUMBERS.to_numpy(), TABLE["length"])
    answer = own.serving_function()
    expected = own.predict(NUMBERS.to_numpy())
    for rows in (NUMBERS.to_numpy(), NUMBERS.to_numpy()[:3], NUMBERS.to_numpy().tolist()):
        np.testing.assert_array_equal(answer(rows), expected[: len(rows)])
    assert answer({"x0": 1.0, "x1": 2.0, "x2": 3.0}) == own.predict([[1.0, 2.0, 3.0]])[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("transform",), "response_method='transform' is none of predict"),
        (("predict_interval",), "is none of"),
        (("predict", 0), "max_batch_size=0 is below 1"),
        (("predict", 2.5), "max_batch_size=2.5 is no whole number"),
    ],
)
def test_what_cannot_be_served_is_told(classifier, arguments, message):
    with pytest.raises(ValueError, match=message):
        classifier.serving_function(*arguments)


def test_a_method_that_the_model_lacks_is_told():
    model = KerasRegressor(network, epochs=1, random_state=0).fit(NUMBERS, TABLE["length"])
    with pytest.raises(ValueError, match="KerasRegressor has no predict_proba to answer with"):
        model.serving_function("predict_proba")
