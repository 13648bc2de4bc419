"""Fits that were interrupted and go on as if nothing had happened."""

import copy
from functools import cache, partial

import keras
import killed_processes as processes
import numpy as np
import pytest
from fitted_cases import IMAGES, TABLE, TEXTS, THREE, TWO, VALUES, X
from forging import SESSION, changed
from sklearn.base import clone

from estimators import (
    Checkpoints,
    DNNClassifier,
    DNNRegressor,
    ImageClassifier,
    LinearRegressor,
    NeighborNetworkRegressor,
    TextClassifier,
    latest_checkpoint,
    load_model,
)
from estimators.persistence.archive import ModelFileError

# More were tried by hand; each is a process of its own.
KILLS = 6


class Interruption(Exception):
    """What a crash is in a test."""


class CrashAt(keras.callbacks.Callback):
    """Ends the fit like a crash, after an epoch or after a batch of it."""

    def __init__(self, epoch):
        super().__init__()
        self.crash_epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.crash_epoch:
            raise Interruption


class CrashAtBatch(CrashAt):
    def on_epoch_begin(self, epoch, logs=None):
        self.is_there = epoch == self.crash_epoch

    def on_train_batch_begin(self, batch, logs=None):
        if self.is_there and batch == 3:
            raise Interruption


DEEP = DNNRegressor(
    hidden_units=8, dropout=0.2, batch_norm=True, epochs=6, jit_compile=False, random_state=0
)
# Keras's files hold no random stream.
PLAIN = clone(DEEP).set_params(dropout=0.0)
FITS = {
    "deep": (DEEP, X, VALUES),
    "compiled": (clone(DEEP).set_params(jit_compile=True), X, VALUES),
    "no shuffle": (clone(DEEP).set_params(shuffle=False, optimizer="rmsprop"), X, VALUES),
    "early stopping": (
        clone(DEEP).set_params(early_stopping=4, learning_rate=0.3, epochs=30), X, VALUES
    ),
    "Keras callbacks": (
        clone(DEEP).set_params(callbacks=[
            keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=1.0),
            keras.callbacks.EarlyStopping("loss", patience=3, min_delta=0.5),
        ], epochs=12), X, VALUES,
    ),
    "falling rate": (LinearRegressor(epochs=6, jit_compile=False, random_state=0), TABLE, VALUES),
    "table": (DNNClassifier(
            epochs=6, validation_fraction=0.2, jit_compile=False, random_state=0
        ), TABLE, TWO),
    "neighbors": (NeighborNetworkRegressor(
            hidden_units=8, epochs=6, validation_fraction=0.2, jit_compile=False, random_state=0
        ), X, VALUES),
    "texts": (TextClassifier(epochs=6, jit_compile=False, random_state=0), TEXTS, TWO),
    "images": (
        ImageClassifier(filters=(4,), dropout=0.2, augment=keras.layers.RandomRotation(0.1),
                        epochs=6, random_state=0), IMAGES, THREE,
    ),
}  # fmt: skip


def assert_equal_fits(ours, theirs):
    for mine, reference in zip(ours.trained_.members, theirs.trained_.members, strict=True):
        for parts in zip(
            (mine.weights, *mine.state.slots),
            (reference.weights, *reference.state.slots),
            strict=True,
        ):
            for a, b in zip(*parts, strict=True):
                np.testing.assert_array_equal(a, b)
    assert ours.history_ == theirs.history_
    held = [getattr(model, "held_out_", None) for model in (ours, theirs)]
    assert (held[0] is None) is (held[1] is None)
    if held[0] is not None:
        for a, b in zip(*(vars(rows).values() for rows in held), strict=True):
            np.testing.assert_array_equal(a, b)


def interrupted(model, rows, target, crash):
    callbacks = [*(model.callbacks or ()), crash]
    with pytest.raises(Interruption):
        copy.deepcopy(model).set_params(callbacks=callbacks).fit(rows, target)


@cache
def uninterrupted(name):
    model, rows, target = FITS[name]
    return copy.deepcopy(model).fit(rows, target)


@pytest.mark.parametrize("crash", [CrashAt(0), CrashAt(1), CrashAt(4)], ids=["0", "1", "4"])
@pytest.mark.parametrize("name", FITS)
def test_a_resumed_fit_has_the_bits_of_an_uninterrupted_one(name, crash, tmp_path):
    model, rows, target = FITS[name]
    straight = uninterrupted(name)
    kept = copy.deepcopy(model).set_params(model_dir=tmp_path / "fit")
    interrupted(kept, rows, target, crash)
    assert_equal_fits(copy.deepcopy(kept).fit(rows, target, resume=True), straight)
    # What is complete stays as it is, and can be loaded.
    assert_equal_fits(copy.deepcopy(kept).fit(rows, target, resume=True), straight)
    loaded = load_model(tmp_path / "fit")
    np.testing.assert_array_equal(loaded.predict(rows), straight.predict(rows))


