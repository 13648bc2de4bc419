"""The table of runs."""

import json

import numpy as np
import pandas as pd
import pytest

from estimators.runs import latest_run, ls_runs, run_info, start_run
from estimators.runs.directory.documents import write_json
from estimators.runs.directory.folders import new_folder


def test_an_empty_folder(runs_dir):
    found = ls_runs(order="eval_accuracy")
    assert len(found) == 0
    assert {"run_dir", "status", "samples"} <= set(found)
    with pytest.raises(ValueError, match="There are no runs in runs"):
        run_info()


def test_columns(three):
    found = ls_runs(order="eval_accuracy")
    assert found.columns[:3].tolist() == ["run_dir", "name", "eval_accuracy"]
    groups = [name.partition("_")[0] for name in found.columns[3:11]]
    assert groups == ["eval", *["metric"] * 4, *["flag"] * 2, "samples"]
    assert found.columns[-1] == "seed"
    assert found["name"].tolist() == ["second", "third", "first"]
    assert found["epochs_completed"].tolist() == [0, 3, 3]
    assert isinstance(found["start"].dtype, pd.DatetimeTZDtype)
    first = found.loc[2]
    assert (first["metric_loss"], first["metric_loss_best"]) == (0.4, 0.3)
    assert first["output"].endswith("output.log")


def test_order(three):
    names = ls_runs(order="metric_loss_best", descending=False)["name"].tolist()
    assert names[-1] == "second"
    assert ls_runs(order=["flag_units", "eval_accuracy"])["name"].tolist()[1:] == ["third", "first"]
    assert ls_runs(limit=2)["name"].tolist() == ["third", "second"]
    with pytest.raises(ValueError, match="did you mean eval_accuracy"):
        ls_runs(order="eval_acuracy")


def test_filters(three):
    assert ls_runs("eval_accuracy > 0.75 and flag_units > 5")["name"].tolist() == ["second"]
    assert ls_runs(lambda runs: runs["name"] == "first")["name"].tolist() == ["first"]
    assert ls_runs("`eval_label/mean` == 0.5", status="failed")["name"].tolist() == ["third"]
    assert len(ls_runs(status=["completed", "failed"])) == 3
    assert len(ls_runs(tags="all")) == 3
    assert ls_runs(tags=["all", "s"])["name"].tolist() == ["second"]
    with pytest.raises(ValueError, match="write something like"):
        ls_runs("no_such_column > 1")


def test_what_is_no_run_is_passed_over(three):
    (three / "empty").mkdir()
    (three / "note.txt").write_text("")
    assert len(ls_runs()) == 3


def test_what_run_json_says_of_the_epochs_is_checked(three):
    run = latest_run()
    assert run.document["measured"]["last"]["loss"] == 0.4
    run.log_metrics({"loss": 0.1, "accuracy": 0.9})
    row = ls_runs().loc[0]
    assert (row["metric_loss"], row["epochs_completed"]) == (0.1, 4)


def test_only_the_last_fit_counts(runs_dir):
    with start_run() as run:
        run.log_metrics({"loss": 0.1}, 0, fit=0)
        run.log_metrics({"loss": 0.6}, 0, fit=1)
        run.log_metrics({"loss": float("nan")}, 1, fit=1)
    row = ls_runs().loc[0]
    assert np.isnan(row["metric_loss"])
    assert (row["metric_loss_best"], row["epochs_completed"]) == (0.6, 2)


def test_many_runs(runs_dir):
    line = {"epoch": 49, "time": "2026-11-22T00:00:00.000Z", "fit": 0, "metrics": {"loss": 0.5}}
    for i in range(300):
        folder = new_folder(runs_dir)
        document = {"status": "completed", "start": f"2026-11-22T00:00:{i / 10:09.6f}Z"}
        write_json(folder / "run.json", document | {"id": folder.name})
        (folder / "metrics.jsonl").write_text(50 * (json.dumps(line) + "\n"))
    found = ls_runs()
    assert len(found) == 300
    assert (found["epochs_completed"] == 50).all()
    assert found["start"].is_monotonic_decreasing
