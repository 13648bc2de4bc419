"""Blends: what is averaged and by which weights, on which rows, and what cannot be blended."""

import pickle
import warnings

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from estimators import (
    DNNClassifier,
    DNNLinearCombined,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    KerasClassifier,
    LinearClassifier,
    LinearRegressor,
    TabularClassifier,
    TabularRegressor,
    TextRegressor,
    load_model,
)
from estimators.base.encoding import encode
from estimators.engine.loop.time_limit import EndsInTime, TimeLimit
from estimators.families.blends.blended_fit import members_of
from estimators.families.blends.kinds import chosen_estimators
from estimators.heads.classification import ClassHead, MultiClassHead
from estimators.heads.regression import CountHead, RegressionHead
from feature_specs import ColumnWarning, FeatureSpec

RNG = np.random.default_rng(0)
ROWS = 90
X = pd.DataFrame(RNG.normal(size=(ROWS, 2)), columns=["a", "b"])
# Columns may be called as estimators are.
X["deep"] = RNG.choice(["x", "y", "z"], ROWS)
Y = np.abs(X["a"]).to_numpy() - 2 * X["b"] + (X["deep"] == "x") + RNG.normal(size=ROWS) / 5
TWO, THREE = np.where(Y > 0, "yes", "no"), np.digitize(Y, [-1, 1])
LABELS = np.stack([Y > 0, X["a"] > 0], axis=1).astype(int)
SHORT = {"hidden_units": 8, "epochs": 5, "learning_rate": 0.03, "numeric_embedding": None}
CLASSES = [("linear", LinearClassifier(epochs=5)), ("deep", DNNClassifier(**SHORT))]
VALUES = [("linear", LinearRegressor(epochs=5)), ("deep", DNNRegressor(**SHORT))]
# They share what is compiled.
ALIKE = {"estimators": [("short", LinearRegressor(epochs=2)), ("long", LinearRegressor(epochs=9))]}
LABELLED = {
    "estimators": [("short", LinearClassifier(epochs=2)), ("long", LinearClassifier(epochs=9))]
}
TINY = {"members": 2, "jit_compile": False, "random_state": 0}


def classifier(**parameters):
    return TabularClassifier(**{"estimators": CLASSES, **TINY, **parameters})


def regressor(**parameters):
    return TabularRegressor(**{"estimators": VALUES, **TINY, **parameters})


def linear():
    return regressor(estimators=["linear"], time_limit=0.001)


@pytest.fixture(scope="module")
def values():
    return regressor().fit(X, Y)


@pytest.fixture(scope="module")
def classes():
    return classifier().fit(X, THREE, sample_weight=np.arange(ROWS) % 3)


def greedy(loss, models):
    """Return how often each model is chosen, as Caruana et al. describe it."""
    chosen = []
    for _ in range(40):
        tried = [np.mean([models[i] for i in [*chosen, m]], axis=0) for m in range(len(models))]
        chosen.append(int(np.argmin([loss(mean) for mean in tried])))
    return np.bincount(chosen, minlength=len(models)) / 40


def log_loss(p, y):
    return -np.average(np.log(p[np.arange(ROWS), y]), weights=np.arange(ROWS) % 3)


