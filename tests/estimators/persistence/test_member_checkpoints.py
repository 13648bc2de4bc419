"""Fits of several networks: kept, resumed and told apart as those of a single one."""

import threading

import numpy as np
import pytest
from fitted_cases import VALUES, X
from sklearn.base import clone
from test_checkpoints import CrashAtBatch, Interruption, assert_equal_fits, interrupted

from estimators import Checkpoints, DNNRegressor, latest_checkpoint, load_model
from estimators.engine.loop.epochs import DivergedError
from estimators.persistence.archive import ModelFileError
from estimators.persistence.checkpoints import newest_checkpoint

THREE = DNNRegressor(
    members=3, hidden_units=8, dropout=0.2, epochs=4, batch_size=32, jit_compile=False,
    random_state=0,
)  # fmt: skip
ONE = clone(THREE).set_params(members=1)


class CrashInMember(CrashAtBatch):
    """Ends the fit like a crash, in an epoch of one member."""

    def __init__(self, member, epoch):
        super().__init__(epoch)
        self.members_to_come = member + 1

    def on_train_begin(self, logs=None):
        self.members_to_come -= 1

    def on_train_batch_begin(self, batch, logs=None):
        if self.members_to_come == 0:
            super().on_train_batch_begin(batch, logs)


@pytest.fixture(scope="module")
def straight():
    return clone(THREE).fit(X, VALUES)


@pytest.fixture
def begun(tmp_path):
    model = clone(THREE).set_params(model_dir=tmp_path / "fit")
    interrupted(model, X, VALUES, CrashInMember(1, 2))
    return model


def test_a_resumed_fit_is_that_of_all_members(begun, straight, tmp_path):
    folder = tmp_path / "fit"
    with pytest.raises(ValueError, match=r"interrupted in member 2; continue it by .*resume=True"):
        clone(begun).fit(X, VALUES)
    with pytest.raises(FileNotFoundError, match="checkpoints of members, and none of all of them"):
        load_model(folder)
    assert_equal_fits(begun.fit(X, VALUES, resume=True), straight)
    assert begun.latest_checkpoint_ == latest_checkpoint(folder)
    loaded = load_model(folder)
    assert_equal_fits(loaded, straight)
    np.testing.assert_array_equal(loaded.predict(X), straight.predict(X))
    assert {path.name for path in folder.iterdir()} == {
        *(".lock", "member_1", "member_2", "member_3", latest_checkpoint(folder).name),
    }
    # As if the process had been killed before all were written together.
    latest_checkpoint(folder).unlink()
    assert_equal_fits(clone(begun).fit(X, VALUES, resume=True), straight)


def test_the_folder_of_a_member_holds_one_network(begun, tmp_path):
    begun.fit(X, VALUES, resume=True)
    for number, member in enumerate(begun.members_, 1):
        loaded = load_model(tmp_path / "fit" / f"member_{number}")
        assert (loaded.members, loaded.model_dir, loaded.n_iter_) == (1, None, 4)
        np.testing.assert_array_equal(loaded.predict(X), member.predict(X))
        best = load_model(tmp_path / "fit" / f"member_{number}" / "best.model")
        assert best.n_iter_ == 1 + int(np.argmin(member.history_["val_loss"]))
    member.save(tmp_path / "one")
    again = load_model(tmp_path / "one").partial_fit(X, VALUES)
    np.testing.assert_array_equal(again.predict(X), member.partial_fit(X, VALUES).predict(X))


@pytest.mark.parametrize(
    ("change", "shift", "message"),
    [
        ({"members": 2}, 0, "members=2 is not what the fit in model_dir="),
        ({"members": 1}, 0, "members=1 is not what"),
        ({"members_split": "bootstrap"}, 0, "members_split='bootstrap' is not what"),
        ({}, 1, "rows or targets are not those"),
    ],
)
def test_another_fit_cannot_be_resumed(begun, change, shift, message):
    with pytest.raises(ValueError, match=message):
        begun.set_params(**change).fit(X, VALUES + shift, resume=True)


def test_a_single_fit_is_not_resumed_with_members(tmp_path):
    interrupted(clone(ONE).set_params(model_dir=tmp_path), X, VALUES, CrashAtBatch(2))
    with pytest.raises(ValueError, match="members=3 is not what"):
        clone(THREE).set_params(model_dir=tmp_path).fit(X, VALUES, resume=True)


