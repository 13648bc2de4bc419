"""Every example runs by itself, saves its plot and ends with its figure."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(
    path.stem
    for path in (ROOT / "examples").glob("*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
)
NUMBER = r"-?\d+(\.\d+)?(e[+-]?\d+)?"
RESULT = re.compile(rf"result: [A-Za-z]\w*={NUMBER} document=({NUMBER}|-)")


def test_examples_are_found():
    assert {"boston_housing", "churn", "feature_spec_tour", "linear_regression"} <= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_runs(name):
    plot = ROOT / "examples" / "output" / f"{name}.png"
    # File systems may keep whole seconds only.
    began = time.time() - 2
    # The environment is passed on, and with it KERAS_ESTIMATORS_DATA, the folder of tables.
    run = subprocess.run(
        [sys.executable, "-m", f"examples.{name}", "--quick"],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    last = run.stdout.splitlines()[-1]
    assert RESULT.fullmatch(last), last
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert plot.stat().st_mtime >= began, f"{plot} is of an earlier run"
