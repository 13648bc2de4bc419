"""Several networks as one estimator: what they average, and that nothing else changes."""

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit, cross_validate
from small_models import LABELS, THREE, WEIGHT, X, Y

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    ImageClassifier,
    KerasClassifier,
    LinearClassifier,
    LinearRegressor,
    TextClassifier,
    load_model,
)
from estimators.engine.layers.members import MeanOfMembers
from estimators.heads.averages import average

FEW = {"members": 3, "epochs": 4, "random_state": 0, "jit_compile": False}
COUNTS = np.random.default_rng(0).poisson(np.exp(Y / 2))
TEXTS = [f"x{int(a > 0)} y{int(b > 0)}" for a, b in X[:, :2]]
IMAGES = np.random.default_rng(0).integers(0, 256, (len(Y), 4, 4), dtype=np.uint8)
TAGS = np.stack([Y > 0, X[:, 0] > 0], axis=1).astype(int)


def softmax_network(inputs, units):
    return keras.layers.Dense(units, activation="softmax")(inputs)


CASES = {
    "values": (DNNRegressor(hidden_units=8, **FEW), X, Y),
    "several values": (DNNRegressor(hidden_units=8, **FEW), X, np.stack([Y, X[:, 0]], 1)),
    "counts": (DNNRegressor(hidden_units=8, loss="poisson", **FEW), X, COUNTS),
    "two classes": (DNNClassifier(hidden_units=8, dropout=0.3, **FEW), X, LABELS),
    "three classes": (LinearClassifier(**FEW), X, THREE),
    "tags": (DNNClassifier(hidden_units=8, **FEW), X, TAGS),
    "wide and deep": (DNNLinearCombinedRegressor(dnn_hidden_units=8, **FEW), X, Y),
    "texts": (TextClassifier(**FEW), TEXTS, LABELS),
    "images": (ImageClassifier(filters=(2,), kernel_size=3, **FEW), IMAGES, THREE),
    "probabilities": (KerasClassifier(softmax_network, **FEW), X, THREE),
    "drawn rows": (DNNRegressor(hidden_units=8, members_split="bootstrap", **FEW), X, Y),
    "all rows": (DNNRegressor(hidden_units=8, members_split="seeds", **FEW), X, Y),
}


def answer(model, rows):
    return model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)


@pytest.fixture(scope="module", params=CASES)
def fitted(request):
    model, rows, target = CASES[request.param]
    return clone(model).fit(rows, target, sample_weight=WEIGHT), rows, target


def test_members_are_averaged(fitted):
    model, rows, _ = fitted
    answers = [answer(member, rows) for member in model.members_]
    assert len({a.tobytes() for a in answers}) == 3
    np.testing.assert_allclose(answer(model, rows), np.mean(answers, 0), rtol=1e-5, atol=1e-6)


def test_threads_change_no_bit(fitted):
    model, rows, target = fitted
    alone = clone(model).set_params(n_jobs=1).fit(rows, target, sample_weight=WEIGHT)
    for one, other in zip(model.trained_.weights, alone.trained_.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(answer(model, rows), answer(alone, rows))


def test_the_network_and_the_file_hold_all(fitted, tmp_path):
    model, rows, _ = fitted
    model.save(tmp_path / "model")
    loaded = load_model(tmp_path / "model", trusted=True)
    np.testing.assert_array_equal(answer(loaded, rows), answer(model, rows))
    inputs = {
        f"{side}{name}": array
        for side, spec in model._specs_.items()
        for name, array in spec.encode(model._check_X(rows, reset=False)).items()
    }
    outputs = model.network_.predict(inputs, verbose=0)
    expected = model.head_.average(model._member_outputs(rows))
    if hasattr(model.head_, "scale_"):
        expected = expected * model.head_.scale_ + model.head_.offset_
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-5)
    assert [len(history.epoch) for history in model.history_.members] == [4, 4, 4]
    assert sorted(model.variable_names()) == sorted(model.trained_.named_weights)


def test_rows_held_out_are_told_by_those_who_did_not_see_them(fitted):
    model, rows, target = fitted
    held = model.held_out_
    if model.members_split == "seeds":
        assert held is None
        return
    for pattern, members in enumerate(held.patterns):
        chosen = held.rows[held.pattern_of == pattern]
        few = rows[chosen] if hasattr(rows, "shape") else [rows[i] for i in chosen]
        unseen = [answer(model.members_[m], few) for m in np.flatnonzero(members)]
        np.testing.assert_allclose(
            model.oof_prediction_[chosen], np.mean(unseen, axis=0), rtol=1e-4, atol=1e-5
        )
    if model.members_split == "folds":
        assert not np.isnan(model.oof_prediction_).any()


@pytest.mark.parametrize("scale", ["values", "logarithms", "log_odds", "log_probabilities"])
def test_host_and_graph_average_alike(scale):
    outputs = np.random.default_rng(0).normal(size=(4, 50, 3), scale=9).astype("float32")
    np.testing.assert_allclose(
        MeanOfMembers(scale)(list(outputs)), average(outputs, scale), rtol=2e-5, atol=2e-5
    )
    weights = [0.1, 0.2, 0.3, 0.4]
    np.testing.assert_allclose(
        MeanOfMembers(scale, weights)(list(outputs)), average(outputs, scale, weights),
        rtol=2e-5, atol=2e-5,
    )  # fmt: skip
    doubled = average(outputs[[0, 1, 1, 2]], scale)
    np.testing.assert_allclose(average(outputs[:3], scale, [0.25, 0.5, 0.25]), doubled, rtol=1e-5)
    if scale == "log_odds":
        mean = logit(expit(outputs[:, :, 0] / 9).mean(0))
        np.testing.assert_allclose(average(outputs / 9, scale)[:, 0], mean, rtol=1e-5)