@pytest.mark.parametrize("settings", [{"save_freq": 2}, {"save_freq": 5}, {"save_seconds": 0.0}])
def test_a_fit_resumes_in_the_middle_of_an_epoch(settings, tmp_path):
    model = clone(DEEP).set_params(batch_size=16)
    straight = clone(model).fit(X, VALUES)
    model.set_params(model_dir=Checkpoints(tmp_path / "fit", **settings))
    interrupted(model, X, VALUES, CrashAtBatch(2))
    assert latest_checkpoint(tmp_path / "fit") is not None
    assert_equal_fits(model.fit(X, VALUES, resume=True), straight)


@pytest.mark.parametrize("name", processes.FITS)
def test_a_fit_that_was_killed_ends_with_the_same_bits(name, tmp_path):
    straight = clone(processes.FITS[name]).fit(X, VALUES)
    random, left = np.random.default_rng(0), set()
    for number in range(KILLS):
        folder = tmp_path / str(number)
        steps = random.integers(1, straight.trained_.iterations, endpoint=True)
        with processes.started(partial(processes.train, name, steps), folder) as process:
            process.join(random.uniform(0, 0.03))
        left.add(processes.steps_in(folder))
        model = clone(processes.FITS[name]).set_params(model_dir=folder)
        assert_equal_fits(model.fit(X, VALUES, resume=True), straight)
        np.testing.assert_array_equal(load_model(folder).predict(X), straight.predict(X))
    assert len(left) > KILLS / 3


def test_a_file_that_is_being_saved_is_always_whole(tmp_path):
    path, random, expected = tmp_path / "model", np.random.default_rng(0), []
    for seed, name in enumerate(("first", "second")):
        model = clone(DEEP).set_params(random_state=seed).fit(X, VALUES)
        model.save(tmp_path / name)
        expected.append(model.predict(X))
    model.save(path)
    for _ in range(KILLS):
        with processes.started(processes.save_for_ever, tmp_path) as process:
            process.join(random.uniform(0, 0.1))
            assert process.is_alive()
        predicted = load_model(path).predict(X)
        assert any(np.array_equal(predicted, one) for one in expected)


def test_a_second_process_is_told_that_the_folder_is_taken(tmp_path):
    with processes.started(partial(processes.train, "one", 1), tmp_path):
        with pytest.raises(RuntimeError, match="Another fit is writing its checkpoints to model_d"):
            clone(DEEP).set_params(model_dir=tmp_path).fit(X, VALUES, resume=True)


# What may not be resumed, and what is kept


def test_an_interrupted_fit_is_not_thrown_away(tmp_path):
    model = clone(DEEP).set_params(model_dir=tmp_path)
    interrupted(model, X, VALUES, CrashAt(3))
    with pytest.raises(ValueError, match=r"interrupted in epoch 4; continue it by .*resume=True"):
        model.fit(X, VALUES)
    model.fit(X, VALUES, resume=True)
    # A fit that ended makes room for the next.
    assert_equal_fits(model.fit(X, VALUES), clone(DEEP).fit(X, VALUES))


@pytest.mark.parametrize(
    ("change", "rows", "message"),
    [
        ({"hidden_units": 9}, X, "hidden_units=9 is not what the fit in model_dir="),
        ({"random_state": 1}, X, "random_state=1 is not what"),
        ({"learning_rate": 0.5}, X, "learning_rate=0.5 is not what"),
        ({}, X + 1.0 * (X > 1), "rows or targets are not those"),
    ],
)
def test_another_fit_cannot_be_resumed(change, rows, message, tmp_path):
    model = clone(DEEP).set_params(model_dir=tmp_path)
    interrupted(model, X, VALUES, CrashAt(3))
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.model")}
    with pytest.raises(ValueError, match=message):
        model.set_params(**change).fit(rows, VALUES, resume=True)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.model")} == before


def test_more_epochs_may_be_asked_for(tmp_path):
    model = clone(DEEP).set_params(model_dir=tmp_path).fit(X, VALUES)
    longer = clone(DEEP).set_params(epochs=9)
    model.set_params(epochs=9).fit(X, VALUES, resume=True)
    assert_equal_fits(model, longer.fit(X, VALUES))


def test_a_seed_that_was_drawn_is_kept(tmp_path):
    model = clone(DEEP).set_params(random_state=None, validation_fraction=0.3, model_dir=tmp_path)
    interrupted(model, X, VALUES, CrashAt(3))
    seed = load_model(tmp_path).trained_.seed
    model.fit(X, VALUES, resume=True)
    assert (model.trained_.seed, model.n_iter_) == (seed, 6)


def test_resume_needs_a_folder_and_begins_where_there_is_no_checkpoint(tmp_path):
    with pytest.raises(ValueError, match="say by model_dir= where"):
        clone(DEEP).fit(X, VALUES, resume=True)
    model = clone(DEEP).set_params(model_dir=tmp_path / "new")
    assert_equal_fits(model.fit(X, VALUES, resume=True), clone(DEEP).fit(X, VALUES))


