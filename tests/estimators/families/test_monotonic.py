"""Columns that predictions rise or fall with: in every pair of rows, and as well as they can."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import lsq_linear
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score
from sklearn.preprocessing import FunctionTransformer, Normalizer, PowerTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    LinearClassifier,
    LinearRegressor,
    TabularRegressor,
    load_model,
)
from feature_specs import FeatureSpec, Periodic, PiecewiseLinear
from feature_specs.encoders.features import numeric_encoders

RNG = np.random.default_rng(0)
DIABETES, PROGRESSION = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
# Neither of them is what the rows say of every column.
SIGNS = {"age": -1, "bmi": 1, "bp": -1, "s1": 1, "s5": 1}
QUICK = {"random_state": 0, "jit_compile": False}
SMALL = {"hidden_units": (24, 24), "epochs": 15, "random_state": 0}
PAIRS = 10_000


def table():
    """Numbers with gaps, categories, whole numbers and a constant, and what they tell together."""
    rows = DIABETES.copy()
    rows["age"] = rows["age"].where(RNG.random(len(rows)) < 0.9)
    rows["kind"] = RNG.choice(["a", "b", None], len(rows))
    rows["same"] = 1.0
    return rows


def moved(rows, signs):
    """Rows of which every bound column is moved to where predictions may not be lower."""
    further = rows.copy()
    for column, sign in signs.items():
        values = rows[column].to_numpy(float)
        steps = RNG.choice([0.0, 1e-3, 1.0, 30.0], len(rows)) * RNG.random(len(rows))
        beyond = values + sign * steps * np.nanstd(values)
        one_bit = np.nextafter(values, sign * np.inf)
        further[column] = np.where(RNG.random(len(rows)) < 0.2, one_bit, beyond)
    return further


def test_many_rows_and_few_have_the_same_bits_in_wide_networks_too():
    X = RNG.normal(size=(1_500, 60))
    model = DNNRegressor(hidden_units=(512, 256), epochs=0, monotonic_cst=[1] * 60, random_state=0)
    model.fit(X, X[:, 0])
    assert_array_equal(model.predict(X)[:90], model.predict(X[:90]))


def of_interest(model, rows):
    return model.predict_proba(rows)[:, 1] if hasattr(model, "classes_") else model.predict(rows)


def assert_in_order(model, rows, signs, count=PAIRS, atol=0.0):
    lower = rows.sample(count, replace=True, random_state=1)
    lower = lower.assign(
        **{c: RNG.permutation(lower[c]) for c in lower if c not in signs}
    ).reset_index(drop=True)
    upper = moved(lower, signs)
    below, above = of_interest(model, lower), of_interest(model, upper)
    assert (below <= above + atol).all()
    assert (below < above).mean() > 0.1
    # Whatever rows are beside it, and however many.
    few = slice(0, 50)
    assert_array_equal(of_interest(model, lower[few]), below[few])
    assert_array_equal(of_interest(model, upper[few]), above[few])


# Three by XLA, the others by TensorFlow's own operations.
MODELS = {
    "linear values": LinearRegressor(epochs=30, random_state=0),
    "deep values": DNNRegressor(**SMALL),
    "deep classes": DNNClassifier(members=3, dropout=0.1, **SMALL),
    "linear classes": LinearClassifier(epochs=30, members=3, **QUICK),
    "counts": LinearRegressor(loss="poisson", epochs=30, members=2, **QUICK),
    "three layers": DNNRegressor(members=2, **QUICK, epochs=15, hidden_units=(16, 8, 8)),
    "numbers alone": DNNRegressor(numeric_embedding=None, **SMALL | QUICK),
    "of ranks": DNNRegressor(FeatureSpec(normalizer="quantile"), **SMALL | QUICK),
    "leaky": DNNRegressor(activation="leaky_relu", **SMALL | QUICK),
}


@pytest.fixture(scope="module", params=MODELS)
def bound(request):
    model, rows = clone(MODELS[request.param]).set_params(monotonic_cst=SIGNS), table()
    y = PROGRESSION.to_numpy()
    return model.fit(rows, y > 140 if "classes" in request.param else y), rows


@pytest.mark.filterwarnings("ignore:Column")
def test_no_pair_of_rows_is_out_of_order(bound):
    assert_in_order(*bound, SIGNS)


@pytest.mark.filterwarnings("ignore:Column")
@pytest.mark.parametrize("activation", ["elu", "selu", "softplus", "tanh", "sigmoid"])
def test_exponentials_are_in_order_but_for_their_rounding(activation):
    model = DNNRegressor(activation=activation, monotonic_cst=SIGNS, **SMALL | QUICK)
    rows = table()
    rounding = 1e-5 * PROGRESSION.std()
    assert_in_order(model.fit(rows, PROGRESSION), rows, SIGNS, 2_000, rounding)


def test_a_linear_model_ends_at_the_constrained_optimum():
    """SciPy's bounded least squares is the reference."""
    signs = np.array([1, -1, 0, 1, 1, -1, 0, 1, 1, -1])
    model = LinearRegressor(monotonic_cst=signs, **QUICK).fit(DIABETES, PROGRESSION)
    X = model.feature_spec_.transform(DIABETES).astype(float)
    X, y = X - X.mean(axis=0), PROGRESSION - PROGRESSION.mean()
    low, high = np.where(signs > 0, 0, -np.inf), np.where(signs < 0, 0, np.inf)
    expected = lsq_linear(X, y, (low, high)).x
    assert_allclose(model.coef_, expected, atol=0.2)
    at_bound = (signs != 0) & (np.abs(expected) < 1e-3)
    assert at_bound.sum() >= 2
    assert_allclose(model.coef_[at_bound], 0, atol=1e-3)
    assert (signs * model.coef_ >= 0).all()


