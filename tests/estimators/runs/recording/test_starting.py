"""A run begins, says how it ended, and never looks like something else."""

import io
import json
import multiprocessing
import os
import pickle
import signal
import sys

import matplotlib.pyplot as plt
import pytest

from estimators.runs import Run, current_run, latest_run, ls_runs, run_dir, start_run

KILLED = """
import os, sys, time
from estimators.runs import start_run
with start_run("killed") as run:
    for epoch in range(5):
        run.log_metrics({"loss": 1 / (epoch + 1)})
    print(run.dir, flush=True)
    time.sleep(60)
"""

STARTS = """
import sys
from estimators.runs import start_run
for i in range(50):
    with start_run(f"{sys.argv[1]}/{i}", flags={"i": i}, capture=i % 25 == 0) as run:
        run.log_metrics({"loss": i})
"""


def test_a_run_is_completed(runs_dir):
    with start_run("first", tags=["a", "b"], properties={"rows": 3}) as run:
        assert run.status == "running"
        assert current_run() is run
        assert run_dir() == run.dir
        run.set(columns=4)
    assert run.status == "completed"
    assert (run.name, run.tags, run.properties) == ("first", ["a", "b"], {"rows": 3, "columns": 4})
    assert run.dir.parent == runs_dir.relative_to(runs_dir.parent)
    assert run.end_time > run.start
    document = run.document
    assert (document["schema"], document["id"], document["pid"]) == (1, run.id, os.getpid())
    assert current_run() is None
    with pytest.raises(RuntimeError, match="No run is active"):
        run_dir()


@pytest.mark.parametrize(
    ("error", "status", "exit_code"),
    [
        (ValueError("no such column"), "failed", 1),
        (KeyboardInterrupt(), "interrupted", 130),
        (SystemExit(3), "failed", 3),
        (SystemExit("no rows"), "failed", 1),
        (SystemExit(0), "completed", 0),
        (SystemExit(), "completed", 0),
    ],
)
def test_how_it_ended(runs_dir, error, status, exit_code):
    with pytest.raises(type(error)), start_run() as run:
        raise error
    assert (run.status, run.document["exit_code"]) == (status, exit_code)
    assert (run.error is None) == (status == "completed")
    if isinstance(error, ValueError):
        assert run.error == {"type": "ValueError", "message": "no such column"}
        assert "raise error" in (run.dir / "error.txt").read_text()


def test_without_a_block(runs_dir):
    run = start_run()
    run.end("interrupted")
    assert run.status == "interrupted"
    with pytest.raises(RuntimeError, match="is over"):
        run.end()
    with pytest.raises(RuntimeError, match="is over"), run:
        pass


def test_a_run_by_its_directory_is_only_looked_at(runs_dir):
    with start_run() as run:
        same = Run(run.dir)
        assert same == run
        assert (run.is_open, same.is_open) == (True, False)
        with pytest.raises(RuntimeError, match="started elsewhere"):
            same.end()
        assert type(pickle.loads(pickle.dumps(run))) is Run
    assert run.status == "completed"


@pytest.mark.parametrize(
    ("ending", "status"), [("", "completed"), ("raise ValueError('no rows')", "failed")]
)
def test_a_run_that_nobody_ends_ends_with_the_process(program, runs_dir, ending, status):
    process = program(f"from estimators.runs import start_run\nrun = start_run()\n{ending}")
    process.communicate(timeout=60)
    run = latest_run()
    assert run.status == status
    assert run.error == (None if status == "completed" else run.error | {"message": "no rows"})


def test_a_killed_run_has_crashed_at_once(runs_dir, program):
    process = program(KILLED)
    run = Run(runs_dir.parent / process.stdout.readline().strip())
    assert run.status == "running"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert run.status == "crashed"
    assert ls_runs().loc[0, ["status", "epochs_completed"]].tolist() == ["crashed", 5]
    assert run.metrics["loss"].tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    with start_run("next"):
        pass
    assert ls_runs()["status"].tolist() == ["completed", "crashed"]


