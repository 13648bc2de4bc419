"""Files that are written whole or not at all."""

import os
import time

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


def test_replacing_keeps_a_link_and_a_mode(tmp_path):
    """Whoever links or protects a file means the file that is there, whatever is in it."""
    path, link = tmp_path / "kept" / "model", tmp_path / "latest"
    path.parent.mkdir()
    link.symlink_to(path)
    for mode in (None, 0o600, 0o640):
        if mode is not None:
            path.chmod(mode)
        with replacing(link) as temporary:
            assert temporary.parent == path.parent
            temporary.write_text(str(mode))
        assert link.is_symlink()
        assert path.read_text() == str(mode)
        assert mode is None or path.stat().st_mode & 0o777 == mode
    mask = os.umask(0o027)
    try:
        with replacing(tmp_path / "new") as temporary:
            temporary.write_text("new")
    finally:
        os.umask(mask)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_replacing_removes_what_the_dead_have_left(tmp_path):
    child = os.fork()
    if child == 0:
        with replacing(tmp_path / "other.model") as temporary:
            temporary.write_text("half")
            os._exit(0)
    os.waitpid(child, 0)
    assert len(list(tmp_path.iterdir())) == 1
    mine, theirs = tmp_path / ".hidden.model", tmp_path / f".{'0' * 16}.table.csv"
    mine.write_text("mine")
    theirs.write_text("being written elsewhere")
    with replacing(tmp_path / "table.csv") as temporary:
        temporary.write_text("a")
        with replacing(tmp_path / "more.csv") as beside:
            beside.write_text("b")
            assert temporary.exists()
    assert {path.name for path in tmp_path.iterdir()} == {
        "table.csv", "more.csv", mine.name, theirs.name
    }  # fmt: skip
    os.utime(theirs, times=(time.time() - 7_200,) * 2)
    with replacing(tmp_path / "table.csv") as temporary:
        temporary.write_text("a")
    assert not theirs.exists()


def test_replacing_replaces_no_device(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="device or pipe"), replacing(tmp_path / "pipe"):
        pass
    assert (tmp_path / "pipe").is_fifo()
