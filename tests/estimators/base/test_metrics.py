"""Metrics of Keras and scikit-learn, every epoch: what they say, what stops by them, what fails."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    get_scorer,
    make_scorer,
    mean_absolute_error,
    median_absolute_error,
    r2_score,
    roc_auc_score,
)

from estimators import (
    DNNClassifier,
    KerasClassifier,
    LinearClassifier,
    LinearRegressor,
    NeighborNetworkClassifier,
    TextClassifier,
    load_model,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 4))
VALUES = X @ [1.0, -2.0, 0.5, 0.0] + RNG.normal(size=400)
TWO = np.where(VALUES > 0, "yes", "no")
THREE = np.digitize(VALUES, [-1, 1])
LABELS = np.stack([VALUES > 0, X[:, 0] > 0], axis=1).astype(int)
WEIGHT = RNG.integers(1, 4, 400).astype(float)
QUICK = {"epochs": 3, "random_state": 0, "jit_compile": False}
VALIDATION = {"validation_data": (X[300:], TWO[300:])}


def last(model, name):
    return model.history_.history[name][-1]


def test_scorers_and_metrics_of_classes_measure_what_they_do_elsewhere():
    metrics = ["auc", "roc_auc", "f1_weighted", keras.metrics.Precision(name="exact"), "accuracy"]
    model = LinearClassifier(metrics=metrics, **QUICK)
    model.fit(X[:300], TWO[:300], **VALIDATION)
    for prefix, rows in (("", slice(300)), ("val_", slice(300, None))):
        probability = model.predict_proba(X[rows])[:, 1]
        truth, predicted = TWO[rows] == "yes", model.predict(X[rows])
        np.testing.assert_allclose(
            last(model, f"{prefix}roc_auc"), roc_auc_score(truth, probability)
        )
        np.testing.assert_allclose(
            last(model, f"{prefix}auc"), roc_auc_score(truth, probability), atol=3e-3
        )
        f1 = f1_score(TWO[rows], predicted, average="weighted")
        np.testing.assert_allclose(last(model, f"{prefix}f1_weighted"), f1)
        exact = (truth & (predicted == "yes")).sum() / (predicted == "yes").sum()
        np.testing.assert_allclose(last(model, f"{prefix}exact"), exact, rtol=1e-6)
    found = model.evaluate(X[300:], TWO[300:])
    assert found["roc_auc"] == last(model, "val_roc_auc")
    assert found["accuracy"] == accuracy_score(TWO[300:], model.predict(X[300:]))


def test_metrics_of_values_are_in_the_units_of_the_target():
    y = 1000 * VALUES + 5000
    metrics = {"median": make_scorer(median_absolute_error), "mae": "mae", "r2": "r2", "mse": "mse"}
    model = LinearRegressor(metrics=metrics, **QUICK).fit(X, y, sample_weight=WEIGHT)
    predicted = model.predict(X)
    weighted = {"sample_weight": WEIGHT}
    np.testing.assert_allclose(
        last(model, "mae"), mean_absolute_error(y, predicted, **weighted), rtol=1e-5
    )
    np.testing.assert_allclose(last(model, "r2"), r2_score(y, predicted, **weighted), rtol=1e-5)
    expected = median_absolute_error(y, predicted, **weighted)
    np.testing.assert_allclose(last(model, "median"), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("y", "metrics"),
    [
        (THREE, ["sparse_top_k_categorical_accuracy", "f1_score", "roc_auc_ovr", "neg_log_loss"]),
        (LABELS, ["auc", "f1_macro", "binary_accuracy"]),
        (np.eye(3)[THREE], ["categorical_accuracy", "auc"]),
        (TWO, ["recall", "matthews_corrcoef", "hinge"]),
    ],
)
def test_every_kind_of_classes_is_measured(y, metrics):
    model = DNNClassifier(hidden_units=4, metrics=metrics, early_stopping=False, **QUICK)
    model.fit(X, y)
    for name in metrics:
        assert np.isfinite(last(model, name))
        if name in ("roc_auc_ovr", "neg_log_loss", "f1_macro"):
            np.testing.assert_allclose(last(model, name), get_scorer(name)(model, X, y), rtol=1e-5)


def test_metrics_change_nothing_of_the_training():
    plain = DNNClassifier(hidden_units=4, **QUICK).fit(X, TWO)
    measured = DNNClassifier(hidden_units=4, metrics="auc", **QUICK).fit(X, TWO)
    np.testing.assert_array_equal(plain.predict_proba(X), measured.predict_proba(X))
    assert plain.history_.history["loss"] == measured.history_.history["loss"]


@pytest.mark.parametrize("monitor", ["val_roc_auc", "val_auc", "val_neg_log_loss", "val_loss"])
def test_training_stops_by_any_measure_and_goes_back_to_its_best_epoch(monitor):
    model = DNNClassifier(
        hidden_units=32,
        learning_rate=0.05,
        metrics=["roc_auc", "auc", "neg_log_loss"],
        early_stopping=monitor,
        **{**QUICK, "epochs": 60},
    )
    model.fit(X[:300], TWO[:300], **VALIDATION)
    measured = np.array(model.history_.history[monitor])
    best = measured.argmin() if monitor == "val_loss" else measured.argmax()
    assert model.history_.best_epoch == best
    assert model.n_iter_ == best + 11 < 60
    name = monitor.removeprefix("val_")
    if name != "loss":
        np.testing.assert_allclose(model.evaluate(X[300:], TWO[300:])[name], measured[best])


def test_callbacks_watch_them_too():
    stop = keras.callbacks.EarlyStopping("val_roc_auc", patience=2, mode="max")
    model = DNNClassifier(
        hidden_units=32, learning_rate=0.05, metrics="roc_auc", early_stopping=stop,
        **{**QUICK, "epochs": 60},
    )  # fmt: skip
    model.fit(X[:300], TWO[:300], **VALIDATION)
    measured = np.array(model.history_.history["val_roc_auc"])
    assert len(measured) == measured.argmax() + 3 < 60


def test_members_neighbours_texts_and_own_networks_are_measured(tmp_path):
    def network(inputs, units):
        return keras.layers.Dense(units)(inputs)

    members = DNNClassifier(
        hidden_units=4, members=2, metrics="auc", early_stopping="val_auc", **QUICK
    )
    members.fit(X, TWO)
    assert len(members.history_.members[1].history["val_auc"]) == 3
    members.save(tmp_path / "a.model")
    again = load_model(tmp_path / "a.model")
    assert again.metrics == "auc"
    assert again.evaluate(X, TWO)["auc"] == members.evaluate(X, TWO)["auc"]
    texts = np.where(VALUES > 0, "a fine film", "a dull film")
    for model, rows in (
        (NeighborNetworkClassifier(metrics=["roc_auc"], early_stopping=2, **QUICK), X),
        (TextClassifier(metrics=["roc_auc"], **QUICK), texts),
        (
            KerasClassifier(network, metrics=["roc_auc"], **QUICK),
            pd.DataFrame(X, columns=list("abcd")),
        ),
    ):
        assert 0 <= last(model.fit(rows, TWO), "roc_auc") <= 1


class Interrupted(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 4:
            raise KeyboardInterrupt


def test_an_interrupted_fit_resumes_with_the_best_measure_so_far(tmp_path):
    settings = {"hidden_units": 4, "metrics": "auc", "early_stopping": "val_auc"}
    settings |= {**QUICK, "epochs": 14}
    whole = DNNClassifier(**settings).fit(X, TWO)
    with pytest.raises(KeyboardInterrupt):
        DNNClassifier(**settings, model_dir=tmp_path, callbacks=Interrupted()).fit(X, TWO)
    resumed = DNNClassifier(**settings, model_dir=tmp_path).fit(X, TWO, resume=True)
    np.testing.assert_array_equal(resumed.predict_proba(X), whole.predict_proba(X))
    assert resumed.history_.history == whole.history_.history
    assert resumed.history_.best_epoch == whole.history_.best_epoch


def test_estimators_with_metrics_are_cloned_and_searched():
    metric = keras.metrics.AUC(name="area")
    model = clone(DNNClassifier(hidden_units=4, metrics=[metric, "f1_macro"], **QUICK))
    assert {"area", "f1_macro"} <= set(model.fit(X, TWO).history_.history)
    again = pickle.loads(pickle.dumps(model))
    assert again.evaluate(X, TWO) == model.evaluate(X, TWO)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (LinearRegressor(metrics="roc_auc"), "'roc_auc', which cannot be measured here"),
        (LinearRegressor(metrics="aucc"), "'aucc', which is no metric; did you mean 'auc'"),
        (LinearRegressor(metrics=[3]), "metrics holds 3; give names"),
        (LinearRegressor(metrics=[keras.metrics.AUC]), "metrics holds <class .*AUC'>; give names"),
        (LinearRegressor(metrics=["r2", "r2"]), "metrics holds 'r2' twice"),
        (LinearRegressor(early_stopping="val_auc"), "early_stopping='val_auc' is nothing that"),
        (LinearRegressor(metrics="r2", early_stopping="r2_"), "did you mean 'r2'"),
        (LinearRegressor(metrics={"loss": "r2"}), "metrics calls one 'loss', as other measures"),
        (LinearRegressor(metrics={"val_r2": "r2"}), "metrics calls one 'val_r2', as other"),
    ],
)
def test_what_cannot_be_measured_is_told_before_training(estimator, message):
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, VALUES)
    assert not hasattr(estimator, "trained_")


def test_a_part_that_is_to_stop_by_nothing_is_told_and_one_by_rows_to_come_is_not():
    with pytest.raises(ValueError, match="early_stopping='val_aucc' is nothing that is measured"):
        DNNClassifier(metrics="auc", early_stopping="val_aucc", **QUICK).partial_fit(X, TWO)
    model = DNNClassifier(hidden_units=4, metrics="auc", early_stopping="val_auc", **QUICK)
    assert model.partial_fit(X, TWO).n_iter_ == 1
