"""Runs are copied, put away and deleted; none of them while it runs."""

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
