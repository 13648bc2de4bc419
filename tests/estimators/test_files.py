"""Files that are written whole or not at all."""

import pytest

from estimators.files import replacing


def test_replacing_takes_the_place_of_the_old_file(tmp_path):
    path = tmp_path / "table.csv.gz"
    for text in ("old", "new"):
        with replacing(path) as temporary:
            assert temporary.name.endswith(".csv.gz")
            temporary.write_text(text)
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_replacing_leaves_nothing_half_written(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def interrupted():
        with replacing(path) as temporary:
            temporary.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_replacing_makes_no_folder(tmp_path):
    path = tmp_path / "missing" / "table.csv"
    with pytest.raises(FileNotFoundError), replacing(path) as temporary:
        temporary.write_text("new")
    assert not path.parent.exists()
