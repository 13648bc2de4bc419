"""Curves of several members: each for itself, and a mean that never hides who has stopped."""

import json
import math

import pytest

from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.pages.content.charts import comparison_charts, run_charts
from estimators.runs.pages.content.history import RunHistory

LOSSES = {1: [9.0, 3.0, 6.0], 2: [5.0, 1.0], 3: [1.0, 2.0, 4.0, 8.0]}


@pytest.fixture
def history(tmp_path):
    lines = [
        {"fit": 0, "member": member, "epoch": epoch, "metrics": {"loss": loss}}
        for member, losses in LOSSES.items()
        for epoch, loss in enumerate(losses)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "metrics.jsonl").write_text(text)
    return RunHistory(StoredRun(tmp_path))


def drawn(curve):
    return {place: value for place, value in enumerate(curve.values) if not math.isnan(value)}


def test_a_mean_is_drawn_over_one_set_of_members_at_a_time(history):
    assert history.positions == [0, 1, 2, 3]
    whole, without_second, last, *members = run_charts(history)[0].curves
    assert drawn(whole) == {0: 5.0, 1: 2.0}
    # Each begins where the one before ends, with the mean of those who went on.
    assert drawn(without_second) == {1: 2.5, 2: 5.0}
    assert drawn(last) == {2: 4.0, 3: 8.0}
    assert {curve.group for curve in (whole, without_second, last)} == {"training, mean"}
    assert [list(drawn(curve).values()) for curve in members] == list(LOSSES.values())
    assert [(curve.best, curve.last) for curve in members] == [(1, 2), (1, 1), (0, 3)]
    assert {curve.group for curve in members} == {"members"}


def test_figures_are_means_over_members(history):
    (row,) = history.rows()
    assert row == {
        "name": "loss",
        "last": pytest.approx((6 + 1 + 8) / 3),
        "best": pytest.approx((3 + 1 + 1) / 3),
        "at": "epoch 0 to 1",
    }


def test_a_comparison_shows_the_mean_without_a_best_epoch(history, tmp_path):
    lines = [{"epoch": epoch, "metrics": {"loss": 1.0}} for epoch in range(9)]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    alone = RunHistory(StoredRun(tmp_path))
    (chart,) = comparison_charts(["five", "alone"], [history, alone])
    assert [curve.label for curve in chart.listed] == ["five", "alone"]
    assert [curve.best for curve in chart.listed] == [None, 0]
    assert drawn(chart.curves[0]) == {0: 5.0, 1: 2.0}


def test_downloads_hold_every_member(history):
    data = history.as_data()
    assert data["member"] == [1, 1, 1, 2, 2, 3, 3, 3, 3]
    assert data["metrics"]["loss"] == [loss for losses in LOSSES.values() for loss in losses]
