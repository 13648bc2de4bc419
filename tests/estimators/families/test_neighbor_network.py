"""Networks of neighbours: what they average, who is whose neighbour, what is kept of the rows."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array, issparse

from estimators import (
    NeighborNetworkClassifier,
    NeighborNetworkRegressor,
    QuantileLoss,
    load_model,
)
from estimators.base.encoding import EncodedRows
from estimators.engine.fit_observers import join, leave
from estimators.families.networks.neighbor_rows import COUNTS, ROWS, measured_rows, with_neighbors
from estimators.heads.regression import RegressionHead
from feature_specs import FeatureSpec

RNG = np.random.default_rng(0)
ROW_COUNT = 120
X = RNG.normal(size=(ROW_COUNT, 3))
Y = X @ [1.0, -2.0, 0.5] + RNG.normal(size=ROW_COUNT) / 10
WEIGHT = RNG.integers(0, 3, ROW_COUNT).astype(float)
PARTS = np.digitize(Y, [-1, 1])
LABELS = np.stack([Y > 0, X[:, 0] > 0], axis=1).astype(int)
SHORT = {
    **{"hidden_units": 8, "n_components": 4, "numeric_embedding": None},
    **{"epochs": 3, "random_state": 0, "jit_compile": False},
}


def regressor(**params):
    return NeighborNetworkRegressor(**SHORT | params)


def classifier(**params):
    return NeighborNetworkClassifier(**SHORT | params)


def mean_of(model):
    return model.trained_.named_weights["neighbor_average/mean"]


def places_of(model, X):
    network = model.network_
    embed = keras.Model(network.input, network.get_layer("embedding").output)
    encoded = {
        name: tf.sparse.from_dense(array.toarray()) if issparse(array) else array
        for name, array in model.feature_spec_.encode(X).items()
    }
    return embed(encoded).numpy().astype(float)


def of_numpy(model, X, known, targets, weight):
    """Return what near ones of the known rows have on the average."""
    distances = np.linalg.norm(places_of(model, X)[:, None] - places_of(model, known), axis=2)
    shares = weight * np.exp(-distances)
    near = shares @ targets / shares.sum(axis=1, keepdims=True)
    return (1 - 1e-4) * near + 1e-4 * np.average(targets, axis=0, weights=weight)


def counts_of(model):
    return model.trained_.named_weights["neighbor_average/counts"]


TARGETS = {
    "values": (regressor(), Y, Y[:, None]),
    "several values": (regressor(), np.stack([Y, X[:, 0]], 1), np.stack([Y, X[:, 0]], 1)),
    "own loss": (regressor(loss=keras.losses.Huber()), Y, Y[:, None]),
    "counts": (regressor(loss="poisson"), PARTS, PARTS[:, None]),
    "two classes": (classifier(), np.where(Y > 0, "yes", "no"), np.stack([Y <= 0, Y > 0], 1)),
    "several classes": (classifier(), PARTS, np.eye(3)[PARTS]),
    "labels": (classifier(), LABELS, LABELS),
}


@pytest.mark.parametrize("name", TARGETS)
def test_predictions_are_averages_of_near_targets(name):
    model, y, targets = TARGETS[name]
    model.fit(X, y, sample_weight=WEIGHT)
    expected = of_numpy(model, X + 0.1, X, targets, WEIGHT)
    predict = model.predict_proba if hasattr(model, "predict_proba") else model.predict
    found = predict(X + 0.1)
    assert_allclose(found.reshape(expected.shape), expected, rtol=1e-3, atol=1e-4)


def test_a_row_of_weight_2_counts_as_two():
    # Untrained and not scaled by ranks, both have the same network.
    untrained = {"epochs": 0, "feature_spec": FeatureSpec()}
    weighted = regressor(**untrained).fit(X, Y, sample_weight=WEIGHT)
    repeats = WEIGHT.astype(int)
    repeated = regressor(**untrained).fit(X.repeat(repeats, axis=0), Y.repeat(repeats))
    assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-3, atol=1e-4)
    # What counts is how they compare.
    tiny = regressor(**untrained).fit(X, Y, sample_weight=WEIGHT * 1e-20)
    assert_allclose(tiny.predict(X), weighted.predict(X), rtol=1e-5, atol=1e-6)


def test_rows_of_one_group_and_a_row_drawn_twice_are_no_neighbours():
    rows = EncodedRows({"x": X}, Y, np.ones(ROW_COUNT), np.arange(ROW_COUNT))
    head = RegressionHead().fit(Y, np.ones(ROW_COUNT))
    drawn = np.array([5, 3, 5, 7])
    inputs = with_neighbors(rows.taken(drawn), head).arrays()
    assert_array_equal(inputs["x"], X[drawn])
    assert inputs[ROWS][:, 0].tolist() == [1, 0, 1, 2]
    grouped = EncodedRows(
        {"x": X[:3]}, Y[:3], np.ones(3), np.arange(3), groups=np.array(list("bab"))
    )
    assert with_neighbors(grouped, head).arrays()[ROWS][:, 0].tolist() == [1, 0, 1]


def test_where_all_are_of_one_group_nothing_is_learnt():
    params = {"optimizer": "sgd", "dropout": 0.0}
    none, begun = (regressor(**params, epochs=epochs) for epochs in (3, 0))
    none.fit(X, Y, groups=np.zeros(ROW_COUNT))
    assert_allclose(none.predict(X), begun.fit(X, Y).predict(X), rtol=1e-6)
    assert np.abs(regressor(**params).fit(X, Y).predict(X) - none.predict(X)).max() > 1e-3


class Told:
    """Hears of how many rows a fit has."""

    def on_fit(self, fit):
        self.counts = fit.samples, fit.validation_samples
        return []


def test_validation_compares_with_training_rows():
    model, told = regressor(dropout=0.0, early_stopping=False), Told()
    weight = RNG.integers(0, 2, 30).astype(float)
    join(told)
    try:
        model.fit(X[:90], Y[:90], validation_data=(X[90:], Y[90:], weight))
    finally:
        leave(told)
    # Those that are compared with are no rows to validate on.
    assert told.counts == (90, weight.sum())
    metrics = model.evaluate(X[90:], Y[90:], sample_weight=weight)
    assert_allclose(model.history_["val_loss"][-1], metrics["average_loss"], rtol=1e-3)


def test_every_part_of_what_is_measured_has_rows_to_compare_with():
    rows = EncodedRows({"x": X}, Y, np.ones(ROW_COUNT), np.arange(ROW_COUNT))
    head = RegressionHead().fit(Y, np.ones(ROW_COUNT))
    measured = measured_rows(rows.taken(np.arange(60)), rows.taken(np.arange(60, 120)), head, 0)
    knows, asks = measured.arrays()[COUNTS][:, 0] > 0, measured.weight > 0
    assert_array_equal(knows, ~asks)
    for part in np.split(asks, 4):
        assert 5 < part.sum() < 25


def test_no_more_candidates_than_asked_for():
    model = regressor(max_candidates=np.int64(50)).fit(X, Y)
    candidates = model.trained_.named_weights["neighbor_average/candidates"]
    places = places_of(model, X)
    distances = np.linalg.norm(candidates[:, None] - places, axis=2)
    chosen = distances.argmin(axis=1)
    assert len(np.unique(chosen)) == len(candidates) == 50
    assert distances.min(axis=1).max() < 1e-3
    expected = of_numpy(model, X + 0.1, X[chosen], Y[chosen, None], np.ones(50))
    assert_allclose(model.predict(X + 0.1), expected[:, 0], rtol=1e-3, atol=1e-3)


def test_a_sparse_matrix():
    matrix = csr_array(RNG.poisson(0.5, size=(ROW_COUNT, 9)).astype(float))
    given = matrix[:30], Y[:30]
    model = regressor(early_stopping=False).fit(matrix, Y, validation_data=given)
    expected = of_numpy(model, matrix, matrix, Y[:, None], np.ones(ROW_COUNT))
    assert_allclose(model.predict(matrix), expected[:, 0], rtol=1e-3, atol=1e-4)
    metrics = model.evaluate(*given)
    assert_allclose(model.history_["val_loss"][-1], metrics["average_loss"], rtol=1e-3)


def test_a_batch_larger_than_the_table_takes_no_row_twice():
    larger, exact = (regressor(batch_size=size).fit(X[:117], Y[:117]) for size in (512, 117))
    assert_array_equal(larger.predict(X), exact.predict(X))


def test_the_last_row_of_an_epoch_may_be_alone_in_its_batch():
    model = regressor(batch_size=119, dropout=0.0, epochs=20, shuffle=False).fit(X, Y)
    assert model.trained_.iterations == 40
    assert model.score(X, Y) > 0.5


def test_a_fit_that_goes_on_knows_its_own_rows():
    model = regressor(warm_start=True).fit(X[:100], Y[:100])
    model.fit(X, Y)
    assert counts_of(model).sum() == 100
    model.fit(X[:60], Y[:60])
    assert counts_of(model).sum() == 60
    expected = of_numpy(model, X + 0.1, X[:60], Y[:60, None], np.ones(60))
    assert_allclose(model.predict(X + 0.1), expected[:, 0], rtol=1e-4, atol=1e-5)
    assert_allclose(mean_of(model), model.head_.averaged(Y[:60]).mean(axis=0), rtol=1e-5)
    with pytest.raises(ValueError, match="parameters of the network changed"):
        model.set_params(max_candidates=20).fit(X, Y)


def test_the_mean_is_that_of_the_present_rows_whatever_it_starts_from(tmp_path):
    model = classifier().fit(X, PARTS, sample_weight=WEIGHT + 0.5)
    rare = np.where(PARTS == 2, 1, PARTS)
    shares = np.bincount(rare) / ROW_COUNT
    other = NeighborNetworkClassifier(**SHORT | {"warm_start_from": model}, max_candidates=120)
    model.set_params(warm_start=True).fit(X, rare)
    assert_allclose(mean_of(model), [*shares, 0.0], atol=1e-6)
    model.save(tmp_path / "a.model")
    for source in (model, tmp_path / "a.model"):
        again = other.set_params(warm_start_from=source).fit(X[::-1], PARTS[::-1])
        assert again.warm_start_report_.loc["neighbor_average/mean", "taken"]
        assert_allclose(mean_of(again), np.bincount(PARTS) / ROW_COUNT, atol=1e-6)


def test_members_compare_with_the_rows_they_were_trained_on():
    groups = np.minimum(np.arange(ROW_COUNT) // 10, 4)  # of one there are 80 rows
    model = regressor(members=3).fit(X, Y, groups=groups)
    left_out = [ROW_COUNT - (counts_of(member) > 0).sum() for member in model.members_]
    assert sum(left_out) == ROW_COUNT
    assert max(left_out) == 80
    assert np.isfinite(model.oof_prediction_).all()
    intervals = model.predict_interval(X)
    assert intervals.shape == (ROW_COUNT, 2)
    sets = classifier(members=3, members_split="bootstrap", n_jobs=2).fit(X, PARTS)
    assert sets.predict_set(X)[np.arange(ROW_COUNT), PARTS].mean() > 0.8
    again = classifier(members=3, members_split="bootstrap", n_jobs=1).fit(X, PARTS)
    assert_array_equal(again.predict_proba(X), sets.predict_proba(X))


class Interruption(Exception):
    """What a crash is here."""


class Crash(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise Interruption


def test_a_checkpoint_in_mid_training_predicts(tmp_path):
    model = regressor(callbacks=Crash(), model_dir=tmp_path)
    with pytest.raises(Interruption):
        model.fit(X, Y)
    loaded = load_model(tmp_path)
    expected = of_numpy(loaded, X + 0.1, X, Y[:, None], np.ones(ROW_COUNT))
    assert_allclose(loaded.predict(X + 0.1), expected[:, 0], rtol=1e-3, atol=1e-4)


def test_weights_of_a_training_that_is_not_over_are_refused(tmp_path):
    path = tmp_path / "epoch.weights.h5"
    writer = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    model = regressor(callbacks=writer).fit(X, Y)
    before = model.predict(X)
    with pytest.raises(ValueError, match="no rows to compare with"):
        model.load_weights(path)
    assert_array_equal(model.predict(X), before)
    # Their last epoch is that of the fit: one that begins there ends there.
    assert_array_equal(regressor(epochs=0).load_weights(path).fit(X, Y).predict(X), before)


def test_what_it_does_not_do():
    model = regressor()
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError) as raised:
        model.partial_fit(X, Y)
    assert "fit it on all rows at once" in str(raised.value.__cause__)
    for loss in ("quantile", QuantileLoss(0.9)):
        with pytest.raises(ValueError, match="no average of targets is"):
            regressor(loss=loss).fit(X, Y)
    with pytest.raises(ValueError, match="hidden_units is empty"):
        regressor(hidden_units=()).fit(X, Y)
