"""Documents are whole and strict, whatever stands in them."""

import numpy as np
import pytest

from estimators.runs.directory.documents import read_json, update_json, write_json
from estimators.runs.directory.json_lines import append_line, read_lines
from estimators.runs.directory.json_values import as_plain


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