def test_bounds_that_the_optimum_keeps_cost_nothing():
    X = RNG.normal(size=(300, 3))
    y = (X @ [1.0, -2.0, 0.5] + RNG.logistic(size=300)) > 0
    ours = LinearClassifier(FeatureSpec().step_numeric_column(["x0", "x1", "x2"]), **QUICK)
    ours.set_params(monotonic_cst=[1, -1, 1], l2=0.5 / 300).fit(X, y)
    assert_allclose(ours.coef_, LogisticRegression(C=1.0).fit(X, y).coef_, rtol=0.02)


SHAPES = {
    "concave": lambda x: np.log(0.05 + x),
    "convex": lambda x: np.exp(3 * x) / 5,
    "S": lambda x: np.tanh(12 * (x - 0.5)),
}


@pytest.mark.parametrize(("numeric_embedding", "sign"), [("auto", 1), (None, -1)])
@pytest.mark.parametrize("shape", SHAPES)
def test_curves_are_learnt_whichever_way_they_bend(shape, numeric_embedding, sign):
    rng = np.random.default_rng(0)
    x, free = rng.random((2, 1200))
    # How steep it is depends on the other column.
    truth = sign * SHAPES[shape](x) * (1 + 0.5 * np.cos(6 * free)) + np.sin(6 * free)
    X, y = np.c_[x, free], truth + 0.2 * rng.normal(size=1200)
    train, test = slice(0, 800), slice(800, None)
    model = DNNRegressor(numeric_embedding=numeric_embedding, hidden_units=(32, 32), **QUICK)
    scores = {
        name: r2_score(truth[test], m.fit(X[train], y[train]).predict(X[test]))
        for name, m in {
            "bound": clone(model).set_params(monotonic_cst=[sign, 0]),
            "free": model,
            "linear": LinearRegressor(**QUICK),
        }.items()
    }
    assert scores["bound"] > scores["free"] - 0.02
    assert scores["bound"] > scores["linear"] + 0.05


def test_what_goes_against_the_rows_has_no_effect():
    x = RNG.random(400)
    rows = pd.DataFrame({"x": x, "z": RNG.random(400)})
    for model in (LinearRegressor(**QUICK), DNNRegressor(numeric_embedding=4, **SMALL)):
        model.set_params(monotonic_cst={"x": -1}).fit(rows, x)
        assert np.ptp(model.predict(rows.assign(z=0.5))) < 0.15


