"""Every example runs in a process of its own, saves its plot and ends with its figure."""

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
# What `make example` runs is run as a shell would.
FROM_A_SHELL = "boston_housing"
NUMBER = r"-?\d+(\.\d+)?(e[+-]?\d+)?"
RESULT = re.compile(rf"result: [A-Za-z]\w*={NUMBER} document=({NUMBER}|-)")


def test_examples_are_found():
    assert {"boston_housing", "churn", "feature_spec_tour", "linear_regression"} <= set(EXAMPLES)
    assert set(PUBLISHED) <= set(EXAMPLES)


@pytest.fixture(scope="module")
def environment(data_home):
    return os.environ | {"PYTHONIOENCODING": "utf-8", DATA_HOME_VARIABLE: str(data_home)}


@pytest.fixture(scope="module")
def run_forked(environment, tmp_path_factory):
    """Return a function that runs an example and returns its exit status, output and errors.

    It has a process of its own, forked from one that has imported TensorFlow, which takes seconds.
    """
    folder = tmp_path_factory.mktemp("examples")
    server = subprocess.Popen(
        [sys.executable, ROOT / "tests" / "forked_examples.py"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )

    def run(name):
        printed = folder / f"{name}.out", folder / f"{name}.err"
        server.stdin.write("\t".join([name, *map(str, printed)]) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        return status, *(path.read_text(encoding="utf-8") for path in printed)

    yield run
    server.stdin.close()
    server.wait()


def run_by_itself(name, environment):
    run = subprocess.run(
        [sys.executable, "-m", f"examples.{name}", "--quick"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    return run.returncode, run.stdout, run.stderr


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_runs(name, published, environment, run_forked):
    if name in PUBLISHED:
        published(PUBLISHED[name])
    plot = ROOT / "examples" / "output" / f"{name}.png"
    # File systems may keep whole seconds only.
    began = time.time() - 2
    is_forked = name != FROM_A_SHELL
    status, output, errors = run_forked(name) if is_forked else run_by_itself(name, environment)
    assert status == 0, errors[-4000:]
    *_, before, last = output.splitlines()
    assert RESULT.fullmatch(last), last
    assert re.fullmatch(LINE_BEFORE.get(name, ".*"), before), before
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert plot.stat().st_mtime >= began, f"{plot} is of an earlier run"
