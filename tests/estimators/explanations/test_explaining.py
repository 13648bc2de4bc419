"""What columns add is the prediction, and for linear models coefficients times differences."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from scipy.sparse import csr_array
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from estimators import (
    DNNClassifier,
    DNNLinearCombined,
    DNNLinearCombinedClassifier,
    DNNRegressor,
    Explanation,
    KerasRegressor,
    LinearClassifier,
    LinearRegressor,
    NeighborNetworkRegressor,
    TabularNetworkClassifier,
    TabularNetworkRegressor,
    TabularRegressor,
    TextRegressor,
    load_model,
)
from feature_specs import FeatureSpec, all_nominal, all_numeric

ROWS = 120
RNG = np.random.default_rng(0)
WORDS = ["red", "large", "old", "round", "broken", "wooden"]
X = pd.DataFrame(
    {
        "size": np.where(RNG.random(ROWS) < 0.1, np.nan, 5 + 2 * RNG.normal(size=ROWS)),
        "is_new": RNG.random(ROWS) < 0.5,
        "kind": RNG.choice(["a", "b", None], ROWS),
        "town": RNG.choice([f"town{i}" for i in range(40)], ROWS),
        "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 999, ROWS), "D"),
        "note": [" ".join(RNG.choice(WORDS, 4)) for _ in range(ROWS)],
    }
)
Y = X["size"].fillna(0).to_numpy() + 3 * (X["kind"] == "a") - X["is_new"] + RNG.normal(size=ROWS)
THREE = np.digitize(Y, [4.0, 7.0])
LABELS = np.where(Y > 5, "yes", "no")
COUNTS = RNG.poisson(np.exp(Y / 6))
TAGS = np.stack([Y > 5, X["is_new"]], axis=1).astype(int)
NUMBERS = RNG.normal(size=(60, 3))

FEW = {"epochs": 4, "jit_compile": False, "random_state": 0}
SMALL = {"hidden_units": (8,), **FEW}
SIDES = {"dnn_hidden_units": (8,), **FEW}
CASES = {
    "two values": (DNNRegressor(**SMALL), np.stack([Y, -(Y**2)], axis=1)),
    "counts": (DNNRegressor(loss="poisson", **SMALL), COUNTS),
    "two classes": (DNNClassifier(members=2, activation="tanh", **SMALL), LABELS),
    "three classes": (DNNClassifier(members=2, batch_norm=True, dropout=0.2, **SMALL), THREE),
    "tags": (DNNClassifier(**SMALL), TAGS),
    "wide and deep": (DNNLinearCombinedClassifier(**SIDES), LABELS),
    "sides of their own": (
        DNNLinearCombined(
            linear_feature_spec=FeatureSpec().step_numeric_column("size"),
            dnn_feature_spec=FeatureSpec()
            .step_categorical_column_with_vocabulary_list(all_nominal())
            .step_crossed_column(["kind", "town"], hash_bucket_size=9),
            **SIDES,
        ),
        Y,
    ),
    "tuned for tables": (TabularNetworkRegressor(**SMALL), Y),
}


def told(model, rows):
    """Predictions on the scale that is explained."""
    if hasattr(model, "decision_function"):
        return model.decision_function(rows)
    values = model.predict(rows)
    return np.log(values) if model.get_params().get("loss") == "poisson" else values


@pytest.fixture(scope="module", params=CASES)
def fitted(request):
    model, y = CASES[request.param]
    return clone(model).fit(X, y)


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
@pytest.mark.parametrize("background", [None, X[:30]], ids=["from zeros", "from the mean of rows"])
def test_base_and_columns_are_the_prediction(fitted, background):
    explanation = fitted.explain(X, background)
    whole = explanation.base_values + explanation.values.sum(axis=1)
    np.testing.assert_allclose(whole, told(fitted, X), rtol=1e-9, atol=1e-9)
    assert explanation.values.shape[:2] == X.shape
    assert np.unique(explanation.base_values, axis=0).shape[0] == 1
    assert explanation.feature_names == list(X.columns)
    pd.testing.assert_frame_equal(pd.DataFrame(explanation.data), pd.DataFrame(X.to_numpy()))


def test_rows_know_nothing_of_each_other(fitted):
    whole = fitted.explain(X)
    for rows in (slice(7, 8), slice(50, 60)):
        part = fitted.explain(X[rows])
        np.testing.assert_array_equal(part.values, whole.values[rows])
        np.testing.assert_array_equal(part.base_values, whole.base_values[rows])


def test_a_file_explains_with_the_same_bits(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    again = load_model(tmp_path / "model").explain(X)
    np.testing.assert_array_equal(again.values, fitted.explain(X).values)


CROSSED = (
    FeatureSpec()
    .step_numeric_column(["size", "is_new"], normalizer="standard")
    .step_categorical_column_with_vocabulary_list(["kind", "town"])
    .step_indicator_column(["kind", "town"])
    .step_datetime_column("day")
    .step_text_column("note", representation="tf_idf")
    .step_crossed_column(["kind", "is_new"], hash_bucket_size=5)
)


@pytest.mark.parametrize("background", [None, X[:30]], ids=["from zeros", "from the mean of rows"])
@pytest.mark.parametrize(
    ("model", "y"),
    [(LinearRegressor(CROSSED, **FEW), Y), (LinearClassifier(CROSSED, **FEW), THREE)],
    ids=["values", "classes"],
)
def test_of_a_linear_model_it_is_coefficients_times_differences(model, y, background):
    model = clone(model).fit(X, y)
    spec = model.feature_spec_
    start = 0 if background is None else spec.transform(background).mean(axis=0, dtype=float)
    terms = (spec.transform(X) - start)[:, None, :] * np.atleast_2d(model.coef_)
    wanted = np.zeros((*terms.shape[:2], X.shape[1]))
    for place, name in enumerate(spec.get_feature_names_out()):
        crossed = name.startswith("crossed_kind_is_new")
        columns = ["kind", "is_new"] if crossed else [c for c in X if name.startswith(c)]
        for column in columns:
            wanted[..., list(X).index(column)] += terms[..., place] / len(columns)
    wanted = wanted[:, 0] if wanted.shape[1] == 1 else wanted.transpose(0, 2, 1)
    found = model.explain(X, background)
    np.testing.assert_allclose(found.values, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())


def test_of_members_the_average_is_explained():
    model = LinearRegressor(members=3, **FEW).fit(NUMBERS, NUMBERS @ [1.0, 2.0, 3.0])
    each = [member.explain(NUMBERS).values for member in model.members_]
    np.testing.assert_allclose(
        model.explain(NUMBERS).values, np.mean(each, axis=0), rtol=1e-4, atol=1e-5
    )
    # Of classes probabilities are averaged: the integral by hand, in many small steps.
    model = LinearClassifier(members=2, **FEW).fit(NUMBERS, NUMBERS[:, 0] > 0)
    scaled = model.feature_spec_.transform(NUMBERS).astype(float)
    coefs = np.stack([member.coef_[0] for member in model.members_])
    intercepts = np.stack([member.intercept_ for member in model.members_])
    shares = (np.arange(2_000) + 0.5) / 2_000
    odds = shares[:, None, None] * (scaled @ coefs.T) + intercepts[:, 0]
    slopes = expit(odds) * expit(-odds)
    mean = expit(odds).mean(axis=-1, keepdims=True)
    gradients = np.mean(slopes / (mean * (1 - mean)), axis=0) @ coefs / 2
    found = model.explain(NUMBERS)
    np.testing.assert_allclose(found.values, gradients * scaled, rtol=1e-3, atol=1e-5)
    base = logit(expit(intercepts).mean())
    np.testing.assert_allclose(found.base_values, np.full(60, base), rtol=1e-5, atol=1e-6)


def test_of_a_network_it_is_the_integral_of_its_gradient():
    y = np.abs(NUMBERS[:, 0]) + np.maximum(NUMBERS[:, 1], NUMBERS[:, 2])
    model = DNNRegressor(hidden_units=(16, 16), epochs=40, jit_compile=False, random_state=0).fit(
        NUMBERS, y
    )
    ends = tf.constant(model.feature_spec_.encode(NUMBERS)["numeric"])
    shares = tf.constant((np.arange(1_000) + 0.5) / 1_000, tf.float32)
    point = tf.reshape(shares[:, None, None] * ends, (-1, 3))
    with tf.GradientTape() as tape:
        tape.watch(point)
        output = model.network_({"numeric": point})
    gradients = tf.reshape(tape.gradient(output, point), (1_000, 60, 3))
    wanted = (tf.reduce_mean(gradients, axis=0) * ends).numpy()
    missed = np.abs(model.explain(NUMBERS).values - wanted)
    assert missed.max() < 0.05 * np.abs(wanted).max()
    assert missed.mean() < 0.02 * np.abs(wanted).mean()


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
def test_what_no_output_depends_on_adds_nothing():
    rows = pd.DataFrame(NUMBERS, columns=["used", "without weight", "constant"]).assign(constant=1)
    model = DNNRegressor(numeric_embedding=None, **SMALL).fit(rows.assign(unread="a"), Y[:60])
    kernel, *others = model.trained_.weights
    model.trained_ = model.trained_.with_weights([kernel * [[1], [0]], *others])
    rows = rows.assign(unread="b")
    explanation = model.explain(rows)
    assert not explanation.values[:, 1:].any()
    np.testing.assert_allclose(
        explanation.values[:, 0], model.predict(rows) - explanation.base_values, rtol=1e-9
    )


def test_columns_that_play_one_part_add_the_same():
    twice = NUMBERS[:, [0, 0]]
    model = DNNRegressor(numeric_embedding=None, **SMALL).fit(twice, NUMBERS[:, 0])
    kernel, *others = model.trained_.weights
    model.trained_ = model.trained_.with_weights([kernel[[0, 0]], *others])
    one, other = model.explain(twice).values.T
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_a_sparse_matrix_is_explained_as_a_dense_one():
    rows = np.where(RNG.random((60, 30)) < 0.1, 1.0, 0.0) * RNG.normal(size=(60, 30))
    model = LinearRegressor(**FEW).fit(csr_array(rows), rows.sum(axis=1))
    wanted = model.feature_spec_.transform(csr_array(rows)).toarray() * model.coef_
    found = model.explain(csr_array(rows))
    np.testing.assert_allclose(found.values, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())
    np.testing.assert_array_equal(found.data, rows)


def test_the_same_seed_gives_the_same_bits():
    model = DNNRegressor(**SMALL)
    one, other = (model.fit(NUMBERS, NUMBERS[:, 0]).explain(NUMBERS) for _ in range(2))
    np.testing.assert_array_equal(one.values, other.values)


def test_what_is_explained_is_named():
    rows = X[["size", "kind"]]
    scales = {
        model.fit(rows, y).explain(rows[:1]).scale: model.explain(rows[:1]).output_names
        for model, y in [
            (LinearRegressor(loss="poisson", **FEW), COUNTS),
            (LinearClassifier(**FEW), LABELS),
            (LinearClassifier(**FEW), THREE),
        ]
    }
    assert scales == {
        "logarithm of the mean": None,
        "log-odds of yes": None,
        "log-odds": ["0", "1", "2"],
    }


def test_an_explanation_becomes_a_table():
    values = np.arange(12.0).reshape(2, 3, 2)
    cells, names = np.zeros((2, 3)), list("abc")
    several = Explanation(values, np.zeros((2, 2)), cells, names, ["no", "yes"], "value")
    assert repr(several) == "Explanation of 2 rows by 3 columns, 2 outputs: value"
    frame = several.to_frame()
    np.testing.assert_array_equal(frame["yes"].to_numpy(), values[..., 1])
    assert frame["no"].columns.tolist() == names
    one = Explanation(values[..., 0], np.zeros(2), cells, names, None, "value")
    np.testing.assert_array_equal(one.to_frame().to_numpy(), values[..., 0])
    assert len(one) == 2


def test_bad_input():
    model = LinearRegressor(**FEW)
    with pytest.raises(NotFittedError):
        model.explain(NUMBERS)
    model.fit(NUMBERS, NUMBERS[:, 0])
    with pytest.raises(ValueError, match="background has no row; give rows whose mean"):
        model.explain(NUMBERS, NUMBERS[:0])
    for wrong in ({"X": NUMBERS[:, :2]}, {"X": NUMBERS, "background": NUMBERS[:, :2]}):
        with pytest.raises(ValueError, match="X has 2 features, but LinearRegressor is expecting"):
            model.explain(**wrong)


@pytest.mark.parametrize(
    ("model", "explains"),
    [
        (TabularNetworkClassifier(), True),
        (KerasRegressor(None), False),
        (NeighborNetworkRegressor(), False),
        (TabularRegressor(), False),
        (TextRegressor(), False),
    ],
    ids=lambda given: type(given).__name__,
)
def test_who_explains(model, explains):
    assert hasattr(model, "explain") == explains


def test_all_numeric_columns_of_a_spec_are_told_by_name():
    spec = FeatureSpec("target ~ size + is_new").step_numeric_column(all_numeric())
    table = X.assign(size=X["size"].fillna(0), is_new=X["is_new"].astype(int), target=Y)
    explanation = LinearRegressor(spec, **FEW).fit(table).explain(table)
    assert explanation.feature_names == ["size", "is_new"]
    np.testing.assert_array_equal(explanation.data, table[["size", "is_new"]].to_numpy())
