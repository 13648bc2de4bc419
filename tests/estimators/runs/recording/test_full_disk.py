"""A run whose disk fills up says how it ended: the room for that was taken at its beginning."""

import errno
import os
import subprocess
from contextlib import contextmanager, suppress

import pytest

from estimators.runs import ls_runs, start_run
from estimators.runs.directory import documents, json_lines


@pytest.fixture
def fill(runs_dir, monkeypatch):
    """Return what fills the disk of the runs: a small one, or one that is told to be full."""
    runs_dir.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(runs_dir)]
    try:
        is_mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        is_mounted = False
    if is_mounted:
        yield lambda run: fill_up(runs_dir / "others")
        subprocess.run(["umount", "--lazy", str(runs_dir)], check=True)
    else:
        yield lambda run: pretend(run, monkeypatch)


def fill_up(path):
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1000))


def log_many(run):
    for _ in range(1000):
        run.log_metrics({"loss": 0.5})


def pretend(run, monkeypatch):
    replacing = documents.replacing

    def check(*_):
        if any(path.stat().st_size > 10_000 for path in run.dir.glob(".*")):
            raise OSError(errno.ENOSPC, "No space left on device")

    @contextmanager
    def checked(path):
        check()
        with replacing(path) as temporary:
            yield temporary

    monkeypatch.setattr(documents, "replacing", checked)
    monkeypatch.setattr(json_lines.os, "write", check)


@pytest.mark.parametrize("captured", [False, True])
def test_the_end_is_told_on_a_full_disk(fill, captured):
    with start_run("quiet", capture=captured) as quiet:
        for epoch in range(200):
            quiet.log_metrics({"loss": 1 / (epoch + 1), "accuracy": 0.5})
        loud = start_run("loud")
        fill(loud)
        with pytest.raises(OSError, match="No space left"), loud:
            log_many(loud)
    rows = ls_runs(runs_dir=quiet.dir.parent).set_index("name")
    assert loud.status == "failed"
    assert "No space left" in loud.error["message"]
    assert (quiet.status, rows.loc["quiet", "epochs_completed"]) == ("completed", 200)
    assert not [path for path in quiet.dir.glob(".*") if os.path.getsize(path)]


def test_a_run_that_cannot_begin_leaves_nothing(runs_dir, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("estimators.runs.directory.new_run.write_json", full)
    with pytest.raises(OSError, match="No space left"):
        start_run()
    assert list(runs_dir.iterdir()) == []
