"""Files of a run are shown whole or broken."""

from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.pages.content.code import read_code


def test_code_is_highlighted_line_by_line(tmp_path):
    path = tmp_path / "train.py"
    path.write_text('\n\n"""Two\nlines."""\nx = 1\n')
    lines = read_code("train.py", path).lines
    assert len(lines) == 5
    assert all(line.count("<span") == line.count("</span") for line in lines)
    assert 'class="mi"' in lines[-1]


def test_what_is_no_text_is_not_shown(tmp_path):
    path = tmp_path / "model.py"
    path.write_bytes(b"\0\1\2")
    assert read_code("model.py", path).lines == ["This file is not a text."]
    assert "cannot be read" in read_code("gone.py", tmp_path / "gone.py").lines[0]


def test_a_directory_of_broken_files_can_be_read(tmp_path):
    for name in ("run.json", "flags.json", "model.json", "environment.json", "metrics.jsonl"):
        (tmp_path / name).write_text("[1, 2")
    run = StoredRun(tmp_path)
    assert (run.name, run.flags, run.model, run.metrics) == (tmp_path.name, {}, {}, [])
