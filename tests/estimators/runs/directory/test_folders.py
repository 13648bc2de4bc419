"""Run directories have names of their own, in the folder that was asked for."""

from estimators.runs.directory.folders import new_folder, runs_folder


def test_names(tmp_path):
    names = [new_folder(tmp_path / "runs").name for _ in range(5)]
    assert len(set(names)) == 5
    assert all(name[10] == "T" and "Z" in name for name in names)


def test_where_runs_are(monkeypatch):
    monkeypatch.delenv("KERAS_ESTIMATORS_RUNS", raising=False)
    assert str(runs_folder()) == "runs"
    monkeypatch.setenv("KERAS_ESTIMATORS_RUNS", "/srv/runs")
    assert str(runs_folder()) == "/srv/runs"
    assert str(runs_folder("mine")) == "mine"
