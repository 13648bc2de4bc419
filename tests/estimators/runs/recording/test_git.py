"""Git is asked for a repository's state and changes, and nothing that it configures is run."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from estimators.runs import compare_runs, latest_run, start_run, training_run, tuning_run, view_run
from estimators.runs.command_line import main
from estimators.runs.recording.git import git_patch, git_state

SECRET = "correct-horse-battery-staple"


def git(*arguments, check=True):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    return subprocess.run(
        ["git", *identity, *arguments],
        check=check,
        stdin=subprocess.DEVNULL,
        timeout=20,
        capture_output=True,
        env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull},
    )


@pytest.fixture
def repository(runs_dir, monkeypatch):
    """The working directory with a commit, and a change that is not committed."""
    monkeypatch.setattr("estimators.runs.recording.starting.running_script", lambda: None)
    git("init", "-q", "-b", "main")
    folder = runs_dir.parent
    (folder / "settings.py").write_text("KEY = None\n")
    (folder / "touched.py").touch()
    git("add", "settings.py", "touched.py")
    git("commit", "-q", "-m", "first")
    # Git looks at it again, and writes down that it is the same.
    os.utime(folder / "touched.py", (1, 1))
    (folder / "settings.py").write_text(f"KEY = {SECRET!r}\n")
    return folder


def submodule():
    """Its filter has a name that only its own configuration knows."""
    git("init", "-q", "sub")
    Path("sub/settings.py").write_text("KEY = None\n")
    git("-C", "sub", "add", ".")
    git("-C", "sub", "commit", "-q", "-m", "first")
    git("submodule", "add", "-q", "./sub")
    git("-C", "sub", "config", "filter.own.clean", "../program")
    Path("sub/.git/info/attributes").write_text("* filter=own\n")
    Path("sub/settings.py").write_text("KEY = 1234\n")


def partial_clone():
    """The committed content is missing, and the remote's program would bring it."""
    name = git("rev-parse", "HEAD:settings.py").stdout.decode().strip()
    os.unlink(f".git/objects/{name[:2]}/{name[2:]}")
    git("init", "-q", "--bare", "elsewhere")
    git("config", "core.repositoryFormatVersion", "1")


def hook():
    os.symlink("../../program", ".git/hooks/post-index-change")


LOCAL = {"remote.origin.promisor": "true", "remote.origin.url": "./elsewhere"}
# Settings, attributes, what else there is, and whether plain git runs the program.
WAYS = {
    "watcher": ({"core.fsmonitor": "./program"}, "", None, True),
    "hook": ({}, "", hook, True),
    "hooks elsewhere": ({"core.hooksPath": "hooks"}, "", None, True),
    "external diff": ({"diff.external": "./program"}, "", None, True),
    "diff of a kind": ({"diff.kind.command": "./program"}, "diff=kind", None, True),
    "text of a kind": ({"diff.kind.textconv": "./program"}, "diff=kind", None, True),
    "clean": ({"filter.kind.clean": "./program"}, "filter=kind", None, True),
    "process": ({"filter.kind.process": "./program"}, "filter=kind", None, True),
    "required": (
        {"filter.kind.clean": "./program", "filter.kind.required": "true"},
        *("filter=kind", None, True),
    ),
    "filter of any name": ({"filter.a=b.c.clean": "./program"}, "filter=a=b.c", None, True),
    "submodule": ({}, "", submodule, True),
    "partial clone": (
        LOCAL | {"extensions.partialClone": "origin", "remote.origin.uploadpack": "./program"},
        *("", partial_clone, True),
    ),
    "remote helper": (
        LOCAL | {"extensions.partialClone": "origin", "remote.origin.url": "ext::./program"},
        *("", partial_clone, False),
    ),
    "pager": ({"core.pager": "./program", "pager.diff": "true"}, "", None, False),
    "alias": ({"alias.status": "!./program", "alias.diff": "!./program"}, "", None, False),
    "credentials": ({"credential.helper": "!./program"}, "", None, False),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_a_repository_configures_is_run(repository, way):
    settings, attributes, more, is_run = WAYS[way]
    program, marker = repository / "program", repository / "it-ran"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\nexit 1\n")
    program.chmod(0o755)
    (repository / "hooks").mkdir()
    os.symlink("../program", repository / "hooks" / "post-index-change")
    if more:
        more()
    for name, value in settings.items():
        git("config", name, value)
    (repository / ".gitattributes").write_text(f"settings.py {attributes}\n")
    marker.unlink(missing_ok=True)
    with start_run(record_patch=way not in ("partial clone", "remote helper")) as run:
        pass
    git_patch(repository)
    assert not marker.exists()
    state = json.loads((run.dir / "environment.json").read_text())["git"]
    assert (state["branch"], state["dirty"]) == ("main", True)
    for command in ("status", "diff"):
        git(command, check=False)
    assert marker.exists() == is_run


def test_uncommitted_changes_are_kept_only_when_asked_for(repository, checkout):
    (repository / "train.py").write_text("")
    runs = [
        *(start_run(), start_run(record_patch=True)),
        *(training_run("train.py", isolate=False, record_patch=kept) for kept in (False, True)),
    ]
    for run in reversed(runs[:2]):
        run.end()
    called = CliRunner().invoke(main, ["run", "--quiet", "--record-patch", "train.py"])
    assert called.exit_code == 0, called.output
    assert SECRET in (latest_run().dir / "git.patch").read_text()
    for target in ("train.py", lambda x: None):
        rows = tuning_run(target, {"x": [1]}, record_patch=True, echo=False)
        assert SECRET in (repository / rows.loc[0, "run_dir"] / "git.patch").read_text()
    for run, is_kept in zip(runs, (False, True, False, True)):
        view = view_run(run, open=False)
        holding = {
            path.name
            for path in run.dir.iterdir()
            if path.is_file() and SECRET in path.read_text(errors="replace")
        }
        assert holding == ({"git.patch", "view.html"} if is_kept else set())
        said = "not recorded; record_patch=True keeps them" in view.read_text()
        assert said != is_kept
    assert SECRET not in compare_runs([runs[0], runs[2]], open=False).read_text()


def test_who_asks_for_a_patch_where_there_is_none_is_told(runs_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr("estimators.runs.recording.starting.running_script", lambda: None)
    with pytest.warns(UserWarning, match="keeps no patch: git finds no commit for") as told:
        start_run(record_patch=True).end()
    assert told[0].filename == __file__
    assert git_state(tmp_path) is None
