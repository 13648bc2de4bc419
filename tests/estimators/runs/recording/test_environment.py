"""No value of an environment variable is in any file of a run."""

import sys

from estimators.runs import start_run, training_run

SECRET = "correct-horse-battery-staple"

SCRIPT = """
import os
from estimators.runs import flag_integer, flags, current_run
FLAGS = flags(flag_integer("units", 8))
assert os.environ["SERVICE_PASSWORD"]
current_run().log_metrics({"loss": 0.5})
raise RuntimeError("stopped")
"""


def test_nothing_of_the_environment_is_kept(runs_dir, checkout, monkeypatch):
    monkeypatch.setenv("SERVICE_PASSWORD", SECRET)
    monkeypatch.setattr(sys, "argv", ["train.py"])
    (runs_dir.parent / "train.py").write_text(SCRIPT)
    run = training_run("train.py", flags={"units": 16}, on_error="return", echo=False)
    assert run.status == "failed"
    with start_run() as other:
        print("training")
    files = [path for folder in (run, other) for path in folder.dir.rglob("*") if path.is_file()]
    assert {"run.json", "environment.json", "error.txt", "output.log"} <= {p.name for p in files}
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
