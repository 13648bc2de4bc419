"""Every example runs by itself, saves its plot and ends with its figure."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from estimators.datasets.data_home import DATA_HOME_VARIABLE

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(
    path.stem
    for path in (ROOT / "examples").glob("*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
)
# What an example reads that no package brings.
PUBLISHED = {
    "movie_reviews": "movie_reviews.zip",
    "fashion_mnist": "fashion-mnist",
    "mnist_lenet": "mnist.npz",
    "mnist_augmented": "mnist.npz",
    "mnist_save_restore": "mnist.npz",
    "mnist_tensorboard": "mnist.npz",
}
# What else an example ends with where its data are not the document's.
LINE_BEFORE = {"imdb_overfitting": r"The document's network with L2 by plain Keras.*: 0\.\d{4}"}
NUMBER = r"-?\d+(\.\d+)?(e[+-]?\d+)?"
RESULT = re.compile(rf"result: [A-Za-z]\w*={NUMBER} document=({NUMBER}|-)")


def test_examples_are_found():
    assert {"boston_housing", "churn", "feature_spec_tour", "linear_regression"} <= set(EXAMPLES)
    assert set(PUBLISHED) <= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_runs(name, data_home, published):
    if name in PUBLISHED:
        published(PUBLISHED[name])
    plot = ROOT / "examples" / "output" / f"{name}.png"
    # File systems may keep whole seconds only.
    began = time.time() - 2
    run = subprocess.run(
        [sys.executable, "-m", f"examples.{name}", "--quick"],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8", DATA_HOME_VARIABLE: str(data_home)},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    *_, before, last = run.stdout.splitlines()
    assert RESULT.fullmatch(last), last
    assert re.fullmatch(LINE_BEFORE.get(name, ".*"), before), before
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert plot.stat().st_mtime >= began, f"{plot} is of an earlier run"