@pytest.mark.parametrize("kind", [DNNRegressor, LinearRegressor])
@pytest.mark.parametrize("none", [[0] * 10, {}, {"bmi": 0}])
def test_no_bound_is_as_good_as_none(kind, none):
    """The same bits, by the same program."""
    settings = {"epochs": 2, **QUICK}
    plain = kind(**settings).fit(DIABETES, PROGRESSION)
    bound = kind(monotonic_cst=none, **settings).fit(DIABETES, PROGRESSION)
    assert_array_equal(plain.predict(DIABETES), bound.predict(DIABETES))
    assert plain._architecture().key == bound._architecture().key
    assert plain._program_key() == bound._program_key()


def test_names_and_places_say_the_same():
    settings = {"epochs": 3, **QUICK}
    found = [
        LinearRegressor(monotonic_cst=given, **settings).fit(X, PROGRESSION).coef_
        for given, X in (
            ({"bmi": 1, "s1": -1}, DIABETES),
            ([0, 0, 1, 0, -1, 0, 0, 0, 0, 0], DIABETES),
            ({"s1": -1, "bmi": 1}, DIABETES.iloc[:, ::-1]),
            (np.array([0, 0, 1, 0, -1, 0, 0, 0, 0, 0]), DIABETES.to_numpy()),
        )
    ]
    found[2] = found[2][::-1]
    for coefficients in found[1:]:
        assert_allclose(coefficients, found[0], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("kind", [DNNRegressor, LinearRegressor])
def test_further_fits_and_files_keep_the_order(kind, tmp_path):
    model = kind(monotonic_cst=SIGNS, warm_start=True, epochs=3, **QUICK)
    model.fit(DIABETES, PROGRESSION).fit(DIABETES, -PROGRESSION)
    model.partial_fit(DIABETES, PROGRESSION)
    model.save(tmp_path / "a.model")
    loaded = load_model(tmp_path / "a.model")
    assert_array_equal(loaded.predict(DIABETES), model.predict(DIABETES))
    assert_in_order(loaded, DIABETES, SIGNS, 1_000)
    with pytest.raises(ValueError, match="changed since the fit"):
        model.set_params(monotonic_cst={"age": 1}).fit(DIABETES, PROGRESSION)


def test_foreign_weights_are_bound():
    """Those of a model that was free to fall where this one must rise."""
    free = LinearRegressor(epochs=20, **QUICK).fit(DIABETES, -PROGRESSION)
    bound = LinearRegressor(monotonic_cst=SIGNS, epochs=0, warm_start_from=free, **QUICK)
    bound.fit(DIABETES, PROGRESSION)
    upper = moved(DIABETES, SIGNS)
    assert (free.predict(DIABETES) > free.predict(upper)).any()
    assert (bound.predict(DIABETES) <= bound.predict(upper)).all()


def test_a_blend_of_bound_models_is_bound():
    parts = [
        ("linear", LinearRegressor(monotonic_cst=SIGNS, epochs=5)),
        ("deep", DNNRegressor(monotonic_cst=SIGNS, hidden_units=8, epochs=3)),
    ]
    blend = TabularRegressor(estimators=parts, members=2, **QUICK)
    assert_in_order(blend.fit(DIABETES, PROGRESSION), DIABETES, SIGNS, 1_000)


def test_sparse_columns_are_bound_too():
    X = csr_matrix(np.where(RNG.random((300, 4)) < 0.5, RNG.random((300, 4)), 0))
    y = X.toarray() @ [1.0, 1.0, -1.0, 0.5]
    for model in (LinearRegressor(epochs=5, **QUICK), DNNRegressor(**SMALL)):
        model.set_params(monotonic_cst=[1, -1, 0, 0]).fit(X, y)
        more = X.toarray() + [[0.3, 0, 0, 0]]
        less = X.toarray() + [[0, 0.3, 0, 0]]
        assert (model.predict(csr_matrix(more)) >= model.predict(X)).all()
        assert (model.predict(csr_matrix(less)) <= model.predict(X)).all()


def square(x):
    return x * x


TWO = PROGRESSION > 140
MESSAGES = {
    "a name that is none": ({"bmi_": 1}, {}, "'bmi_', which X does not have; did you mean 'bmi'"),
    "two dimensions": ([[1] * 10], {}, "has 2 dimensions; give a list"),
    "too short": ([1, 0], {}, "but the input data X has 10 features"),
    "another number": ([2] + [0] * 9, {}, "-1, 0 or 1"),
    "another number by name": ({"bmi": 0.5}, {}, r"monotonic_cst\['bmi'\] must be"),
    "a word": ("bmi", {}, "monotonic_cst"),
    "intervals": (
        {"age": 1},
        {"feature_spec": FeatureSpec().step_bucketized_column("age")},
        "column 'age', of which step_bucketized_column makes a interval: that has no order",
    ),
    "intervals beside the number": (
        {"age": 1},
        {"feature_spec": FeatureSpec().step_numeric_column("age").step_bucketized_column("age")},
        "column 'age', of which step_bucketized_column",
    ),
    "a hash": (
        {"sex": 1},
        {"feature_spec": FeatureSpec().step_categorical_column_with_hash_bucket("sex", 3)},
        "column 'sex', of which step_categorical_column_with_hash_bucket makes a category",
    ),
    "a cross": (
        {"sex": 1},
        {"feature_spec": FeatureSpec().step_bucketized_column("age").step_crossed_column(
            ["sex", "bucketized_age"], 8)},
        "column 'sex', of which step_crossed_column makes a cross",
    ),
    "a normaliser of rows": (
        {"bmi": 1},
        {"feature_spec": FeatureSpec(normalizer=Normalizer())},
        r"column 'bmi', which step_numeric_column scales by Wrapped\(transformer=Normalizer\(\)\)",
    ),
    "a function": (
        {"bmi": 1},
        {"feature_spec": FeatureSpec(normalizer=square)},
        "column 'bmi', which step_numeric_column scales by Function",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "parameters", "message"), MESSAGES.values(), ids=MESSAGES)
def test_what_cannot_be_bound_is_told_in_a_sentence(given, parameters, message):
    with pytest.raises(ValueError, match=message):
        LinearRegressor(monotonic_cst=given, **parameters).fit(DIABETES, PROGRESSION)


DEEP_MESSAGES = {
    "gelu": ({"activation": "gelu"}, "activation='gelu' is none that is known never to fall"),
    "own": ({"activation": square}, "is none that is known never to fall"),
    "batch_norm": ({"batch_norm": True}, "batch_norm=True"),
    "cosines": ({"numeric_embedding": "periodic"}, r"numeric_embedding holds Periodic\("),
    "both": ({"numeric_embedding": [PiecewiseLinear(), Periodic()]}, "holds Periodic"),
    "mixed pieces": ({"numeric_embedding": PiecewiseLinear(dimension=2)}, "without a dimension"),
}


@pytest.mark.parametrize(("parameters", "message"), DEEP_MESSAGES.values(), ids=DEEP_MESSAGES)
def test_layers_that_may_fall_are_told_in_a_sentence(parameters, message):
    model = DNNRegressor(monotonic_cst={"bmi": 1}, epochs=1, **parameters)
    with pytest.raises(ValueError, match=message):
        model.fit(DIABETES, PROGRESSION)
    assert not hasattr(model, "trained_")
    model.set_params(monotonic_cst=None).fit(DIABETES, PROGRESSION)


DATES = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=60), "note": ["a", "b"] * 30})


