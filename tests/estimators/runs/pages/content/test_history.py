"""Epochs follow each other, over several fits and where measures are missing."""

import json
import math

from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.pages.content.charts import comparison_charts, run_charts
from estimators.runs.pages.content.history import RunHistory


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


def test_of_many_epochs_those_are_drawn_that_shape_the_curves(tmp_path):
    count = 30_000
    loss = [2 + math.sin(epoch / 500) for epoch in range(count)]
    loss[7], loss[20_001], loss[11_111] = -5.0, 9.0, math.nan
    lines = [{"epoch": e, "metrics": {"loss": x, "auc": 0.5}} for e, x in enumerate(loss)]
    lines[11_111]["metrics"]["loss"] = "NaN"
    lines[20_002]["metrics"]["auc"] = 0.9
    history = write_lines(tmp_path, lines)
    for chart in run_charts(history):
        data, (curve,) = chart.as_data(), chart.curves
        (series,) = data["series"]
        assert len(data["x"]) == len(data["labels"]) == len(series["values"]) < 5000
        assert data["x"] == sorted(set(data["x"]))
        assert (data["x"][0], data["x"][-1]) == (0, count - 1)
        assert series["values"][series["last"]] == float(f"{curve.values[-1]:.7g}")
        assert data["x"][series["best"]] == curve.best
        drawn = dict(zip(data["x"], series["values"]))
        assert all(
            drawn[x] == (x != 11_111 and float(f"{loss[x]:.7g}") or None)
            for x in drawn
            if chart.title == "loss"
        )
    assert {7, 20_001, 11_111} <= set(run_charts(history)[0].as_data()["x"])
    # All of them stay in the data.
    assert len(history.as_data()["metrics"]["loss"]) == count


def test_few_epochs_are_all_drawn(tmp_path):
    lines = [{"epoch": e, "metrics": {"loss": e}} for e in range(4000)]
    (chart,) = run_charts(write_lines(tmp_path, lines))
    assert chart.as_data()["x"] == list(range(4000))
