"""JSON documents and JSON lines: whole, strict, and readable whatever happened to the writer."""

import numpy as np
import pytest

from estimators.runs.store import (
    append_line,
    as_plain,
    new_folder,
    read_json,
    read_last,
    read_lines,
    runs_folder,
    update_json,
    write_json,
)


def test_documents(tmp_path):
    path = tmp_path / "run.json"
    assert read_json(path) == {}
    write_json(path, {"name": "fünf", "shape": (1, 2), "rate": np.float32(0.5), "path": tmp_path})
    update_json(path, {"name": "six", "bad": float("nan")})
    assert read_json(path) == {
        **{"name": "six", "shape": [1, 2], "rate": 0.5, "path": str(tmp_path), "bad": "NaN"}
    }
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(("text", "message"), [("{", "no|not a JSON document"), ("[1]", "a list")])
def test_damaged_documents(tmp_path, text, message):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_json(tmp_path / "run.json")


def test_what_json_has_no_word_for():
    assert as_plain({1: {"b"}, "scalar": np.int64(3), "array": np.eye(2)}) == {
        **{"1": ["b"], "scalar": 3, "array": [[1, 0], [0, 1]]}
    }
    assert as_plain([object]) == ["<class 'object'>"]
    assert as_plain([np.float64("inf"), -np.inf]) == ["Infinity", "-Infinity"]


def test_a_surrogate_does_no_harm(tmp_path):
    write_json(tmp_path / "run.json", {"args": ["\udcff"]})
    append_line(tmp_path / "lines.jsonl", {"name": "\udcff"})
    assert read_json(tmp_path / "run.json").keys() == {"args"}
    assert len(read_lines(tmp_path / "lines.jsonl")) == 1


@pytest.mark.parametrize("torn", ['{"epoch": 2', "", '{"epoch": 2}', "nonsense\n", "3\n", "\n\n"])
def test_torn_lines(tmp_path, torn):
    path = tmp_path / "metrics.jsonl"
    assert (read_lines(path), read_last(path)) == ([], None)
    for epoch in range(2):
        append_line(path, {"epoch": epoch})
    with path.open("a") as file:
        file.write(torn)
    assert read_lines(path) == [{"epoch": 0}, {"epoch": 1}]
    assert read_last(path) == {"epoch": 1}


def test_the_last_of_long_lines(tmp_path):
    path = tmp_path / "metrics.jsonl"
    for epoch in range(3):
        append_line(path, {"epoch": epoch, "text": "x" * 10_000})
    assert read_last(path)["epoch"] == 2


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
