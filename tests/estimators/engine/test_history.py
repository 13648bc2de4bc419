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


LOSSES = [[9.0, 3.0, 6.0], [5.0, 1.0], [1.0, 2.0, 4.0, 8.0]]


@pytest.fixture
def together():
    members = [history([loss / 2 for loss in losses], val_loss=losses) for losses in LOSSES]
    for member, best in zip(members, [1, 1, 0]):
        member.best_epoch = best
    return History.of_members(members)


def test_means_are_of_those_that_trained(together):
    assert together["val_loss"] == [5.0, 2.0, 5.0, 8.0]
    assert together.to_frame()["val_loss"].tolist() == together["val_loss"]
    assert together.members[1].to_frame()["val_loss"].tolist() == LOSSES[1]
    assert together.last() == {"loss": 2.5, "val_loss": 5.0}
    assert repr(together) == "History(3 members, 2 to 4 epochs: loss=2.5, val_loss=5)"
    assert repr(History.of_members([history([1])] * 2)) == "History(2 members, 1 epochs: loss=1)"


def test_members_are_compared_by_the_means_of_their_bests(together):
    frame = History.compare_frame({"several": together, "alone": together.members[0]})
    assert frame.loc["several"].tolist() == pytest.approx([4, 5 / 3, 1, 5.0])
    assert frame.loc["alone"].tolist() == [3, 3.0, 1, 6.0]
    axis = History.compare({"several": together})
    ((dot,),) = [line.get_xydata() for line in axis.lines if line.get_marker() == "o"]
    assert dot.tolist() == pytest.approx([2 / 3, 5 / 3])
    plt.close(axis.figure)


def test_a_mean_is_drawn_over_one_set_of_members_at_a_time(together):
    axis = together.plot()[0]
    lines = {tuple(map(tuple, line.get_xydata())): line for line in axis.lines}
    whole, *rest = [((0, 5), (1, 2)), ((1, 2.5), (2, 5)), ((2, 4), (3, 8))]
    members = [tuple(enumerate(losses)) for losses in LOSSES]
    bests = ((1, 3), (1, 1), (0, 1))
    assert {whole, *rest, *members, bests} <= lines.keys()
    thin, thick = lines[members[0]], lines[whole]
    assert thin.get_linewidth() < thick.get_linewidth()
    assert thin.get_alpha() < 0.5
    assert {lines[stretch].get_linestyle() for stretch in rest} == {lines[rest[0]].get_linestyle()}
    assert lines[rest[0]].get_linestyle() != thick.get_linestyle() == "-"
    plt.close(axis.figure)


def test_equal_members_have_one_mean_to_the_end():
    member = history([3.0, 2.0, 1.0])
    axis = History.of_members([member, member]).plot()[0]
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels == ["training, mean", "each member"]
    plt.close(axis.figure)