@pytest.mark.parametrize(
    ("column", "words"), [("day", "makes a date"), ("note", "makes a category")]
)
def test_columns_that_are_no_numbers_cannot_be_bound(column, words):
    with pytest.raises(ValueError, match=f"column {column!r}, of which .* {words}"):
        LinearRegressor(monotonic_cst={column: 1}).fit(DATES, np.arange(60.0))


PEERS = [
    (LinearRegressor, HistGradientBoostingRegressor, PROGRESSION),
    (DNNClassifier, HistGradientBoostingClassifier, TWO),
]
WRONG = {
    "names without names": (DIABETES.to_numpy(), {"bmi": 1}),
    "other names": (DIABETES, {"b": 1}),
    "another number": (DIABETES, [3] * 10),
    "another number by name": (DIABETES, {"bmi": 3}),
    "too many": (DIABETES, [1] * 11),
    "a number": (DIABETES, 1),
}


@pytest.mark.parametrize(("X", "given"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize(("ours", "theirs", "y"), PEERS)
def test_errors_are_those_of_gradient_boosting(ours, theirs, y, X, given):
    for kind in (ours, theirs):
        with pytest.raises(ValueError, match="monotonic_cst"):
            kind(monotonic_cst=given).fit(X, y)


@pytest.mark.parametrize("kind", [LinearClassifier, DNNClassifier, HistGradientBoostingClassifier])
def test_several_classes_have_no_order(kind):
    with pytest.raises(ValueError, match="not supported for multiclass classification"):
        kind(monotonic_cst=[1] * 10).fit(DIABETES, np.digitize(PROGRESSION, [100, 200]))


def test_several_labels_have_no_order():
    labels = np.stack([TWO, ~TWO, TWO], axis=1).astype(int)
    with pytest.raises(ValueError, match="several labels, and y has 3"):
        LinearClassifier(monotonic_cst=[1] * 10).fit(DIABETES, labels)


def test_several_values_are_bound_each():
    y = np.stack([PROGRESSION, -PROGRESSION], axis=1)
    model = DNNRegressor(monotonic_cst=SIGNS, **SMALL).fit(DIABETES, y)
    assert (model.predict(DIABETES) <= model.predict(moved(DIABETES, SIGNS))).all()


def test_other_families_do_not_have_it():
    with pytest.raises(TypeError, match="no parameter 'monotonic_cst'"):
        DNNLinearCombinedRegressor(monotonic_cst={})
    with pytest.raises(TypeError, match="did you mean 'monotonic_cst'"):
        LinearRegressor(monotone_constraints=[1])


def test_scalers_of_scikit_learn_that_rise_are_fine():
    spec = FeatureSpec(normalizer=PowerTransformer())
    model = LinearRegressor(spec, monotonic_cst=SIGNS, epochs=5, **QUICK).fit(DIABETES, PROGRESSION)
    assert (model.predict(DIABETES) <= model.predict(moved(DIABETES, SIGNS))).all()
    spec = FeatureSpec(normalizer=FunctionTransformer(np.negative))
    with pytest.raises(ValueError, match="may fall where the column rises"):
        LinearRegressor(spec, monotonic_cst=SIGNS).fit(DIABETES, PROGRESSION)


class BoundByFirst:
    """Binds the first number, whichever rows a check has."""

    _sign = 1

    @property
    def _signs(self):
        encoders = numeric_encoders(self._specs_[""].features_)
        return (self._sign, *[0] * (sum(len(e.output_names) for e in encoders) - 1))


class BoundLinear(BoundByFirst, LinearClassifier):
    """LinearClassifier, for scikit-learn's checks, one of which asks for blobs to be told apart."""

    _sign = -1


class BoundDeep(BoundByFirst, DNNRegressor):
    """DNNRegressor, for scikit-learn's checks."""


@parametrize_with_checks(
    [
        BoundLinear(optimizer="sgd", learning_rate=0.1, epochs=20, jit_compile=False),
        BoundDeep(
            hidden_units=8, numeric_embedding=None, learning_rate=0.03, epochs=20, jit_compile=False
        ),
    ],
    expected_failed_checks=lambda estimator: dict.fromkeys(
        (
            "check_sample_weight_equivalence_on_dense_data",
            "check_sample_weight_equivalence_on_sparse_data",
        ),
        "as for models that are free, in test_common.",
    ),
)
def test_sklearn(estimator, check):
    check(estimator)