LOSSES = {
    "log loss": (classifier, {}, THREE, log_loss),
    "squared error": (regressor, {}, Y, lambda p, y: np.mean((p - y) ** 2)),
    "several values": (
        regressor, ALIKE, np.stack([Y, 10 * X["a"] * X["b"]], 1),
        lambda p, y: np.mean((p - y) ** 2 / y.var(axis=0)),
    ),
    "pinball": (regressor, {"loss": "quantile", **ALIKE}, Y, lambda p, y: np.mean(np.abs(p - y))),
    "counts": (
        regressor, {"loss": "poisson", **ALIKE}, np.exp(Y) // 1,
        lambda p, y: np.mean(p - y * np.log(p)),
    ),
    "labels": (
        classifier, LABELLED, LABELS, lambda p, y: -np.mean(np.log(np.where(y, p, 1 - p)))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_weights_are_those_of_greedy_selection_and_average_on_the_scale_of_the_task(name):
    new, parameters, y, loss = LOSSES[name]
    weight = {"sample_weight": np.arange(ROWS) % 3} if name == "log loss" else {}
    model = new(**parameters).fit(X, y, **weight)
    parts = model.estimators_.values()
    held_out = [part.oof_prediction_ for part in parts]
    rows = ~np.isnan(held_out[0].reshape(ROWS, -1)[:, 0])
    assert rows.sum() == (60 if weight else ROWS)
    filled = [np.where(np.isnan(p), 0.5, p) for p in held_out]
    weights = list(model.weights_.values())
    assert_allclose(weights, greedy(lambda p: loss(p, y), filled))
    assert sum(weights) == pytest.approx(1)
    average = sum(w * p for w, p in zip(weights, held_out, strict=True))
    assert_allclose(model.oof_prediction_, average, rtol=1e-5, atol=1e-6)
    method = "predict_proba" if new is classifier else "predict"
    given = [getattr(part, method)(X) for part in parts]
    average = sum(w * p for w, p in zip(weights, given, strict=True))
    predicted = getattr(model, method)(X)
    assert_allclose(predicted, average, rtol=1e-4, atol=1e-6)


def test_who_has_no_weight_is_not_asked(values):
    model = pickle.loads(pickle.dumps(values))
    model.weights_ = {"linear": 0.0, "deep": 1.0}
    model.estimators_["linear"].trained_ = None
    assert_array_equal(model.predict(X), values.estimators_["deep"].predict(X))


def test_held_out_rows_are_those_of_members(values):
    for part in values.estimators_.values():
        held, members = part.held_out_, part.members_
        unseen = held.patterns[held.pattern_of]
        assert_array_equal(unseen.sum(axis=1), 1)
        for number, member in enumerate(members):
            own = unseen[:, number]
            assert_allclose(part.oof_prediction_[own], member.predict(X[own]), rtol=1e-5)


@pytest.mark.parametrize(
    "how",
    [
        "folds", "bootstrap", KFold(2, shuffle=True), GroupKFold(2),
        KFold(2, shuffle=True, random_state=np.random.RandomState(0)),
        ShuffleSplit(2, test_size=0.3, random_state=np.random.RandomState(0)),
    ],
    ids=["folds", "bootstrap", "KFold", "GroupKFold", "restless KFold", "restless ShuffleSplit"],
)  # fmt: skip
def test_all_kinds_have_the_same_folds(how):
    weight, groups = np.arange(ROWS) % 4 != 0, np.arange(ROWS) // 5
    groups = groups if how == "folds" or isinstance(how, GroupKFold) else None
    model = regressor(members_split=how, **ALIKE).fit(X, Y, sample_weight=weight, groups=groups)
    first, second = (part.held_out_ for part in model.estimators_.values())
    assert first.has_rows_of(second)
    assert weight[first.rows].all()
    assert np.isnan(model.oof_prediction_[~weight]).all()
    if groups is not None:
        sides = pd.Series(first.pattern_of).groupby(groups[first.rows]).nunique()
        assert (sides == 1).all()


class Restless(KFold):
    """Splits differently whenever it is asked."""

    asked = 0

    def split(self, X, y=None, groups=None):
        Restless.asked += 1
        return iter([s[:: (-1) ** Restless.asked] for s in [*super().split(X, y)]][:1] * 2)


def test_splits_that_differ_are_told():
    with pytest.raises(ValueError, match="makes other splits for 'long' than .* a number"):
        regressor(members_split=Restless(2), **ALIKE).fit(X, Y)


def test_intervals_sets_and_spread(values, classes):
    low, high = np.transpose(values.predict_interval(X, coverage=0.8))
    assert 0.6 < np.mean((low <= Y) & (high >= Y)) < 1
    sets = classes.predict_set(X, coverage=0.8)
    assert 0.6 < sets[np.arange(ROWS), THREE].mean()
    mean, deviation = values.predict(X, return_std=True)
    assert_array_equal(mean, values.predict(X))
    given = [
        [w * m.predict(X) for m in values.estimators_[n].members_]
        for n, w in values.weights_.items()
    ]
    assert_allclose(deviation, np.std(np.sum(given, axis=0), axis=0), atol=1e-6)


def test_the_network_holds_all(values, classes):
    # Else it would be the network of one.
    assert min(values.weights_.values()) > 0
    classes = pickle.loads(pickle.dumps(classes))
    classes.weights_ = {"linear": 0.3, "deep": 0.7}
    assert set(values.feature_specs_) == {"ranks:", "standard:"}
    outputs = values.network_(encode(values.feature_specs_, X))
    assert_allclose(np.ravel(outputs), values.predict(X), rtol=1e-5, atol=1e-5)
    logits = classes.network_(encode(classes.feature_specs_, X))
    assert_allclose(keras.ops.softmax(logits), classes.predict_proba(X), atol=1e-6)
    names = values.variable_names()
    assert {name.partition("/")[0] for name in names} == {"linear", "deep"}
    assert_array_equal(
        values.variable_value(names[-1]), values.estimators_["deep"].trained_.named_weights[
            names[-1].partition("/")[2]
        ],
    )  # fmt: skip


def test_the_same_seed_gives_the_same_bits(values, tmp_path):
    alone = clone(values).set_params(n_jobs=1).fit(X, Y)
    values.save(tmp_path / "a.model")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = load_model(tmp_path / "a.model")
    for other in (alone, loaded, pickle.loads(pickle.dumps(values))):
        assert_array_equal(other.predict(X), values.predict(X))
        assert_array_equal(other.oof_prediction_, values.oof_prediction_)
        assert other.weights_ == values.weights_
    assert_array_equal(clone(loaded).fit(X, Y).predict(X), values.predict(X))


@pytest.mark.filterwarnings("ignore:time_limit")
def test_what_it_is_fitted_on():
    table = X.assign(t=Y)
    model = regressor(feature_spec=FeatureSpec("t ~ a + b")).fit(table, validation_data=table)
    assert_array_equal(model.predict(table), model.predict(X))
    assert len(model.held_out_.rows) == ROWS
    matrix = csr_array(RNG.poisson(0.3, size=(ROWS, 20)).astype(float))
    assert linear().fit(matrix, Y).predict(matrix).shape == (ROWS,)
    texts = X.assign(note=RNG.choice(["a fine film", "a dull film", "acting of all"], ROWS))
    assert np.isfinite(linear().fit(texts, Y).predict(texts)).all()


def test_rows_and_columns_that_say_little(values):
    gone = pd.DataFrame({"a": [np.nan], "b": [np.nan], "deep": [None]})
    assert np.isfinite(values.predict(gone)).all()
    with pytest.raises(ValueError, match="same order"):
        values.predict(X[["deep", "b", "a"]])


def test_rows_that_are_hard():
    table = X[["a"]].assign(
        far=1e12 * RNG.normal(size=ROWS), tail=np.exp(10 * RNG.normal(size=ROWS)),
        once=np.arange(ROWS) == 7, names=pd.Categorical([f"n{i}" for i in range(ROWS)]),
        gone=np.nan,
    )  # fmt: skip
    heavy = np.exp(10 * RNG.normal(size=ROWS))
    with pytest.warns(ColumnWarning, match="'gone' says nothing"):
        model = regressor(**ALIKE).fit(table, heavy)
    assert np.isfinite(model.predict(table)).all()
    with pytest.raises(ValueError, match="needs 5 rows .* n_samples=3; give more rows or fewer m"):
        regressor(members=5).fit(X[:3], Y[:3])
    rare = np.where(np.arange(ROWS) == 7, "rare", TWO)
    with pytest.warns(ColumnWarning, match=r"class 'rare' \(1 row\)"):
        model = classifier(**LABELLED).fit(X[["a"]], rare)
    assert np.isfinite(model.predict_proba(X[["a"]])).all()


def test_parameters_are_searched():
    balanced = classifier(class_weight="balanced", estimators=CLASSES[:1])
    pipeline = make_pipeline(StandardScaler(), balanced)
    search = GridSearchCV(pipeline, {"tabularclassifier__members": [2, 3]}, cv=2)
    model = search.fit(X[["a"]], TWO).best_estimator_[-1]
    assert search.best_params_ == {"tabularclassifier__members": model.members}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert model.held_out_.weight[TWO == "yes"].sum() == pytest.approx(ROWS / 2)


@pytest.mark.parametrize(
    ("parameters", "rows", "members"),
    [
        ({}, 10_000, 5),
        ({"quality": "best"}, 640, 10),
        ({"quality": "best"}, 639, 5),
        ({"quality": "best", "members": 3}, 10_000, 3),
    ],
)
def test_how_many_members(parameters, rows, members):
    assert members_of(TabularRegressor(**parameters), rows) == members


@pytest.mark.parametrize(
    ("quality", "head", "names"),
    [
        ("fast", RegressionHead(), ["linear", "deep"]),
        ("good", RegressionHead(), ["linear", "deep", "neighbors"]),
        ("good", RegressionHead("quantile"), ["linear", "deep"]),
        ("best", RegressionHead("absolute_error"), ["linear", "deep", "network"]),
        ("best", CountHead(), ["linear", "deep", "network", "neighbors"]),
        ("good", MultiClassHead(), ["linear", "deep", "neighbors"]),
        ("best", MultiClassHead("kl_divergence"), ["linear", "deep"]),
    ],
)
def test_kinds_by_quality_and_loss(quality, head, names):
    chosen = chosen_estimators(None, quality, head)
    assert list(chosen) == names
    assert all(is_classifier(each) is isinstance(head, ClassHead) for each in chosen.values())


# Time


def test_a_limit_of_time_is_shared():
    now = [0.0]
    limit = TimeLimit(10.0, trainings=4, at_once=2, clock=lambda: now[0])
    assert limit.share() == 5.0
    now[0] = 4.0
    assert limit.share() == pytest.approx(6 / 1.5)
    assert limit.share() == limit.share() == limit.seconds_left == 6.0

    class Model:
        stop_training = False

    for epochs, is_ended in [(3, True), (2, False)]:
        now[0] = 0.0
        limit = TimeLimit(10.0, trainings=1, clock=lambda: now[0])
        training = EndsInTime(limit)
        training.set_model(Model())
        training.model.stop_training = False
        training.set_params({"epochs": epochs})
        training.on_begin(None)
        training.on_epoch_end(0)
        now[0] = 11.0
        training.on_epoch_end(1)
        assert training.model.stop_training is is_ended
        training.on_train_end()
        # That which had all its epochs was not ended.
        assert limit.ended == [2] * is_ended


def test_a_fit_without_time_still_predicts():
    estimators = [("linear", LinearRegressor(epochs=100_000)), *VALUES[1:]]
    with pytest.warns(UserWarning, match="time_limit=0.001 s") as told:
        model = regressor(time_limit=0.001, estimators=estimators).fit(X, Y)
    expected = f"ended 'linear' after {model.n_iter_} epoch(s) and left out 'deep'; more"
    assert expected in str(told[0].message)
    assert told[0].filename == __file__
    assert model.weights_ == {"linear": 1.0}
    assert np.isfinite(model.predict(X)).all()


# What cannot be blended


def ends_in_probabilities(inputs, units):
    return keras.layers.Dense(units, activation="softmax")(inputs)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"members": 1}, "members=1 .* holds out no rows"),
        ({"members_split": "seeds"}, "members_split='seeds' holds out no rows"),
        ({"estimators": ["lineal"]}, "'lineal'; give names of 'linear', 'deep'"),
        ({"estimators": []}, "estimators holds nothing"),
        ({"estimators": ["linear", *VALUES]}, "the name 'linear' twice"),
        ({"estimators": CLASSES}, "or pairs .name, regressor of this library"),
        ({"estimators": [("a", DNNLinearCombined())]}, "regressor of this library"),
        ({"estimators": [("a", TextRegressor())]}, "'a' is a TextRegressor, which trains no"),
        ({"estimators": [("a", TabularRegressor())]}, "'a' is a TabularRegressor, which"),
        ({"estimators": [("a", LinearRegressor(FeatureSpec()))]}, "'a' has a feature_spec, and"),
        ({"estimators": [("a", DNNLinearCombinedRegressor(dnn_feature_spec=FeatureSpec()))]},
         "'a' has a dnn_feature_spec"),
        ({"estimators": [("../a", LinearRegressor())]}, "the name '../a', by which folders"),
        ({"estimators": [("member_1", LinearRegressor())]}, "the name 'member_1', by which"),
        ({"estimators": [("a__b", LinearRegressor())]}, "the name 'a__b', by which"),
        ({"estimators": [("loss", LinearRegressor())]}, "the name 'loss', which is that"),
        ({"estimators": [("linear", LinearRegressor)]}, "or pairs .name, regressor of this"),
        ({"time_limit": 0}, "time_limit"),
        ({"quality": "better"}, "quality"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_changes_nothing(parameters, message):
    model = regressor(**parameters)
    with pytest.raises(ValueError, match=message) as raised:
        model.fit(X[["a"]], Y)
    assert "\n" not in str(raised.value)
    assert not [name for name in vars(model) if name.endswith("_")]


def test_a_network_of_ones_own_must_end_as_others_do():
    own = KerasClassifier(ends_in_probabilities, epochs=1)
    with pytest.raises(ValueError, match="network of 'own' does not end in what a blend averages"):
        classifier(estimators=[*CLASSES[:1], ("own", own)]).fit(X[["a", "b"]], THREE)


def test_there_is_no_such_thing_of_a_blend(values):
    for name in ("history_", "members_"):
        with pytest.raises(AttributeError, match=rf"no {name} as a whole; ask estimators_\['lin"):
            getattr(values, name)
    for name in ("save_weights", "load_weights", "partial_fit"):
        assert not hasattr(values, name)
    with pytest.raises(AttributeError) as raised:
        values.save_weights("a")
    assert "no files of weights alone; use save" in str(raised.value.__cause__)
    assert not hasattr(TabularRegressor(), "network_")
