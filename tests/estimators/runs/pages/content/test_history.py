"""Epochs follow each other, over several fits and where measures are missing."""

import json
import math

from estimators.runs.pages.content.charts import comparison_charts, run_charts
from estimators.runs.pages.content.history import RunHistory
from estimators.runs.pages.content.stored_run import StoredRun


def write_lines(folder, lines):
    folder.mkdir(exist_ok=True)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return RunHistory(StoredRun(folder))


def test_a_second_fit_goes_on_where_the_first_ended(tmp_path):
    history = write_lines(
        tmp_path,
        [
            {"fit": fit, "epoch": epoch, "metrics": {"loss": loss}}
            for fit, losses in enumerate([[0.9, 0.1], [0.8, 0.5, 0.6]])
            for epoch, loss in enumerate(losses)
        ],
    )
    assert history.positions == [0, 1, 2, 3, 4]
    # As in the table of runs, the best is that of the last fit.
    assert history.label(history.best("loss")) == "fit 1, epoch 1"


def test_measures_that_come_late_or_not_are_nan(tmp_path):
    history = write_lines(
        tmp_path,
        [{"epoch": 0, "metrics": {"loss": 1}}, {"epoch": 1, "metrics": {"auc": "NaN"}}, {}],
    )
    assert [math.isnan(value) for value in history.measures["loss"]] == [False, True, True]
    assert history.best("auc") is None
    assert history.epochs == [0, 1, 2]


def test_rises_and_falls_are_told_by_name(tmp_path):
    history = write_lines(
        tmp_path,
        [
            {"epoch": epoch, "metrics": {"loss": value, "accuracy": value, "learning_rate": value}}
            for epoch, value in enumerate([0.5, 0.9, 0.1])
        ],
    )
    best = {name: history.best(name) for name in history.measures}
    assert best == {"loss": 2, "accuracy": 1, "learning_rate": None}
    assert [chart.title for chart in run_charts(history)] == ["loss", "accuracy", "learning_rate"]


def test_runs_of_different_lengths_share_an_axis(tmp_path):
    histories = [
        write_lines(
            tmp_path / name, [{"epoch": e, "metrics": {"loss": 1 / (e + 1)}} for e in epochs]
        )
        for name, epochs in {"short": range(2), "late": range(1, 4)}.items()
    ]
    (chart,) = comparison_charts(["short", "late"], histories)
    assert chart.positions == [0, 1, 2, 3]
    assert [curve.last for curve in chart.curves] == [1, 3]
    assert [curve.best for curve in chart.curves] == [1, 3]
    assert [math.isnan(value) for value in chart.curves[1].values] == [True, False, False, False]
