"""How the estimators train: continuing, stopping, callbacks, heads, weights, metrics."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification

from estimators import (
    DNNClassifier,
    DNNLinearCombined,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    KerasClassifier,
    KerasRegressor,
    LinearClassifier,
    LinearRegressor,
    QuantileLoss,
)
from feature_specs import FeatureSpec, all_numeric

ROWS = 100
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.3 * RNG.normal(size=ROWS)
LABELS = np.where(Y > 0, "yes", "no")
THREE = np.digitize(Y, [-1, 1])
WEIGHT = RNG.uniform(0.5, 2, ROWS)
RAW = FeatureSpec().step_numeric_column(all_numeric())
DEEP = DNNRegressor(hidden_units=8, dropout=0.2, epochs=5, random_state=0)
RECKLESS = clone(DEEP).set_params(learning_rate=0.1, epochs=60, dropout=0.0)


# Continuing


@pytest.mark.parametrize(
    "model",
    [
        DEEP,
        DNNClassifier(hidden_units=8, dropout=0.2, batch_norm=True, random_state=0),
        DNNLinearCombinedRegressor(dnn_hidden_units=8, random_state=0),
        # The default rate of linear models falls to 0 within each fit.
        LinearRegressor(learning_rate=0.05, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_three_and_two_epochs_are_five(model):
    y = THREE if isinstance(model, DNNClassifier) else Y
    five = clone(model).set_params(epochs=5).fit(X, y)
    warm = clone(model).set_params(epochs=3, warm_start=True).fit(X, y)
    warm.set_params(epochs=2).fit(X, y)
    np.testing.assert_array_equal(warm.predict(X), five.predict(X))
    for ours, theirs in zip(warm.trained_.weights, five.trained_.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert warm.history_ == five.history_
    assert warm.history_.epoch == list(range(5))


def test_without_warm_start_a_fit_begins_anew():
    model = clone(DEEP)
    first = model.fit(X, Y).predict(X)
    np.testing.assert_array_equal(model.fit(X, Y).predict(X), first)
    assert model.n_iter_ == 5


def test_partial_fit_is_a_fit_epoch_by_epoch():
    model = clone(DEEP)
    for _ in range(5):
        model.partial_fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), clone(DEEP).fit(X, Y).predict(X))


def test_partial_fit_knows_all_classes_from_the_first_call():
    model = LinearClassifier().partial_fit(X[THREE < 2], THREE[THREE < 2], classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (ROWS, 3)
    assert model.partial_fit(X, THREE).classes_.tolist() == [0, 1, 2]


# Stopping


def test_early_stopping_restores_the_best_weights():
    model = clone(RECKLESS).set_params(early_stopping=4)
    model.fit(X[:60], Y[:60], validation_data=(X[60:], Y[60:]))
    losses = model.history_["val_loss"]
    assert model.history_.best_epoch == np.argmin(losses)
    assert model.n_iter_ == np.argmin(losses) + 4 + 1 < 60
    found = metrics.mean_squared_error(Y[60:], model.predict(X[60:]))
    np.testing.assert_allclose(found, min(losses), rtol=1e-4)


def test_early_stopping_sets_rows_aside():
    model = clone(RECKLESS).set_params(early_stopping=True).fit(X, Y)
    assert "val_loss" in model.history_
    assert model.history_.best_epoch is not None


def test_early_stopping_object_of_keras():
    stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
    model = clone(RECKLESS).set_params(early_stopping=stop)
    model.fit(X[:60], Y[:60], validation_data=(X[60:], Y[60:]))
    own = clone(RECKLESS).set_params(early_stopping=4)
    own.fit(X[:60], Y[:60], validation_data=(X[60:], Y[60:]))
    np.testing.assert_array_equal(model.predict(X), own.predict(X))


@pytest.mark.parametrize("form", ["pair", "triple", "table", "fraction"])
def test_validation_data(form):
    table = pd.DataFrame(X, columns=["a", "b", "c"]).assign(label=Y)
    model = LinearRegressor(FeatureSpec("label ~ ."), epochs=3, random_state=0)
    features = table[["a", "b", "c"]]
    given = {
        "pair": (features, Y),
        "triple": (features, Y, WEIGHT),
        "table": table,
        "fraction": None,
    }[form]
    if form == "fraction":
        model.set_params(validation_fraction=0.2)
    model.fit(table, validation_data=given)
    assert len(model.history_["val_loss"]) == 3
    if form != "fraction":
        weight = WEIGHT if form == "triple" else None
        found = metrics.mean_squared_error(Y, model.predict(features), sample_weight=weight)
        np.testing.assert_allclose(found, model.history_["val_loss"][-1], rtol=1e-4)


# Callbacks


class Recorder(keras.callbacks.Callback):
    """Writes down what it is told, as (hook, epoch or batch, names in the logs at the end)."""

    def __init__(self):
        super().__init__()
        self.events, self.rates = [], []

    def note(self, hook, index=None, logs=None):
        self.events.append((hook, index, sorted(logs or ())))

    def on_train_begin(self, logs=None):
        self.note("train begin")

    def on_train_end(self, logs=None):
        self.note("train end", logs=logs)

    def on_epoch_begin(self, epoch, logs=None):
        self.note("epoch begin", epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.note("epoch end", epoch, logs)
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_train_batch_begin(self, batch, logs=None):
        self.note("batch begin", batch)

    def on_train_batch_end(self, batch, logs=None):
        self.note("batch end", batch, logs)

    def on_test_begin(self, logs=None):
        self.note("test begin")

    def on_test_end(self, logs=None):
        self.note("test end", logs=logs)


def small_network(units=1, activation=None, inputs=3):
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(4, activation="tanh"),
            keras.layers.Dense(units, activation=activation),
        ]
    )


def test_callbacks_and_losses_are_those_of_keras():
    network = small_network()
    ours, theirs = Recorder(), Recorder()
    model = KerasRegressor(
        network, RAW, optimizer="sgd", epochs=3, batch_size=32, shuffle=False, callbacks=ours
    )
    model.fit(X, Y, validation_data=(X, Y))
    network.compile("sgd", "mse", metrics=["mean_absolute_error"])
    fitted = network.fit(
        X, Y, 32, 3, verbose=0, shuffle=False, validation_data=(X, Y), callbacks=[theirs]
    )
    assert ours.events == theirs.events
    for name in ("epochs", "steps"):
        assert ours.params[name] == theirs.params[name]
    for name in ("loss", "mean_absolute_error", "val_loss"):
        np.testing.assert_allclose(model.history_[name], fitted.history[name], rtol=1e-4)
    np.testing.assert_allclose(model.predict(X), network.predict(X, verbose=0)[:, 0], rtol=1e-3)


def test_batch_hooks_do_not_change_the_result():
    watched = clone(DEEP).set_params(callbacks=[Recorder()]).fit(X, Y)
    loud = clone(DEEP).set_params(verbose=1).fit(X, Y)
    alone = clone(DEEP).fit(X, Y)
    np.testing.assert_array_equal(watched.predict(X), alone.predict(X))
    np.testing.assert_array_equal(loud.predict(X), alone.predict(X))


def test_learning_rate_callbacks():
    recorder = Recorder()
    slower = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 / (epoch + 1))
    model = clone(DEEP).set_params(callbacks=[slower, recorder], epochs=3).fit(X, Y)
    np.testing.assert_allclose(recorder.rates, [0.01, 0.005, 0.01 / 3])
    np.testing.assert_allclose(model.history_["learning_rate"], recorder.rates)

    recorder = Recorder()
    plateau = keras.callbacks.ReduceLROnPlateau("loss", 0.5, patience=1, min_delta=1e9)
    clone(DEEP).set_params(callbacks=[plateau, recorder], learning_rate=0.01).fit(X, Y)
    np.testing.assert_allclose(recorder.rates, [0.01, 0.005, 0.0025, 0.00125, 0.000625])

    slow = clone(DEEP).set_params(callbacks=slower).fit(X, Y).predict(X)
    assert not np.array_equal(clone(DEEP).fit(X, Y).predict(X), slow)


def test_model_checkpoint(tmp_path):
    path = tmp_path / "{epoch}.weights.h5"
    keep = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    model = clone(DEEP).set_params(callbacks=keep, standardize_target=False).fit(X, Y)
    network = model.network_
    last = network.get_weights()
    network.load_weights(tmp_path / "5.weights.h5")
    for ours, theirs in zip(last, network.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert len(list(tmp_path.iterdir())) == 5


def test_learning_rate_schedule():
    decay = keras.optimizers.schedules.PiecewiseConstantDecay
    constant = clone(DEEP).set_params(learning_rate=decay([7], [0.01, 0.01])).fit(X, Y)
    plain = clone(DEEP).set_params(learning_rate=0.01).fit(X, Y)
    np.testing.assert_allclose(constant.predict(X), plain.predict(X), rtol=1e-5)
    halted = clone(DEEP).set_params(learning_rate=decay([11], [0.01, 0.0]), dropout=0.0)
    at_three, at_five = (clone(halted).set_params(epochs=n).fit(X, Y) for n in (3, 5))
    np.testing.assert_array_equal(at_five.predict(X), at_three.predict(X))


def test_optimizer_object_is_copied():
    given = keras.optimizers.Adam(0.01)
    model = clone(DEEP).set_params(optimizer=given).fit(X, Y)
    named = clone(DEEP).set_params(optimizer="adam", learning_rate=0.01).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), named.predict(X))
    assert int(given.iterations) == 0


def test_progress(capsys):
    clone(DEEP).set_params(verbose=1).fit(X, Y)
    out, err = capsys.readouterr()
    assert "epoch 5/5" in err
    assert "loss" in err
    assert not out
    clone(DEEP).fit(X, Y)
    assert capsys.readouterr() == ("", "")


def test_history():
    model = clone(DEEP).set_params(validation_fraction=0.2).fit(X, Y)
    frame = model.history_.to_frame()
    assert frame.index.tolist() == list(range(5))
    assert set(frame) == {
        f"{side}{name}" for side in ("", "val_") for name in ("loss", "mean_absolute_error")
    }
    axes = model.history_.plot()
    assert [axis.get_ylabel() for axis in axes] == ["loss", "mean absolute error"]
    np.testing.assert_array_equal(axes[0].lines[1].get_ydata(), frame["val_loss"])


# Heads


@pytest.mark.parametrize(
    ("loss", "measure"),
    [
        ("squared_error", metrics.mean_squared_error),
        ("mae", metrics.mean_absolute_error),
        (QuantileLoss(0.8), lambda y, p: metrics.mean_pinball_loss(y, p, alpha=0.8)),
        ("huber", lambda y, p: keras.losses.Huber()(y[:, None], p[:, None])),
    ],
)
def test_losses_are_in_the_units_of_the_target(loss, measure):
    y = 100 * Y + 1000
    model = LinearRegressor(loss=loss, epochs=60, random_state=0).fit(X, y)
    found = model.evaluate(X, y)["average_loss"]
    np.testing.assert_allclose(found, measure(y, model.predict(X)), rtol=1e-3)
    assert model.score(X, y) > 0.5


def test_quantiles_cover_their_share():
    shares = [
        (LinearRegressor(loss=QuantileLoss(q), random_state=0).fit(X, Y).predict(X) > Y).mean()
        for q in (0.1, 0.5, 0.9)
    ]
    np.testing.assert_allclose(shares, [0.1, 0.5, 0.9], atol=0.08)


def test_counts():
    counts = np.random.default_rng(1).poisson(np.exp(1 + X[:, 0]))
    model = LinearRegressor(loss="poisson", random_state=0).fit(X, counts)
    assert (model.predict(X) > 0).all()
    np.testing.assert_allclose(model.coef_, [1, 0, 0], atol=0.25)
    np.testing.assert_allclose(model.predict(X).mean(), counts.mean(), rtol=0.05)


def test_several_outputs():
    both = np.c_[Y, 10 * Y + 3]
    model = LinearRegressor(random_state=0).fit(X, both)
    assert model.predict(X).shape == both.shape
    assert model.coef_.shape == (2, 3)
    assert metrics.r2_score(both, model.predict(X), multioutput="raw_values").min() > 0.9


def test_several_labels():
    features, labels = make_multilabel_classification(ROWS, 5, n_classes=3, random_state=0)
    model = LinearClassifier(random_state=0).fit(features, labels)
    assert model.predict_proba(features).shape == (ROWS, 3)
    assert set(np.unique(model.predict(features))) == {0, 1}
    found = model.evaluate(features, labels)
    assert found["accuracy"] == metrics.accuracy_score(labels, model.predict(features))
    assert metrics.f1_score(labels, model.predict(features), average="micro") > 0.8


def test_task_is_found():
    for y, task in ((Y, "regression"), (LABELS, "classification"), (THREE, "classification")):
        model = DNNLinearCombined(dnn_hidden_units=4, epochs=2).fit(X, y)
        assert model.task_ == task
        assert hasattr(model, "predict_proba") == (task == "classification")


def test_class_weight_is_a_sample_weight():
    weighted = LinearClassifier(epochs=5, random_state=0, class_weight={"yes": 3.0, "no": 1.0})
    plain = clone(weighted).set_params(class_weight=None)
    plain.fit(X, LABELS, sample_weight=np.where(LABELS == "yes", 3.0, 1.0))
    np.testing.assert_array_equal(weighted.fit(X, LABELS).predict_proba(X), plain.predict_proba(X))
    rare = np.where(Y > 2.5, "yes", "no")
    shares = [
        (clone(weighted).set_params(class_weight=w).fit(X, rare).predict(X) == "yes").mean()
        for w in ("balanced", None)
    ]
    assert shares[0] > shares[1]


# Metrics


def test_binary_metrics_are_those_of_sklearn():
    model = LinearClassifier(epochs=3, random_state=0).fit(X, LABELS)
    found = model.evaluate(X, LABELS, sample_weight=WEIGHT, batch_size=30)
    truth, probability = LABELS == "yes", model.predict_proba(X)[:, 1]
    predicted = model.predict(X) == "yes"
    weighted = {"sample_weight": WEIGHT}
    loss = -np.log(np.where(truth, probability, 1 - probability)) * WEIGHT
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted, **weighted),
        "accuracy_baseline": max(
            np.average(truth, weights=WEIGHT), 1 - np.average(truth, weights=WEIGHT)
        ),
        "auc": metrics.roc_auc_score(truth, probability, **weighted),
        "auc_precision_recall": metrics.average_precision_score(truth, probability, **weighted),
        "average_loss": metrics.log_loss(truth, probability, **weighted),
        "label/mean": np.average(truth, weights=WEIGHT),
        "loss": np.mean([loss[i : i + 30].mean() for i in range(0, ROWS, 30)]),
        "precision": metrics.precision_score(truth, predicted, **weighted),
        "prediction/mean": np.average(probability, weights=WEIGHT),
        "recall": metrics.recall_score(truth, predicted, **weighted),
        "global_step": 3 * 4,
    }
    assert list(found) == list(expected)
    # The areas are sums over 200 thresholds.
    close = {"auc": 2e-3, "auc_precision_recall": 5e-3}
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=close.get(name, 1e-5), err_msg=name)


def test_other_metrics_are_those_of_sklearn():
    model = LinearRegressor(epochs=3, random_state=0).fit(X, Y)
    found = model.evaluate(X, Y, sample_weight=WEIGHT)
    expected = {
        "average_loss": metrics.mean_squared_error(Y, model.predict(X), sample_weight=WEIGHT),
        "mean_absolute_error": metrics.mean_absolute_error(
            Y, model.predict(X), sample_weight=WEIGHT
        ),
        "label/mean": np.average(Y, weights=WEIGHT),
        "prediction/mean": np.average(model.predict(X), weights=WEIGHT),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, err_msg=name)
    three = LinearClassifier(epochs=3, random_state=0).fit(X, THREE)
    found = three.evaluate(X, THREE, sample_weight=WEIGHT)
    loss = metrics.log_loss(THREE, three.predict_proba(X), sample_weight=WEIGHT)
    np.testing.assert_allclose(found["average_loss"], loss, rtol=1e-5)
    assert found["accuracy"] == pytest.approx(three.score(X, THREE, WEIGHT))


# Networks of the caller's own


@pytest.mark.parametrize("y", [LABELS, THREE], ids=["two", "three"])
def test_last_activation_does_not_matter(y):
    wanted = "softmax" if len(np.unique(y)) > 2 else "sigmoid"

    def build(inputs, units, activation):
        return keras.layers.Dense(units, activation=activation)(inputs)

    found = [
        KerasClassifier(
            build, network_params={"activation": activation}, epochs=5, random_state=0
        ).fit(X, y)
        for activation in (None, wanted)
    ]
    np.testing.assert_allclose(*[model.predict_proba(X) for model in found], rtol=1e-3)
    np.testing.assert_array_equal(*[model.predict(X) for model in found])
    np.testing.assert_allclose(found[1].predict_proba(X).sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize(("units", "activation"), [(2, "softmax"), (1, "sigmoid"), (1, None)])
def test_training_starts_from_the_weights_of_a_model(units, activation):
    network = small_network(units, activation)
    before = network.get_weights()
    model = KerasClassifier(network, RAW, optimizer="sgd", learning_rate=1e-12, epochs=1)
    model.fit(X, LABELS)
    outputs = np.array(network(X))
    if activation is None:
        outputs = 1 / (1 + np.exp(-outputs))
    np.testing.assert_allclose(model.predict_proba(X)[:, -1], outputs[:, -1], rtol=1e-4)
    model.set_params(learning_rate=0.1, epochs=5).fit(X, LABELS)
    assert not np.array_equal(model.trained_.weights[0], before[0])
    for kept, given in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(kept, given)


def test_network_is_a_keras_model_of_encoded_features():
    model = clone(DEEP).fit(X, Y)
    encoded = model.feature_spec_.encode(X)
    found = model.network_.predict(encoded, verbose=0)[:, 0]
    np.testing.assert_allclose(found, model.predict(X), rtol=1e-4, atol=1e-5)


def test_arrays_of_more_dimensions_are_flattened():
    cube = np.random.default_rng(0).normal(size=(ROWS, 2, 3))
    flat = clone(DEEP).fit(cube.reshape(ROWS, 6), Y)
    model = clone(DEEP).fit(cube, Y)
    np.testing.assert_array_equal(model.predict(cube), flat.predict(cube.reshape(ROWS, 6)))


# Wide and deep


@pytest.mark.parametrize("still", ["linear", "dnn"])
def test_each_optimizer_updates_its_own_side(still):
    moving = {"linear": "dnn", "dnn": "linear"}[still]
    model = DNNLinearCombinedRegressor(
        dnn_hidden_units=4, linear_optimizer="sgd", dnn_optimizer="sgd", random_state=0
    ).set_params(**{f"{still}_learning_rate": 1e-12, f"{moving}_learning_rate": 0.05})
    once, often = (clone(model).set_params(epochs=n).fit(X, Y).network_ for n in (1, 9))

    def distance(side):
        pairs = zip(once.get_layer(side).get_weights(), often.get_layer(side).get_weights())
        return max(abs(a - b).max() for a, b in pairs)

    assert distance(still) < 1e-8
    assert distance(moving) > 1e-2


def recurrent(units, width):
    return keras.Sequential(
        [keras.layers.Reshape((-1, 1)), keras.layers.LSTM(width), keras.layers.Dense(units)]
    )


def test_shared_program_does_not_follow_later_parameters():
    model = KerasRegressor(recurrent, network_params={"width": 2}, epochs=1, random_state=0)
    before = model.fit(X, Y).predict(X)
    model.set_params(network_params={"width": 3}).fit(X, Y)
    again = clone(model).set_params(network_params={"width": 2}).fit(X, Y)
    np.testing.assert_array_equal(again.predict(X), before)


def test_a_fitted_model_does_not_follow_later_parameters():
    model = clone(DEEP).fit(X, Y)
    before = model.predict(X)
    model.set_params(hidden_units=(3,), feature_spec=FeatureSpec("other ~ ."))
    np.testing.assert_array_equal(model.predict(X), before)
    assert model.network_.count_params() == clone(DEEP).fit(X, Y).network_.count_params()


def test_warm_start_refuses_another_network():
    model = clone(DEEP).set_params(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match="parameters of the network changed"):
        model.set_params(hidden_units=(3,)).fit(X, Y)