def test_a_torn_line_is_skipped_and_the_next_one_is_not_lost(runs_dir, program):
    process = program(KILLED)
    run = Run(runs_dir.parent / process.stdout.readline().strip())
    process.kill()
    process.wait()
    with (run.dir / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 5, "time": "2026-11-2')
    assert len(run.metrics) == 5
    with start_run(resume=run, tags=["again"]) as again:
        again.log_metrics({"loss": 0.1})
    assert run.metrics["epoch"].tolist() == [0, 1, 2, 3, 4, 5]
    assert (run.status, run.tags, run.name) == ("completed", ["again"], "killed")


def test_a_running_run_cannot_be_resumed(runs_dir):
    with start_run() as run, pytest.raises(ValueError, match="is still running"):
        start_run(resume=run)
    with pytest.raises(ValueError, match="no run directory"):
        start_run(resume=runs_dir)


def test_many_processes_start_many_runs_in_one_folder(runs_dir, program):
    processes = [program(STARTS, str(number)) for number in range(8)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    found = ls_runs(runs_dir=runs_dir)
    assert found["run_dir"].nunique() == found["name"].nunique() == len(found) == 400
    assert set(found["status"]) == {"completed"}
    assert (found["flag_i"] == found["metric_loss"]).all()


def test_runs_inside_a_run(runs_dir):
    with start_run("outer") as outer:
        with start_run("inner") as inner:
            assert current_run() is inner
        assert current_run() is outer
        with start_run("beside", parent=None) as beside:
            pass
    assert inner.parent == outer.id
    assert inner.dir.parent == outer.dir / "runs"
    assert (outer.children, beside.parent) == ([inner], None)
    assert set(ls_runs()["name"]) == {"outer", "beside"}
    assert ls_runs(runs_dir=outer.dir / "runs")["name"].tolist() == ["inner"]


def test_an_outer_run_ends_those_inside(runs_dir):
    with start_run() as outer:
        inner = start_run()
        outer.end("interrupted")
    assert (outer.status, inner.status) == ("interrupted", "interrupted")
    assert current_run() is None


def test_what_is_printed(runs_dir, capsys):
    with start_run() as run:
        print("fünf 🙂")
        print("badly", file=sys.stderr)
    print("afterwards")
    assert run.output == "fünf 🙂\nbadly\n"
    assert capsys.readouterr() == ("fünf 🙂\nafterwards\n", "badly\n")


def test_a_stream_put_on_top_is_left_alone(runs_dir, monkeypatch):
    with start_run():
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        print("elsewhere")
    assert sys.stdout.getvalue() == "elsewhere\n"


def test_figures(runs_dir):
    before = plt.figure()
    with start_run() as run:
        run.log_figure(plt.figure("loss curve"))
        plt.figure()
        plt.figure(before)
    assert [path.name for path in run.plots] == ["loss_curve.png", "plot002.png"]
    assert plt.gcf() is before
    plt.close("all")


def test_artifacts(runs_dir, tmp_path):
    (tmp_path / "table.csv").write_text("a,b")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "deep.txt").write_text("deep")
    with start_run() as run:
        run.log_artifact("table.csv", "tables/first.csv")
        run.log_artifact("folder")
        (run.dir / "artifacts" / "out").symlink_to(tmp_path)
        for name in ("../table.csv", "..", ".", str(tmp_path / "x"), "out/x"):
            with pytest.raises(ValueError, match="leads out of"):
                run.log_artifact("table.csv", name)
        for folder in (".", "..", run.dir):
            with pytest.raises(ValueError, match="holds this very run"):
                run.log_artifact(folder)
        (run.dir / "artifacts" / "out").unlink()
    found = [path.relative_to(run.dir).as_posix() for path in run.artifacts]
    assert found == ["artifacts/folder/deep.txt", "artifacts/tables/first.csv"]


def test_numbers_that_are_none_are_strict_json(runs_dir):
    def refuse(name):
        raise AssertionError(name)

    with start_run() as run:
        run.log_metrics({"loss": float("nan"), "best": float("-inf")})
    line = json.loads((run.dir / "metrics.jsonl").read_text(), parse_constant=refuse)
    assert line["metrics"] == {"loss": "NaN", "best": "-Infinity"}
    assert run.metrics.loc[0, "best"] == float("-inf")
    assert run.metrics["loss"].isna().all()


def test_evaluations(runs_dir):
    with start_run() as run:
        run.log_evaluation({"accuracy": 0.5})
        run.log_evaluation({"accuracy": 0.6})
        run.log_evaluation({"accuracy": 0.9}, "training")
    assert run.evaluation == {"accuracy": 0.6}
    assert run.evaluations["training"] == {"accuracy": 0.9}


def test_a_forked_child_is_outside(runs_dir):
    with start_run() as run:
        context = multiprocessing.get_context("fork")
        answer = context.SimpleQueue()
        child = context.Process(target=lambda: answer.put(current_run()))
        child.start()
        child.join(30)
        assert answer.get() is None
        assert run.status == "running"
    assert run.status == "completed"


def test_tags_are_a_list(runs_dir):
    with pytest.raises(TypeError, match="is one text"):
        start_run(tags="small")


def test_latest(runs_dir):
    assert latest_run() is None
    for name in ("first", "second"):
        with start_run(name):
            pass
    assert latest_run().name == "second"
