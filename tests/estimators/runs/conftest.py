"""What the tests of runs share: a folder of runs, and programs that run beside the tests."""

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
def checkout(monkeypatch):
    """Let child processes import this very checkout, wherever they work."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def program(checkout, runs_dir):
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