def test_the_newest_and_the_best_are_kept(tmp_path):
    rates = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.01 if epoch < 3 else 5.0)
    model = clone(DEEP).set_params(callbacks=rates, model_dir=Checkpoints(tmp_path, keep=2))
    model.fit(X, VALUES)
    steps = model.trained_.iterations // 6
    names = [f"checkpoint-{steps * epoch:08d}.model" for epoch in (5, 6)]
    assert sorted(path.name for path in tmp_path.glob("*.model")) == ["best.model", *names]
    assert model.latest_checkpoint_ == latest_checkpoint(tmp_path) == tmp_path / names[-1]
    best = load_model(tmp_path / "best.model")
    assert best.n_iter_ == 1 + int(np.argmin(model.history_["loss"]))


def test_steps_and_partial_fits_leave_checkpoints_too(tmp_path):
    model = clone(DEEP).set_params(model_dir=Checkpoints(tmp_path, keep=10))
    for _ in range(3):
        model.partial_fit(X, VALUES)
    assert load_model(tmp_path).n_iter_ == 3
    assert len(list(tmp_path.glob("checkpoint-*.model"))) == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"save_freq": 0}, "save_freq must be"),
        ({"save_freq": "batch"}, "save_freq must be"),
        ({"save_freq": 3, "save_seconds": 1.0}, "one of the two"),
        ({"keep": 0}, "keep must be at least 1"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        Checkpoints("folder", **settings)


@pytest.mark.parametrize("below", ["", "below/it"])
def test_the_folder_must_not_be_a_file(below, tmp_path):
    path = tmp_path / "file"
    path.touch()
    for folder in (path / below, str(path / below), Checkpoints(path / below)):
        model = clone(DEEP).set_params(model_dir=folder)
        with pytest.raises(ValueError, match="model_dir=.* can be no folder, since .*file' is a f"):
            model.fit(X, VALUES)


def test_a_damaged_checkpoint_is_named(tmp_path):
    model = clone(DEEP).set_params(model_dir=tmp_path).fit(X, VALUES)
    newest = latest_checkpoint(tmp_path)
    newest.write_bytes(newest.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match=newest.name):
        model.fit(X, VALUES, resume=True)


# Keras's own ways to keep a training


def test_keras_checkpoints_and_backups_work_unchanged(tmp_path):
    straight = clone(PLAIN).set_params(epochs=5).fit(X, VALUES)
    whole, weights = tmp_path / "whole.keras", tmp_path / "best.weights.h5"
    model = clone(PLAIN).set_params(
        epochs=5,
        callbacks=[
            keras.callbacks.ModelCheckpoint(whole),
            keras.callbacks.ModelCheckpoint(
                weights, monitor="loss", save_best_only=True, save_weights_only=True
            ),
        ],
    )
    assert_equal_fits(model.fit(X, VALUES), straight)
    saved = keras.models.load_model(whole)
    for ours, theirs in zip(saved.variables, straight.trained_.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)
    best = int(np.argmin(straight.history_["loss"])) + 1
    restored = clone(PLAIN).set_params(epochs=0).fit(X, VALUES).load_weights(weights)
    reference = clone(PLAIN).set_params(epochs=best).fit(X, VALUES)
    np.testing.assert_array_equal(restored.predict(X), reference.predict(X))


def test_keras_backup_and_restore_goes_on(tmp_path):
    straight = clone(PLAIN).set_params(epochs=5).fit(X, VALUES)
    backup = keras.callbacks.BackupAndRestore(tmp_path)
    interrupted(clone(PLAIN).set_params(callbacks=[backup], epochs=5), X, VALUES, CrashAt(3))
    backup = keras.callbacks.BackupAndRestore(tmp_path)
    model = clone(PLAIN).set_params(callbacks=[backup], epochs=5).fit(X, VALUES)
    assert model.history_.epoch == [3, 4]
    for ours, theirs in zip(model.trained_.weights, straight.trained_.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_checkpoint_leads_no_callback_astray(tmp_path):
    """What a stranger's checkpoint says of callbacks is no path but those that the fit has."""
    rows = X, VALUES
    kept = clone(DEEP).set_params(model_dir=tmp_path / "fit", log_dir=tmp_path / "logs")
    interrupted(kept, *rows, CrashAt(2))
    copy.deepcopy(kept).fit(*rows, resume=True)
    newest = latest_checkpoint(tmp_path / "fit")
    changed(newest, newest, lambda tree: tree["items"]["callbacks"]["items"].update(
        {"FitLog 0": {"$": "map", "items": {"folder": str(tmp_path / "elsewhere")}}}
    ), "progress.json")  # fmt: skip
    with pytest.raises(ModelFileError, match="would let a callback act on '.*elsewhere'"):
        kept.fit(*rows, resume=True)
    assert not (tmp_path / "elsewhere").exists()


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    kept = clone(DEEP).set_params(model_dir=tmp_path / "fit")
    interrupted(kept, X, VALUES, CrashAt(2))
    newest = latest_checkpoint(tmp_path / "fit")
    changed(newest, newest, lambda tree: tree["state"]["state"]["items"][0].reverse(), SESSION)
    with pytest.raises(ModelFileError, match="The weights of the file are"):
        kept.fit(X, VALUES, resume=True)