def test_a_member_is_the_network_of_its_rows():
    model = DNNRegressor(
        hidden_units=8, members_split=KFold(3), **FEW | {"early_stopping": 2, "epochs": 9}
    )
    model.fit(X, Y)
    assert [len(member.history_["val_loss"]) for member in model.members_] == [
        len(history.epoch) for history in model.history_.members
    ]
    for (_, held_out), member in zip(KFold(3).split(X), model.members_, strict=True):
        best = member.history_["val_loss"][member.history_.best_epoch]
        measured = np.mean((member.predict(X[held_out]) - Y[held_out]) ** 2)
        np.testing.assert_allclose(measured, best, rtol=1e-5)


def test_members_go_on_each_by_itself():
    whole = DNNRegressor(hidden_units=8, warm_start=True, **FEW).fit(X, Y)
    whole.fit(X, Y)
    once = DNNRegressor(hidden_units=8, **FEW | {"epochs": 8}).fit(X, Y)
    np.testing.assert_array_equal(whole.predict(X), once.predict(X))
    np.testing.assert_array_equal(whole.oof_prediction_, once.oof_prediction_)
    other = np.random.default_rng(1).permutation(len(Y))
    assert whole.fit(X[other], Y[other]).held_out_ is None
    with pytest.raises(ValueError, match="members=2 is not the 3 of the fit"):
        whole.set_params(members=2).fit(X, Y)


def test_parts_train_every_member():
    model = DNNRegressor(hidden_units=8, **FEW)
    for part in np.split(np.arange(len(Y)), 4):
        model.partial_fit(X[part], Y[part])
    assert [member.n_iter_ for member in model.members_] == [4, 4, 4]
    assert model.partial_fit(X[:1], Y[:1]).held_out_ is None


def test_weights_start_from_another_ensemble():
    source = DNNRegressor(hidden_units=8, **FEW).fit(X, Y)
    taken = DNNRegressor(hidden_units=8, warm_start_from=source, **FEW | {"epochs": 0})
    np.testing.assert_array_equal(taken.fit(X, Y).predict(X), source.predict(X))


def test_weight_files_hold_all_members(tmp_path):
    source = DNNRegressor(hidden_units=8, **FEW).fit(X, Y)
    source.save_weights(tmp_path / "all.weights.h5")
    other = DNNRegressor(hidden_units=8, **FEW | {"random_state": 1}).fit(X, Y)
    other.load_weights(tmp_path / "all.weights.h5")
    for one, two in zip(source.trained_.weights, other.trained_.weights, strict=True):
        np.testing.assert_array_equal(one, two)
    assert other.held_out_ is None


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_members_are_searched_over(backend):
    import joblib

    model = DNNClassifier(hidden_units=4, **FEW | {"members": 1})
    with joblib.parallel_config(backend=backend, n_jobs=2):
        search = GridSearchCV(model, {"members": [1, 2], "members_split": ["folds"]}, cv=2)
        search.fit(X, LABELS)
        scores = cross_validate(search.best_estimator_, X, LABELS, cv=2)["test_score"]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert np.isfinite(scores).all()


def test_callbacks_see_one_member_after_another():
    seen = []
    epoch = keras.callbacks.LambdaCallback(on_epoch_end=lambda number, logs: seen.append(number))
    DNNRegressor(hidden_units=8, callbacks=epoch, **FEW).fit(X, Y)
    assert seen == [0, 1, 2, 3] * 3


def test_validation_data_stops_and_folds_stay_unseen():
    model = DNNRegressor(hidden_units=8, **FEW | {"early_stopping": 1, "epochs": 5})
    model.fit(X, Y, validation_data=(X[:20], Y[:20]))
    expected = np.mean((model.members_[0].predict(X[:20]) - Y[:20]) ** 2)
    first = model.history_.members[0]
    np.testing.assert_allclose(first["val_loss"][first.best_epoch], expected, rtol=1e-5)
    assert len(model.held_out_.rows) == len(Y)


def test_bad_input():
    with pytest.raises(ValueError, match="members=3"):
        DNNRegressor(**FEW).fit(X[:2], Y[:2])
    with pytest.raises(ValueError, match=r"4.*3|3.*4"):
        DNNRegressor(members_split=ShuffleSplit(4, random_state=0), **FEW).fit(X, Y)
    with pytest.raises(ValueError, match="infinity|inf"):
        DNNRegressor(**FEW).fit(np.where(X > 2, np.inf, X), Y)
    constant = DNNRegressor(hidden_units=4, **FEW).fit(X, np.ones(len(Y)))
    assert np.isfinite(constant.predict_interval(X)).all()
    table = pd.DataFrame(X, columns=list("abc"))
    with pytest.raises(ValueError, match="n_samples=1|1 sample"):
        LinearRegressor(**FEW).fit(table[:1], Y[:1])


def test_a_splitter_without_a_seed_takes_that_of_the_fit():
    model = DNNRegressor(hidden_units=4, members_split=KFold(3, shuffle=True), **FEW)
    one, other = (clone(model).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(one.oof_prediction_, other.oof_prediction_)
