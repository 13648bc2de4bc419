"""What is recorded by itself: Keras, this library's estimators, scikit-learn's searches."""

import sys
import warnings

import keras
import numpy as np
import pytest
from cloudpickle import register_pickle_by_value
from sklearn.base import BaseEstimator, clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.model_selection._search import BaseSearchCV

from estimators import DNNClassifier, DNNRegressor
from estimators.engine.fit_observers import FitDescription, callbacks_of_observers, tell_evaluation
from estimators.runs import RunCallback, RunTracker, current_run, ls_runs, start_run

# A worker process cannot import this file by its name.
register_pickle_by_value(sys.modules[__name__])

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4)).astype("float32")
Y = (X[:, 0] > 0).astype(int)


class Fails(LogisticRegression):
    """A classifier that cannot be fitted where C is large."""

    def fit(self, X, y):
        if self.C > 1:
            raise ValueError("too large")
        return super().fit(X, y)


class RecordsEpochs(BaseEstimator):
    """An estimator that logs to the current run, whichever process it is fitted in."""

    def __init__(self, level=0):
        self.level = level

    def fit(self, X, y):
        current_run().log_metrics({"level": self.level})
        return self

    def score(self, X, y):
        return self.level


@pytest.fixture
def network():
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.001), loss="mse", metrics=["mae"])
    return model


def test_keras_is_recorded_inside_a_run_only(runs_dir, network):
    network.fit(X, Y, epochs=1, verbose=0)
    with start_run() as run:
        history = network.fit(X, Y, epochs=3, batch_size=16, validation_split=0.25, verbose=0)
        network.evaluate(X, Y, verbose=0)
        assert run.evaluations.keys() == {"test"}
        network.fit(X, Y, validation_data=(X[:8], Y[:8]), verbose=0)
    network.fit(X, Y, epochs=1, verbose=0)
    assert {"fit", "evaluate"}.isdisjoint(vars(keras.Model))
    metrics = run.metrics
    assert metrics["fit"].tolist() == [0, 0, 0, 1]
    assert metrics["epoch"].tolist() == [0, 1, 2, 0]
    np.testing.assert_allclose(metrics["val_mae"][:3], history.history["val_mae"])
    assert run.evaluation.keys() == {"loss", "mae"}
    model = run.model
    assert (model["class"], model["loss"], model["epochs"]) == ("Sequential", "mse", 1)
    assert (model["samples"], model["validation_samples"], model["batch_size"]) == (80, 8, 32)
    assert model["optimizer"]["name"] == "sgd"
    assert model["optimizer"]["learning_rate"] == 0.001
    assert "Trainable params: 5" in model["summary"]


def test_evaluate_returns_what_it_did(runs_dir, network):
    expected = network.evaluate(X, Y, verbose=0)
    with start_run():
        assert network.evaluate(X, Y, verbose=0) == pytest.approx(expected)
        assert network.evaluate(X, Y, verbose=0, return_dict=True).keys() == {"loss", "mae"}


def test_a_dataset_has_no_number_of_rows(runs_dir, network):
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return X[:8], Y[:8]

    with start_run() as run:
        network.fit(Batches(), verbose=0)
    assert (run.model["samples"], run.model["batch_size"]) == (None, None)


def test_a_callback_given_to_keras_is_not_doubled(runs_dir, network):
    with start_run() as run, start_run("other", parent=None) as other:
        network.fit(X, Y, epochs=2, callbacks=[RunCallback(run)], verbose=0)
    assert (len(run.metrics), len(other.metrics)) == (2, 0)


def test_a_callback_without_a_run(runs_dir, network):
    network.fit(X, Y, callbacks=[RunCallback()], verbose=0)
    assert not runs_dir.exists()


def test_an_estimator_with_a_callback(runs_dir):
    model = DNNClassifier(hidden_units=(4,), epochs=3, random_state=0, callbacks=[RunCallback()])
    with start_run() as run:
        model.fit(X, Y)
        clone(model).fit(X, Y)
    assert run.metrics["fit"].tolist() == [0] * 3 + [1] * 3
    first = run.metrics["loss"][:3].tolist()
    assert first == pytest.approx(model.history_["loss"])
    assert run.metrics["loss"][3:].tolist() == first


def test_an_estimator_inside_a_run(runs_dir):
    model = DNNClassifier(
        hidden_units=(4,), epochs=3, batch_size=16, validation_fraction=0.2, random_state=0
    )
    model.fit(X, Y)
    with start_run() as run:
        model.fit(X, Y)
        evaluation = model.evaluate(X, Y)
        model.fit(X, Y)
    model.evaluate(X, 1 - Y)
    assert run.metrics["fit"].tolist() == [0] * 3 + [1] * 3
    assert run.metrics["val_loss"][:3].tolist() == pytest.approx(model.history_["val_loss"])
    assert run.evaluation == pytest.approx(evaluation)
    row = ls_runs().loc[0]
    assert (row["model"], row["loss_function"]) == ("DNNClassifier", "log_loss")
    assert (row["samples"], row["validation_samples"], row["batch_size"]) == (64, 16, 16)


