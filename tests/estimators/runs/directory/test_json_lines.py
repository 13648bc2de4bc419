"""Lines are readable whatever happened to their writer."""

import pytest

from estimators.runs.directory.json_lines import append_line, read_last, read_lines


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
