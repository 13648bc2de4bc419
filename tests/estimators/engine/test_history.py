"""Histories of several models beside one another."""

import numpy as np
import pytest

from estimators import History

plt = pytest.importorskip("matplotlib.pyplot")


def history(losses, **measures):
    made = History()
    for epoch, loss in enumerate(losses):
        made.append(epoch, {"loss": loss} | {name: v[epoch] for name, v in measures.items()})
    return made


HISTORIES = {
    "deep": history([0.9, 0.4], val_loss=[0.8, 0.9], val_accuracy=[0.5, 0.7]),
    "linear": history([0.7, 0.6, 0.5], val_loss=[0.9, np.nan, 0.8], val_accuracy=[0.6, 0.9, 0.8]),
    "unwatched": history([0.3]),
}


def test_the_frame_tells_best_and_last():
    frame = History.compare_frame(HISTORIES)
    assert frame.index.tolist() == list(HISTORIES)
    expected = {
        "epochs": [2, 3, 1],
        "best_val_loss": [0.8, 0.8, np.nan],
        "best_val_loss_epoch": [0, 2, None],
        "last_val_loss": [0.9, 0.8, np.nan],
        "best_val_accuracy": [0.7, 0.9, np.nan],
        "best_val_accuracy_epoch": [1, 1, None],
        "last_val_accuracy": [0.7, 0.8, np.nan],
    }
    assert set(frame) == set(expected)
    for name, values in expected.items():
        given = frame[name].astype(float).to_numpy(na_value=np.nan)
        np.testing.assert_array_equal(given, np.array(values, float), err_msg=name)


def test_the_plot_draws_every_curve_once():
    axis = History.compare(HISTORIES)
    curves = {(line.get_color(), line.get_linestyle()): line for line in axis.lines}
    for number, measured in enumerate(HISTORIES.values()):
        np.testing.assert_array_equal(curves[f"C{number}", "--"].get_ydata(), measured["loss"])
        if "val_loss" in measured:
            drawn = curves[f"C{number}", "-"].get_ydata()
            np.testing.assert_array_equal(drawn, measured["val_loss"])
    best = [line.get_xydata().tolist() for line in axis.lines if line.get_marker() == "o"]
    assert best == [[[0, 0.8]], [[2, 0.8]]]
    plt.close(axis.figure)


def test_twenty_models_have_twenty_colours():
    axis = History.compare({str(i): history([i, i]) for i in range(20)})
    assert len({tuple(np.atleast_1d(line.get_color())) for line in axis.lines}) == 20
    plt.close(axis.figure)


@pytest.mark.parametrize(
    ("histories", "metric", "error", "words"),
    [
        ({}, "loss", ValueError, "histories is empty"),
        ([HISTORIES["deep"]], "loss", TypeError, "list; give a mapping"),
        ({"deep": 3}, "loss", TypeError, "'deep'.*int"),
        (HISTORIES, "accuracy", ValueError, "'unwatched' lacks.*'accuracy'.*has loss"),
        (HISTORIES, "auc", ValueError, "'deep' lacks.*'auc'.*has loss, accuracy"),
    ],
)
def test_what_cannot_be_compared(histories, metric, error, words):
    with pytest.raises(error, match=words):
        History.compare(histories, metric)
