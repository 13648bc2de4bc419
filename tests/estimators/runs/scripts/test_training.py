"""Scripts as runs, in a process of their own and in this one."""

import os
import signal
import threading
import time

import pytest

from estimators.runs import (
    RunFailedError,
    current_run,
    latest_run,
    ls_runs,
    start_run,
    training_run,
)

TRAIN = """
import sys
from helpers import double
from estimators.runs import current_run, flag_numeric, flags, run_dir
FLAGS = flags(flag_numeric("layer1", 256), flag_numeric("dropout", 0.2))
run = current_run()
for epoch in range(3):
    run.log_metrics({"loss": double(1 / (epoch + 1))})
run.log_evaluation({"accuracy": 1 - FLAGS.dropout})
open("predictions.csv", "w").write("id,churn")
(run_dir() / "artifacts").mkdir()
(run_dir() / "artifacts" / "note.txt").write_text("kept")
print("trained", FLAGS.layer1, flush=True)
print("to stderr", file=sys.stderr)
"""
SLEEPS = """
import time
from estimators.runs import current_run
current_run().log_metrics({"loss": 1})
print("asleep")
time.sleep(60)
"""


@pytest.fixture
def script(runs_dir, checkout):
    (runs_dir.parent / "helpers.py").write_text("def double(x):\n    return 2 * x\n")
    path = runs_dir.parent / "train.py"
    path.write_text(TRAIN)
    return path


@pytest.mark.parametrize("isolate", [True, False])
def test_a_script(script, capsys, isolate):
    (script.parent / "old.csv").write_text("")
    os.utime(script.parent / "old.csv", (0, 0))
    how = {"name": "small", "tags": ["quick"], "artifacts": "*.csv", "isolate": isolate}
    run = training_run("train.py", flags={"layer1": 8}, args=["--dropout=0.1"], **how)
    assert (run.status, run.name, run.tags) == ("completed", "small", ["quick"])
    assert run.flags == {"layer1": 8, "dropout": 0.1}
    assert run.metrics["loss"].tolist() == [2, 1, pytest.approx(2 / 3)]
    assert run.evaluation == {"accuracy": 0.9}
    assert run.output == "trained 8\nto stderr\n"
    assert "trained 8" in capsys.readouterr().out
    assert [path.name for path in run.source] == ["helpers.py", "train.py"]
    assert (run.dir / "source" / "train.py").read_text() == TRAIN
    assert [path.name for path in run.artifacts] == ["note.txt", "predictions.csv"]
    document = run.document
    assert (document["script"], document["args"]) == ("train.py", ["--dropout=0.1"])
    assert (document["pid"] != os.getpid()) == isolate
    assert "numpy" in run.environment["packages"]
    assert current_run() is None


@pytest.mark.parametrize("isolate", [True, False])
@pytest.mark.parametrize(
    ("ending", "message", "exit_code"),
    [
        ("raise ValueError('no rows')", "ValueError: no rows", 1),
        ("import sys; sys.exit(3)", "SystemExit: 3", 3),
    ],
)
def test_a_script_that_fails(script, capsys, isolate, ending, message, exit_code):
    script.write_text(TRAIN + ending)
    how = {"isolate": isolate, "echo": False}
    with pytest.raises(RunFailedError, match=f"failed: {message}") as raised:
        training_run(script, **how)
    run = raised.value.run
    assert (run.status, run.document["exit_code"]) == ("failed", exit_code)
    assert len(run.metrics) == 3
    assert (run.dir / "error.txt").read_text().endswith(f"{message}\n")
    assert capsys.readouterr() == ("", "")
    assert training_run(script, on_error="return", **how).status == "failed"


@pytest.mark.parametrize("pattern", ["../*.csv", "/tmp/*.csv", "", "a/../../b"])
def test_patterns_that_lead_out_are_refused_before_the_script_runs(script, pattern):
    with pytest.raises(ValueError, match="names nothing inside"):
        training_run(script, artifacts=["*.csv", pattern])
    assert latest_run() is None


def test_a_process_that_ends_without_a_word(script):
    script.write_text("import os; os._exit(7)")
    run = training_run(script, on_error="return")
    assert (run.status, run.document["exit_code"]) == ("failed", 7)
    script.write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    run = training_run(script, on_error="return")
    assert run.error["message"] == "The process was ended by SIGKILL."


def test_a_terminated_script_was_interrupted(script):
    script.write_text(SLEEPS)

    def terminate():
        while not (latest_run() and "asleep" in latest_run().output):
            time.sleep(0.05)
        os.kill(latest_run().document["pid"], signal.SIGTERM)

    threading.Thread(target=terminate, daemon=True).start()
    run = training_run(script, on_error="return", echo=False)
    assert (run.status, len(run.metrics)) == ("interrupted", 1)


def test_the_run_of_a_killed_caller_goes_on(script, program):
    """The script holds the lock as well, and prints to the file itself."""
    script.write_text(SLEEPS)
    caller = program("from estimators.runs import training_run; training_run('train.py')")
    while not (latest_run() and "asleep" in latest_run().output):
        time.sleep(0.05)
    caller.kill()
    caller.wait()
    run = latest_run()
    assert run.status == "running"
    os.kill(run.document["pid"], signal.SIGKILL)
    for _ in range(100):
        if run.status == "crashed":
            break
        time.sleep(0.01)
    assert run.status == "crashed"


def test_an_interrupted_caller_interrupts_the_script(script, program):
    script.write_text(SLEEPS)
    caller = program("from estimators.runs import training_run; training_run('train.py')")
    while not (latest_run() and "asleep" in latest_run().output):
        time.sleep(0.05)
    caller.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in caller.communicate(timeout=30)[1]
    run = latest_run()
    assert (run.status, run.document["exit_code"]) == ("interrupted", 130)


@pytest.mark.parametrize("isolate", [True, False])
def test_the_page_of_a_run_is_complete_at_its_end(script, isolate):
    run = training_run(script, view=True, echo=False, isolate=isolate)
    page = (run.dir / "view.html").read_text()
    assert "completed" in page
    assert "trained 256" in page


def test_a_script_inside_a_run(script):
    with start_run() as outer:
        inner = training_run(script, echo=False)
    assert (outer.children, inner.parent) == ([inner], outer.id)
    assert len(ls_runs()) == 1


def test_flags_that_nobody_asked_for(script, capsys):
    script.write_text("print('trained')")
    training_run(script, flags={"layer1": 8})
    said = capsys.readouterr().out
    assert "was given the flags layer1, but" in said
    assert "train.py never calls flags()." in said


def test_a_flag_that_is_not_declared(script):
    with pytest.raises(RunFailedError, match="gives the flag 'layer9', which is not declared"):
        training_run(script, flags={"layer9": 1}, echo=False)


def test_a_given_directory(script, tmp_path):
    run = training_run(script, run_dir=tmp_path / "here", echo=False)
    assert run.dir == tmp_path / "here"
    with pytest.raises(FileExistsError):
        training_run(script, run_dir=tmp_path / "here")


def test_bad_arguments(runs_dir):
    with pytest.raises(FileNotFoundError, match=r"script='none\.py' is no file"):
        training_run("none.py")
    with pytest.raises(ValueError, match="on_error='ignore' is neither"):
        training_run("none.py", on_error="ignore")
    assert not runs_dir.exists()
