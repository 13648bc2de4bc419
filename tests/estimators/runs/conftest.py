"""What the tests of runs share: a folder of runs, and programs that start without TensorFlow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SECONDS = 60


@pytest.fixture
def runs_dir(tmp_path, monkeypatch):
    """A working directory of its own, with the runs in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KERAS_ESTIMATORS_RUNS", raising=False)
    return tmp_path / "runs"


@pytest.fixture
def light(tmp_path_factory, monkeypatch):
    """Let child processes import ``estimators.runs`` without TensorFlow, in a tenth of the time.

    The package that they find has our files and none of the names of ``estimators/__init__.py``.
    """
    folder = tmp_path_factory.mktemp("light")
    (folder / "estimators").mkdir()
    (folder / "estimators" / "__init__.py").write_text(f"__path__ = [{str(ROOT / 'estimators')!r}]")
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.fixture
def program(light, runs_dir):
    """Start a program in the working directory; it is killed where it outlives the test."""
    started = []

    def start(text, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", text, *arguments],
            cwd=runs_dir.parent,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
