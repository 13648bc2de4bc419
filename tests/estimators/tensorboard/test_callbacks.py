"""Keras's own callback works beside ours, and a fit that fails leaves nothing open."""

import sys

import keras
import pytest
import tensorflow as tf
from logged_fits import (
    DEEP,
    EVERY_CASE,
    StopAt,
    X,
    Y,
    assert_holds_history,
    case,
    drawn,
    events,
    open_files,
    status,
    values,
)
from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE

from estimators import DNNRegressor
from estimators.tensorboard.callbacks import tensorboard_callbacks


def test_nothing_to_write_is_no_callback():
    assert tensorboard_callbacks(None, [keras.callbacks.EarlyStopping()], {}) == []


@pytest.mark.parametrize("way", ["log_dir", "keras.callbacks.TensorBoard"])
def test_missing_package_is_named(way, tmp_path, monkeypatch):
    board = keras.callbacks.TensorBoard(tmp_path)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    how = {"log_dir": tmp_path} if way == "log_dir" else {"callbacks": board}
    with pytest.raises(ImportError, match=rf"{way} needs .*'keras-estimators\[tensorboard\]'"):
        DNNRegressor(**DEEP, **how).fit(X, Y)


@EVERY_CASE
def test_keras_callback_works_unchanged(name, tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path, histogram_freq=1, write_images=True)
    model, rows, target = case(name, warm_start=True, callbacks=board)
    model.fit(rows, target).fit(rows, target)
    assert not open_files(tmp_path)
    assert_holds_history(tmp_path, model.history_)
    assert model.n_iter_ == 6
    train = events(tmp_path / "train")
    weights = [weight.path for weight in model.network_.weights if "seed" not in weight.path]
    histograms = [tag for tag in train.Tags()["tensors"] if tag.endswith("/histogram")]
    assert len(histograms) == len(weights)
    for tag in histograms:
        # TensorFlow names the files of one second so that the tenth is read before the ninth.
        assert sorted(event.step for event in train.Tensors(tag)) == list(range(6))
    assert any(tag.endswith("/image") for tag in train.Tags()["tensors"])
    assert len(drawn(tmp_path / "train")) > 1
    assert values(tmp_path / "hparams", "final/loss").keys() == {2, 5}


@pytest.mark.parametrize(
    "settings",
    [
        {"update_freq": 1, "write_steps_per_second": True},
        {"profile_batch": (1, 2), "update_freq": "batch"},
        {"embeddings_freq": 1},
    ],
    ids=str,
)
def test_keras_callback_with_other_settings(settings, tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path, **settings)
    model = DNNRegressor(**DEEP, callbacks=board).fit(X, Y)
    assert_holds_history(tmp_path, model.history_)
    if "update_freq" in settings:
        # 96 rows are three batches an epoch.
        assert list(values(tmp_path / "train", "batch_loss")) == list(range(1, 10))
    if "embeddings_freq" in settings:
        assert len(list((tmp_path / "train").glob("*.weights.h5"))) == 3


def test_failure_leaves_nothing_open(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path / "keras", update_freq=1, profile_batch=(2, 99))
    model = DNNRegressor(**DEEP, log_dir=tmp_path / "logs", callbacks=[board, StopAt(1)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert not open_files(tmp_path)
    # A scalar written now goes nowhere: there is no default writer.
    assert not tf.summary.scalar("stray", 1.0, step=0)
    for folder in (tmp_path / "keras", tmp_path / "logs" / "fit-1"):
        assert list(values(folder / "train", "epoch_loss")) == [0]
        assert status(folder / "hparams") == STATUS_FAILURE
    assert board.model is None