def test_what_a_fit_asks_of_its_observers(runs_dir):
    estimator = DNNRegressor(hidden_units=(4,), learning_rate=0.01, epochs=2, random_state=0)
    fit = FitDescription(estimator, samples=80, validation_samples=None, batch_size=32, epochs=2)
    assert callbacks_of_observers(fit) == []
    tell_evaluation({"loss": 1.0})
    with start_run() as run:
        (callback,) = callbacks_of_observers(fit)
        estimator.set_params(callbacks=callback).fit(X, X[:, 1])
        assert callbacks_of_observers(fit) == []
        tell_evaluation({"loss": 0.5})
    row = ls_runs().loc[0]
    assert (row["model"], row["optimizer"]) == ("DNNRegressor", "adam")
    assert (row["loss_function"], row["learning_rate"]) == ("squared_error", 0.01)
    assert (row["samples"], row["batch_size"], row["epochs"]) == (80, 32, 2)
    assert (row["epochs_completed"], row["eval_loss"]) == (2, 0.5)
    assert run.model["parameters"]["hidden_units"] == [4]


def children(run):
    return ls_runs(order=["candidate", "split"], descending=False, runs_dir=run.dir / "runs")


IMPORTS_LATER = """
import sys
from estimators.runs import start_run
with start_run() as run:
    assert not {"keras", "sklearn"} & sys.modules.keys()
    import keras, numpy as np
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV
    X = np.arange(24.0).reshape(12, 2)
    network = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    network.compile(optimizer="sgd", loss="mse")
    network.fit(X, X[:, 0], epochs=2, verbose=0)
    GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3).fit(X, X[:, 0])
fit = keras.Model.fit
assert fit.__module__.startswith("keras")
print(len(run.metrics), len(run.children))
"""


def test_what_is_imported_inside_a_run_is_recorded_too(program):
    output, errors = program(IMPORTS_LATER).communicate(timeout=60)
    assert output == "2 6\n", errors


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search(runs_dir, checkout, n_jobs):
    search = GridSearchCV(RecordsEpochs(), {"level": [3, 5]}, cv=2, n_jobs=n_jobs, refit=False)
    with start_run() as run:
        search.fit(X, Y)
    found = children(run)
    assert found["flag_level"].tolist() == [3, 3, 5, 5]
    assert found["split"].tolist() == [0, 1, 0, 1]
    assert found["metric_level"].tolist() == found["eval_score"].tolist() == [3, 3, 5, 5]
    assert set(found["status"]) == {"completed"}
    assert set(found["parent"]) == {run.id}
    assert ls_runs().loc[0, "best_params"] == {"level": 5}
    assert not hasattr(search, "_skl_callbacks")
    assert BaseSearchCV.fit.__qualname__ == "BaseSearchCV.fit"
    assert not hasattr(BaseSearchCV.fit.__wrapped__, "__wrapped__")


def test_a_random_search_of_two_scores(runs_dir):
    search = RandomizedSearchCV(
        LogisticRegression(),
        {"C": [0.1, 0.5, 1.0]},
        n_iter=2,
        cv=2,
        scoring=["accuracy", "roc_auc"],
        refit="accuracy",
        return_train_score=True,
    )
    with start_run() as run:
        search.fit(X, Y)
    found = children(run)
    assert len(found) == 4
    scores = search.cv_results_["split1_test_roc_auc"].tolist()
    assert found.loc[found["split"] == 1, "eval_roc_auc"].tolist() == scores
    assert "eval_train_accuracy" in found


def test_a_search_that_halves(runs_dir):
    search = HalvingGridSearchCV(RecordsEpochs(), {"level": [1, 2, 3, 4]}, cv=2, refit=False)
    with start_run() as run:
        search.fit(X, Y)
    found = children(run)
    assert (found["flag_level"] == found["metric_level"]).all()
    assert len(found) == 2 * len(search.cv_results_["params"])
    assert sorted(found["iteration"].unique()) == sorted(set(search.cv_results_["iter"]))


def test_candidates_that_fail(runs_dir):
    grid = {"C": [0.5, 2.0]}
    with start_run() as run, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        GridSearchCV(Fails(), grid, cv=2).fit(X, Y)
    assert children(run)["status"].tolist() == ["completed", "completed", "failed", "failed"]
    with pytest.raises(ValueError, match="too large"), start_run() as run:
        GridSearchCV(Fails(), grid, cv=2, error_score="raise").fit(X, Y)
    assert children(run)["status"].tolist() == ["completed", "completed", "failed"]
    assert children(run)["error_message"].tolist()[-1] == "too large"


def test_a_tracker_of_ones_own(runs_dir):
    run = start_run()
    run.end()
    search = GridSearchCV(LogisticRegression(), {"C": [0.5]}, cv=2)
    search.set_callbacks(RunTracker(run)).fit(X, Y)
    assert len(run.children) == 2
