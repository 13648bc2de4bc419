"""Each fit has a folder of its own, with its measures and its status, and goes on in it."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from logged_fits import (
    DEEP,
    EVERY_CASE,
    StopAt,
    X,
    Y,
    assert_holds_history,
    case,
    drawn,
    hyperparameters,
    open_files,
    status,
    values,
)
from sklearn.model_selection import GridSearchCV
from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS

from estimators import DNNRegressor, LinearRegressor
from estimators.engine.loop.epochs import DivergedError, _sees_batches
from estimators.tensorboard.callbacks import tensorboard_callbacks
from estimators.tensorboard.fit_log import _new_folder


@EVERY_CASE
def test_log_dir_holds_history_graph_and_parameters(name, tmp_path):
    rate = {"learning_rate": 0.01} if name == "dnn" else {}
    model, rows, target = case(name, log_dir=tmp_path / "logs", **rate)
    model.fit(rows, target)
    folder = tmp_path / "logs" / "fit-1"
    assert model.log_dir_ == str(folder)
    assert sorted(p.name for p in folder.iterdir()) == ["hparams", "train", "validation"]
    assert_holds_history(folder, model.history_)
    graph = drawn(folder / "train")
    heads = [layer for layer in graph if layer not in sum(graph.values(), [])]
    assert len(heads) == 1
    assert all(source in graph for sources in graph.values() for source in sources)
    assert hyperparameters(folder / "hparams")["validation_fraction"] == 0.2
    assert status(folder / "hparams") == STATUS_SUCCESS
    assert values(folder / "hparams", "final/val_loss") == {
        2: pytest.approx(model.history_["val_loss"][-1])
    }
    if name == "dnn":
        rates = values(folder / "train", "epoch_learning_rate")
        assert list(rates.values()) == pytest.approx([0.01] * 3)
    assert not open_files(tmp_path)


def test_training_is_not_changed(tmp_path):
    plain = DNNRegressor(**DEEP).fit(X, Y)
    model = DNNRegressor(**DEEP, log_dir=tmp_path)
    np.testing.assert_array_equal(model.fit(X, Y).predict(X), plain.predict(X))
    assert model.history_ == plain.history_
    assert plain.log_dir_ is None


def test_epochs_stay_whole(tmp_path):
    assert not any(map(_sees_batches, tensorboard_callbacks(tmp_path, [], {})))


def test_fit_that_goes_on_goes_on_in_its_folder(tmp_path):
    log_dir = tmp_path / "beside" / ".."
    model = DNNRegressor(**DEEP, warm_start=True, log_dir=log_dir).fit(X, Y)
    for _ in range(12):
        model = pickle.loads(pickle.dumps(model)).partial_fit(X, Y)
    assert [p.name for p in tmp_path.iterdir()] == ["fit-1"]
    found = values(tmp_path / "fit-1" / "train", "epoch_loss")
    assert list(found) == list(range(15))
    np.testing.assert_allclose(list(found.values()), model.history_["loss"], rtol=1e-6)


def test_fit_that_begins_anew_begins_a_folder(tmp_path):
    model = DNNRegressor(**DEEP, log_dir=tmp_path).fit(X, Y).fit(X, Y)
    assert model.log_dir_ == str(tmp_path / "fit-2")
    assert list(values(tmp_path / "fit-2" / "train", "epoch_loss")) == [0, 1, 2]


def test_fit_that_goes_on_elsewhere_begins_a_folder(tmp_path):
    model = DNNRegressor(**DEEP, warm_start=True, log_dir=tmp_path / "one").fit(X, Y)
    model.set_params(log_dir=tmp_path / "two").fit(X, Y)
    assert model.log_dir_ == str(tmp_path / "two" / "fit-1")
    assert list(values(tmp_path / "two" / "fit-1" / "train", "epoch_loss")) == [3, 4, 5]
    assert drawn(tmp_path / "two" / "fit-1" / "train")


def test_fits_of_a_search_stand_side_by_side(tmp_path):
    model = DNNRegressor(**DEEP, log_dir=tmp_path)
    GridSearchCV(model, {"learning_rate": [0.1, 0.01]}, cv=2, refit=False).fit(X, Y)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fit-1", "fit-2", "fit-3", "fit-4"]
    losses = [values(folder / "train", "epoch_loss") for folder in tmp_path.iterdir()]
    assert all(list(loss) == [0, 1, 2] for loss in losses)
    assert len({loss[2] for loss in losses}) == 4
    rates = [hyperparameters(folder / "hparams")["learning_rate"] for folder in tmp_path.iterdir()]
    assert sorted(rates) == [0.01, 0.01, 0.1, 0.1]


def test_folders_made_at_once_are_different(tmp_path):
    (tmp_path / "fit-3").mkdir()
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: _new_folder(tmp_path), range(40)))
    assert {f.name for f in folders} == {f"fit-{i}" for i in range(1, 42) if i != 3}


def test_resumed_fit_finds_back_to_its_folder(tmp_path):
    folders = {"model_dir": tmp_path / "checkpoints", "log_dir": tmp_path / "logs"}
    model = DNNRegressor(**{**DEEP, "epochs": 5}, callbacks=[StopAt(3)], **folders)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    model.set_params(callbacks=[StopAt(None)]).fit(X, Y, resume=True)
    assert [p.name for p in (tmp_path / "logs").iterdir()] == ["fit-1"]
    assert_holds_history(tmp_path / "logs" / "fit-1", model.history_)


def test_log_dir_must_not_be_a_file(tmp_path):
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(NotADirectoryError, match="log_dir=.*file' is a file; name another"):
        tensorboard_callbacks(path, [], {})
    with pytest.raises(ValueError, match="log_dir=.*/below' can be no folder, since .*file' is a"):
        LinearRegressor(epochs=1, log_dir=path / "below").fit(X, Y)


def test_divergence_is_marked(tmp_path):
    model = DNNRegressor(**{**DEEP, "epochs": 50}, learning_rate=1e30, log_dir=tmp_path)
    with pytest.raises(DivergedError):
        model.fit(X, Y)
    assert status(tmp_path / "fit-1" / "hparams") == STATUS_FAILURE
