"""Runs are copied, put away and deleted; none of them while it runs."""

import json

import pytest

from estimators.runs import (
    clean_runs,
    copy_run,
    copy_run_files,
    ls_runs,
    purge_runs,
    run_dir,
    start_run,
)


@pytest.fixture
def three(runs_dir):
    for loss in (1, 2, 3):
        with start_run(flags={"loss": loss}) as run:
            run.log_metrics({"loss": loss})
            (run_dir() / "weights.txt").write_text(str(loss))
            run.log_artifact(run_dir() / "weights.txt", "tables/copy.txt")
    return runs_dir


def test_a_copy_is_a_run(three, tmp_path):
    run = ls_runs().loc[0, "run_dir"]
    copy = copy_run(run, tmp_path / "elsewhere", rename="best")
    row = ls_runs(runs_dir=tmp_path / "elsewhere").loc[0]
    assert (row["run_dir"], row["status"], row["metric_loss"]) == (str(copy), "completed", 3)
    with pytest.raises(FileExistsError, match="is there already"):
        copy_run(run, tmp_path / "elsewhere", rename="best")


def test_only_what_it_made(three, tmp_path):
    copy = copy_run_files(ls_runs().loc[0, "run_dir"], tmp_path / "elsewhere")
    found = [path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()]
    assert sorted(found) == ["tables/copy.txt", "weights.txt"]


def test_runs_are_put_away_and_deleted(three):
    moved = clean_runs(ls_runs("metric_loss < 3"))
    assert ls_runs()["metric_loss"].tolist() == [3]
    assert {path.parent for path in moved} == {three.relative_to(three.parent) / "archive"}
    assert len(ls_runs(runs_dir=three / "archive")) == 2
    with start_run():
        clean_runs()
        assert ls_runs()["status"].tolist() == ["running"]
    assert purge_runs() == 3
    assert purge_runs() == 0
    assert len(ls_runs()) == 1


def test_a_running_run_stays(three):
    with start_run() as run:
        with pytest.raises(ValueError, match="wait for its end"):
            clean_runs([*ls_runs()["run_dir"]])
        assert len(ls_runs()) == 4
    assert clean_runs(run)[0].name == run.id


ELSEWHERE = {"name": "notes", "start": "2026-11-22T11:29:26Z"}


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path, run: (path / "thesis").mkdir(parents=True), "is no run"),
        (lambda path, run: path.write_text("notes"), "is no run"),
        (lambda path, run: path.symlink_to(run.absolute()), "is a link"),
        (lambda path, run: path.symlink_to("nowhere"), "is a link"),
        (lambda path, run: copy_json(path, ELSEWHERE), "is damaged"),
        (lambda path, run: copy_json(path, [1]), "is damaged"),
    ],
)
def test_what_is_no_run_is_not_deleted(three, make, reason):
    kept, *_ = clean_runs()
    inside = three / "archive" / "mine"
    kept = kept.rename(three / "outside")
    make(inside, kept)
    before = sorted(three.rglob("*"))
    with pytest.warns(UserWarning, match=f"keeps mine {reason}; what is to go needs your own hand"):
        assert purge_runs() == 2
    after = sorted(three.rglob("*"))
    left = [path for path in before if inside in (path, *path.parents) or path.is_relative_to(kept)]
    assert after == sorted({*left, kept, three / "archive"})


def copy_json(path, document):
    path.mkdir()
    (path / "run.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    "name",
    ["../best", "/tmp/best", "a/b", "a\\b", "", ".", "..", ".hidden", "a\0b", "a\nb", "archive"]
    + ["CON", "nul.txt", "a.", "a ", "C:best", "x" * 300, "Archive", "index.html"],
)
def test_a_copy_stays_in_its_folder(three, tmp_path, name):
    run = ls_runs().loc[0, "run_dir"]
    before = sorted(tmp_path.rglob("*"))
    for copy in (copy_run, copy_run_files):
        with pytest.raises(ValueError, match="is no name of a folder"):
            copy(run, tmp_path / "elsewhere", rename=name)
        with pytest.raises(ValueError, match="lies inside"):
            copy(run, f"{run}/artifacts")
    assert sorted(tmp_path.rglob("*")) == before
