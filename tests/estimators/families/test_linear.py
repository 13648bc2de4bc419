"""Linear models end at the optimum of their penalty, and choose one as scikit-learn would."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Ridge, RidgeCV
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from estimators import LinearClassifier, LinearRegressor, load_model
from estimators.families.networks.chosen_penalty import design_matrix
from feature_specs import FeatureSpec, all_numeric

TARGETS = {
    "attrition": "Attrition",
    "breast_cancer": "target",
    "credit_data": "Status",
    "mlc_churn": "churn",
    "wa_churn": "churn",
    "digits": "target",
    "hpc_data": "class",
    "ames": "Sale_Price",
    "boston": "MEDV",
    "car_prices": "Price",
    "concrete": "compressive_strength",
    "diabetes": "target",
    "diamonds": "price",
    "hotel_rates": "avg_price_per_room",
}
# One kernel on encoded columns: a table for each category would take longer to compile.
ENCODED = FeatureSpec().step_numeric_column(all_numeric(), normalizer=None)
QUICK = {"jit_compile": False, "random_state": 0}
VALUES = load_diabetes(return_X_y=True)
RNG = np.random.default_rng(0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TARGETS)
def test_ends_at_the_optimum_of_its_penalty_on_every_table(published, name):
    table = pd.read_parquet(published(f"{name}.parquet"))
    table = table.sample(min(700, len(table)), random_state=0)
    y = table.pop(TARGETS[name]).to_numpy()
    X = design_matrix(FeatureSpec().fit(table[:400]), table)
    train, test = slice(0, 400), slice(400, None)
    if y.dtype.kind == "f":
        ours = LinearRegressor(ENCODED, l2=1 / 400, epochs=500, **QUICK)
        theirs = Ridge(alpha=1.0)
    else:
        # Without noise in its steps where a line all but separates the classes.
        ours = LinearClassifier(ENCODED, l2=0.5 / 400, epochs=500, batch_size=512, **QUICK)
        theirs = LogisticRegression(C=1.0, max_iter=10_000)
    errors = [_error(m.fit(X[train], y[train]), X[test], y[test]) for m in (ours, theirs)]
    assert_allclose(*errors, rtol=0.005)


def test_design_has_a_column_for_every_coefficient():
    X = pd.DataFrame(
        {
            "n": RNG.normal(size=80),
            "c": pd.Categorical(RNG.choice(["a", "b", None], 80)),
            "t": RNG.choice(["a fine film", "dull acting", "a dull film again"], 80),
        }
    )
    spec = FeatureSpec().step_numeric_column("n").step_categorical_column_with_vocabulary_list("c")
    model = LinearRegressor(spec.step_text_column("t"), epochs=3, **QUICK).fit(X, X["n"] ** 2)
    design = design_matrix(model.feature_spec_, X)
    assert_allclose(design, model.feature_spec_.transform(X), rtol=1e-6)
    assert_allclose(design @ model.coef_ + model.intercept_, model.predict(X), atol=1e-5)


def weights(y):
    return RNG.uniform(0.1, 5, len(y))


@pytest.mark.parametrize("weight", [np.ones_like, weights])
def test_values_choose_the_penalty_of_ridge_cv(weight):
    X, y = VALUES
    weight = weight(y)
    ours = LinearRegressor(l2="auto", epochs=1, **QUICK).fit(X, y, sample_weight=weight)
    ridge = RidgeCV(2.0 ** np.arange(-10, 21)).fit(
        ours.feature_spec_.transform(X), y, sample_weight=weight / weight.mean()
    )
    assert abs(np.log2(ours.l2_ * len(y) / ridge.alpha_)) <= 0.5


def test_classes_choose_the_penalty_of_logistic_regression_cv():
    X = RNG.normal(size=(150, 10))
    y = X[:, 0] + 2 * RNG.normal(size=150) > 0
    ours = LinearClassifier(ENCODED, l2="auto", epochs=1, **QUICK).fit(X, y)
    theirs = LogisticRegressionCV(
        Cs=4.0 ** np.arange(-5, 5),
        cv=StratifiedKFold(5, shuffle=True, random_state=1),
        scoring="neg_log_loss",
        l1_ratios=(0.0,),
        use_legacy_attributes=False,
    ).fit(X, y)
    # Other folds may choose the value beside it.
    assert abs(np.log2(2 * len(y) * ours.l2_ * theirs.C_)) <= 2.5


@pytest.mark.parametrize(
    ("kind", "loss", "target"),
    [
        (LinearRegressor, None, lambda z: z),
        (LinearRegressor, None, lambda z: np.stack([z, -z], 1)),
        (LinearRegressor, "absolute_error", lambda z: z),
        (LinearRegressor, "poisson", lambda z: np.floor(np.exp(z))),
        (LinearClassifier, None, lambda z: z > 0),
        (LinearClassifier, None, lambda z: np.digitize(z, [-1, 1])),
        (LinearClassifier, None, lambda z: np.stack([z > 0, z > 1], 1).astype(int)),
    ],
)
def test_more_noise_means_more_penalty(kind, loss, target):
    X = RNG.normal(size=(90, 20))
    signal, noise = X @ RNG.normal(size=20) / 4, RNG.normal(size=90)
    chosen = [
        kind(l2="auto", loss=loss, epochs=60, **QUICK).fit(X, target(z)).l2_
        for z in (signal, noise)
    ]
    assert chosen[0] < chosen[1]


def test_many_categories_do_not_overfit():
    category = RNG.integers(0, 68, 1_000)
    X = pd.DataFrame({"of_many": pd.Categorical(category)})
    y = RNG.normal(size=68)[category] + 2 * RNG.normal(size=1_000)
    ours, plain = (
        LinearRegressor(l2=l2, **QUICK).fit(X[:300], y[:300]).score(X[300:], y[300:])
        for l2 in ("auto", None)
    )
    assert ours > plain + 0.02


def test_rows_of_one_group_are_held_out_together():
    X, y = RNG.normal(size=(40, 20)).repeat(5, 0), RNG.normal(size=40).repeat(5)
    model = LinearRegressor(l2="auto", epochs=1, **QUICK)
    alone = model.fit(X, y).l2_
    assert model.fit(X, y, groups=np.arange(40).repeat(5)).l2_ > 4 * alone


@pytest.mark.parametrize(
    ("kind", "y"),
    [
        (LinearRegressor, [1.0, 2.0]),
        (LinearClassifier, ["a", "b", "b", "b"]),
        (LinearClassifier, np.eye(4, dtype=int)[:, :2]),
    ],
)
def test_too_few_rows_mean_none(kind, y):
    X = np.arange(2.0 * len(y)).reshape(-1, 2) ** 2
    auto, none = (kind(l2=l2, epochs=1, **QUICK).fit(X, y).l2_ for l2 in ("auto", None))
    assert auto == none


def test_the_choice_is_kept(tmp_path):
    X, y = VALUES
    model = LinearRegressor(l2="auto", epochs=2, warm_start=True, **QUICK).fit(X, y)
    again = clone(model).fit(X, y)
    assert np.array_equal(again.coef_, model.coef_)
    assert not hasattr(clone(model), "l2_")
    model.save(tmp_path / "linear.model")
    loaded = load_model(tmp_path / "linear.model")
    noise = RNG.normal(size=len(y))
    for fitted in (model, loaded):
        assert fitted.fit(X, noise).partial_fit(X, noise).l2_ == again.l2_
    with pytest.raises(ValueError, match="changed since the fit"):
        model.set_params(l2=0.5).fit(X, y)


def test_a_search_compares_it_with_numbers():
    X, y = VALUES
    search = GridSearchCV(
        LinearRegressor(epochs=20, **QUICK), {"l2": ["auto", None, 0.01]}, cv=2, error_score="raise"
    ).fit(X, y)
    assert search.best_estimator_.l2_ >= 0


def _error(model, X, y):
    if hasattr(model, "predict_proba"):
        return log_loss(y, model.predict_proba(X), labels=model.classes_)
    return np.sqrt(np.mean((model.predict(X) - y) ** 2))
