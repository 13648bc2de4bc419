"""The command keras-estimators."""

import json

import pytest
from click.testing import CliRunner

from estimators.runs import latest_run, ls_runs, start_run
from estimators.runs.command_line import main

SCRIPT = """
from estimators.runs import current_run, flag_numeric, flags
FLAGS = flags(flag_numeric("layer1", 256))
current_run().log_evaluation({"accuracy": FLAGS.layer1 / 1000})
if FLAGS.layer1 < 0:
    raise SystemExit(4)
print("trained", FLAGS.layer1)
"""


@pytest.fixture
def call(runs_dir):
    """Call the command; None as the exit code takes any."""

    def run(*arguments, exit_code=0, **how):
        result = CliRunner().invoke(main, list(map(str, arguments)), **how)
        assert exit_code is None or result.exit_code == exit_code, result.output
        return result.output

    return run


@pytest.fixture
def script(runs_dir, checkout):
    path = runs_dir.parent / "train.py"
    path.write_text(SCRIPT)
    return path


def test_run(script, call):
    shown = call("run", "--name", "small", "--tag", "a", "--tag", "b", script, "--layer1", 128)
    assert "trained 128\ncompleted: runs" in shown
    run = latest_run()
    assert (run.name, run.tags, run.flags) == ("small", ["a", "b"], {"layer1": 128})
    assert "trained" not in call("run", "--quiet", script, "--layer1=64")


def test_a_run_that_fails_ends_with_the_exit_code_of_the_script(script, call):
    assert "failed: runs" in call("run", script, "--layer1=-1", exit_code=4)
    assert "gives '--name', which is not" in call("run", script, "--name", "x", exit_code=1)


def test_tune(script, call):
    arguments = ("tune", script, "--flag", "layer1=16,32,64", "--sample", 2, "--random-state", 0)
    assert call(*arguments).endswith("2 completed, 0 failed, 0 skipped\n")
    assert call(*arguments).endswith("0 completed, 0 failed, 2 skipped\n")
    assert "1 failed" in call("tune", script, "--flag", "layer1=-1", exit_code=1)


@pytest.fixture
def two(runs_dir):
    for number in (1, 2):
        with start_run(f"number {number}", tags=[str(number)], flags={"x": number}) as run:
            run.log_evaluation({"accuracy": number / 3})
    return ls_runs()


def test_ls(two, call):
    lines = call("runs", "ls", "--order", "eval_accuracy").splitlines()
    assert lines[0].split()[:4] == ["run_dir", "name", "status", "start"]
    assert "number 2" in lines[1]
    assert "0.6667" in lines[1]
    assert len(call("runs", "ls", "--tag", "1").splitlines()) == 2
    rows = [json.loads(line) for line in call("runs", "ls", "flag_x > 1", "--json").splitlines()]
    assert [row["name"] for row in rows] == ["number 2"]
    assert "error_message" in call("runs", "ls", "--all", "--limit", 1)


def test_errors_are_one_line(two, call):
    shown = call("runs", "ls", "--order", "eval_acuracy", exit_code=1)
    assert shown.startswith("Error: order='eval_acuracy' is a column of no run")
    assert len(shown.splitlines()) == 1
    assert "should be one run in runs" in call("runs", "view", "1999", exit_code=1)


def test_no_runs(call, runs_dir):
    assert "No runs in runs." in call("runs", "ls")
    assert "There are no runs in runs." in call("runs", "view", exit_code=1)
    assert "needs two runs" in call("runs", "compare", exit_code=1)


def test_clean(two, call):
    assert "name runs, or give" in call("runs", "clean", exit_code=1)
    call("runs", "clean", "--where", "flag_x == 1", input="n\n")
    assert len(ls_runs()) == 2
    assert "1 runs put away" in call("runs", "clean", "--where", "flag_x == 1", "--yes")
    call("runs", "clean", "--all", "--purge", input="y\ny\n")
    assert len(ls_runs()) == 0
    assert len(ls_runs(runs_dir="runs/archive")) == 0


def test_export(two, call):
    pytest.importorskip("tensorboard")
    assert call("runs", "export").strip().endswith("logs")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion(call, shell):
    assert "_KERAS_ESTIMATORS_COMPLETE" in call("completion", shell)


def test_runs_are_completed(two, call, monkeypatch):
    variables = {
        "_KERAS_ESTIMATORS_COMPLETE": "zsh_complete",
        "COMP_WORDS": "keras-estimators runs view 20",
        "COMP_CWORD": "3",
    }
    result = CliRunner().invoke(main, [], env=variables, prog_name="keras-estimators")
    assert latest_run().id in result.output


def test_help(call):
    assert "What to call the run." in call("run", "--help")
    assert {"run", "runs", "tune", "completion"} <= set(call("--help").split())
