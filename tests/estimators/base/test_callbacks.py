"""Callbacks see what Keras shows them; rates, progress and history."""

import keras
import numpy as np
from sklearn.base import clone
from small_models import DEEP, RAW, X, Y, small_network

from estimators import KerasRegressor


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
