"""Members of a fit write beside one another in one folder, and parameters once for all."""

import keras
import numpy as np
import pytest
from logged_fits import (
    DEEP,
    StopAt,
    X,
    Y,
    assert_holds_history,
    drawn,
    events,
    hyperparameters,
    open_files,
    status,
    values,
)
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS

from estimators import DNNRegressor
from estimators.engine.loop.epochs import DivergedError

MEMBERS = ["member_1", "member_2", "member_3"]
THREE = {**DEEP, "members": 3, "jit_compile": False}


def assert_holds_members(folder, model):
    assert model.log_dir_ == str(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["hparams", *MEMBERS]
    for name, member in zip(MEMBERS, model.members_, strict=True):
        assert sorted(path.name for path in (folder / name).iterdir()) == ["train", "validation"]
        assert_holds_history(folder / name, member.history_)
    graphs = ["keras" in events(folder / name / "train").Tags()["tensors"] for name in MEMBERS]
    assert graphs == [True, False, False]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_fit_has_one_folder(n_jobs, tmp_path):
    patience = {"epochs": 9, "early_stopping": 1, "learning_rate": 0.1}
    model = DNNRegressor(**THREE | patience, n_jobs=n_jobs, log_dir=tmp_path).fit(X, Y)
    assert [path.name for path in tmp_path.iterdir()] == ["fit-1"]
    assert_holds_members(tmp_path / "fit-1", model)
    assert len({len(member.epoch) for member in model.history_.members}) > 1
    assert len(drawn(tmp_path / "fit-1" / "member_1" / "train")) > 1
    parameters = tmp_path / "fit-1" / "hparams"
    (begun,) = events(parameters).Tensors(metadata.SESSION_START_INFO_TAG)
    (ended,) = events(parameters).Tensors(metadata.SESSION_END_INFO_TAG)
    assert (begun.step, ended.step) == (0, model.n_iter_ - 1)
    assert hyperparameters(parameters)["members"] == 3
    assert status(parameters) == STATUS_SUCCESS
    ends = [history["val_loss"][-1] for history in model.history_.members]
    assert values(parameters, "final/val_loss") == {model.n_iter_ - 1: pytest.approx(np.mean(ends))}
    assert not open_files(tmp_path)


def test_training_is_not_changed(tmp_path):
    plain, logged = (DNNRegressor(**THREE, log_dir=path).fit(X, Y) for path in (None, tmp_path))
    np.testing.assert_array_equal(logged.predict(X), plain.predict(X))


def test_members_go_on_in_their_folders(tmp_path):
    model = DNNRegressor(**THREE, warm_start=True, log_dir=tmp_path).fit(X, Y).fit(X, Y)
    assert [path.name for path in tmp_path.iterdir()] == ["fit-1"]
    assert_holds_members(tmp_path / "fit-1", model)
    assert model.n_iter_ == 6
    assert list(values(tmp_path / "fit-1" / "hparams", "final/loss")) == [2, 5]


class StopInMember(StopAt):
    """Interrupts the training of one of several members."""

    def __init__(self, member, epoch):
        super().__init__(epoch)
        self.member = member
        self.begun = 0

    def on_train_begin(self, logs=None):
        self.begun += 1

    def on_epoch_begin(self, epoch, logs=None):
        if self.begun == self.member:
            super().on_epoch_begin(epoch, logs)


@pytest.mark.parametrize("lost", [[], ["member_1"]], ids=["", "first member lost"])
def test_a_fit_that_is_resumed_finds_back(lost, tmp_path):
    folders = {"model_dir": tmp_path / "checkpoints", "log_dir": tmp_path / "logs"}
    model = DNNRegressor(**THREE, callbacks=[StopInMember(2, 1)], **folders)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert status(tmp_path / "logs" / "fit-1" / "hparams") == STATUS_FAILURE
    for member in lost:
        for path in (tmp_path / "checkpoints" / member).iterdir():
            path.unlink()
    # As in another process: nothing is known but the files.
    model = DNNRegressor(**THREE, callbacks=[StopInMember(0, 0)], **folders)
    model.fit(X, Y, resume=True)
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["fit-1"]
    assert_holds_members(tmp_path / "logs" / "fit-1", model)
    assert list(values(tmp_path / "logs" / "fit-1" / "hparams", "final/loss")) == [2]


def test_the_failure_of_a_member_is_that_of_the_fit(tmp_path):
    settings = THREE | {"epochs": 50, "learning_rate": 1e30}
    with pytest.raises(DivergedError):
        DNNRegressor(**settings, n_jobs=2, log_dir=tmp_path).fit(X, Y)
    assert status(tmp_path / "fit-1" / "hparams") == STATUS_FAILURE


def test_beside_a_callback_of_keras_parameters_stand_once(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path)
    model = DNNRegressor(**THREE, callbacks=board).fit(X, Y)
    (begun,) = events(tmp_path / "hparams").Tensors(metadata.SESSION_START_INFO_TAG)
    assert status(tmp_path / "hparams") == STATUS_SUCCESS
    ends = [history["loss"][-1] for history in model.history_.members]
    assert values(tmp_path / "hparams", "final/loss") == {2: pytest.approx(np.mean(ends))}
    assert model.log_dir_ is None