def test_fits_that_ended_make_room(straight, tmp_path):
    for model in (THREE, clone(THREE).set_params(members=2), ONE, THREE):
        model = clone(model).set_params(model_dir=tmp_path).fit(X, VALUES)
        folders = sorted(path.name for path in tmp_path.glob("member_*"))
        names = [f"member_{number + 1}" for number in range(model.members)]
        assert folders == (names if model.members > 1 else [])
        np.testing.assert_array_equal(load_model(tmp_path).predict(X), model.predict(X))
    assert_equal_fits(model, straight)


def test_more_epochs_may_be_asked_for_and_a_drawn_seed_is_kept(begun, tmp_path):
    begun.fit(X, VALUES, resume=True)
    longer = begun.set_params(epochs=6).fit(X, VALUES, resume=True)
    assert_equal_fits(longer, clone(THREE).set_params(epochs=6).fit(X, VALUES))
    drawn = clone(THREE).set_params(random_state=None, model_dir=tmp_path / "drawn")
    interrupted(drawn, X, VALUES, CrashInMember(1, 2))
    first = load_model(tmp_path / "drawn" / "member_1")
    drawn.fit(X, VALUES, resume=True)
    np.testing.assert_array_equal(first.predict(X), drawn.members_[0].predict(X))
    same = clone(THREE).set_params(random_state=drawn.trained_.seed)
    assert drawn.n_iter_ == same.fit(X, VALUES).n_iter_


def test_a_damaged_checkpoint_of_a_member_is_named(begun, tmp_path):
    newest = newest_checkpoint(tmp_path / "fit" / "member_2")
    newest.write_bytes(newest.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match=f"member_2.{newest.name}"):
        begun.fit(X, VALUES, resume=True)


def test_parts_leave_checkpoints_of_all(tmp_path):
    model = clone(THREE).set_params(model_dir=Checkpoints(tmp_path, keep=2))
    for count in range(1, 4):
        model.partial_fit(X, VALUES)
        assert load_model(tmp_path).n_iter_ == count
    assert len(list(tmp_path.glob("checkpoint-*.model"))) == 2
    np.testing.assert_array_equal(load_model(tmp_path).predict(X), model.predict(X))


@pytest.mark.parametrize("members", [1, 3])
def test_a_checkpoint_knows_the_rows_of_its_own_fit(members, tmp_path):
    model = clone(THREE).set_params(members=members, validation_fraction=0.2).fit(X, VALUES)
    model.set_params(model_dir=tmp_path).fit(-X, VALUES)
    loaded = load_model(tmp_path)
    np.testing.assert_array_equal(loaded.oof_prediction_, model.oof_prediction_)
    assert not hasattr(load_model(next(tmp_path.rglob("best.model"))), "oof_prediction_")


def test_a_member_that_diverges_ends_the_others_and_says_where(tmp_path):
    model = clone(THREE).set_params(
        n_jobs=2, epochs=500, learning_rate=1e30, optimizer="sgd", model_dir=tmp_path / "fit"
    )
    others = set(threading.enumerate())
    with pytest.raises(DivergedError, match="epoch"):
        model.fit(X, VALUES)
    # No thread trains on, with a network that the next fit borrows.
    for thread in set(threading.enumerate()) - others:
        thread.join(20)
        assert not thread.is_alive()
    model.set_params(learning_rate=1e-3, epochs=4)
    assert np.isfinite(model.fit(X, VALUES).predict(X)).all()


def test_an_interruption_in_a_thread_ends_all(monkeypatch, straight, tmp_path):
    """One of two members at work fails: the other's checkpoints stay, and both go on."""
    from estimators.persistence.checkpointing import CheckpointWriter

    model = clone(THREE).set_params(n_jobs=2, model_dir=tmp_path / "fit")
    write = CheckpointWriter.on_moment

    def failing(writer, moment):
        if writer._settings.folder.name == "member_2" and moment.iteration > 8:
            raise Interruption
        write(writer, moment)

    monkeypatch.setattr(CheckpointWriter, "on_moment", failing)
    with pytest.raises(Interruption):
        model.fit(X, VALUES)
    monkeypatch.undo()
    assert_equal_fits(clone(model).fit(X, VALUES, resume=True), straight)
