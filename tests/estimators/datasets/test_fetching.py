"""No test here leaves the machine: a server on it stands in for all others."""

import socket
import threading
import time
import warnings

import pytest

from estimators.datasets.fetching import ask_in_turn, download, keep, read_fetched, within


def slow(answer=None):
    time.sleep(2)
    return answer


def test_a_silent_network_is_given_up():
    start = time.perf_counter()
    with pytest.raises(TimeoutError, match="no answer within 0.1 seconds"):
        within(0.1, slow)
    assert time.perf_counter() - start < 1


def test_a_call_that_makes_headway_is_waited_for():
    arrived = []

    def call():
        for part in range(8):
            time.sleep(0.1)
            arrived.append(part)
        return "all"

    assert within(0.4, call, lambda: len(arrived)) == "all"


def test_within_hands_results_and_errors_on():
    assert within(10, lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 / 0)


def test_sources_are_asked_no_further_than_needed():
    asked = []
    sources = {"a": lambda: 1 / 0, "b": lambda: "found", "c": lambda: asked.append("c")}
    assert ask_in_turn("It", sources, "Look.") == "found"
    assert not asked
    with pytest.raises(OSError, match=r"^It could not .* a \(ZeroDivisionError: .*\)\. Look\.$"):
        ask_in_turn("It", {"a": sources["a"]}, "Look.")


def test_a_notice_is_told_where_the_loader_was_called(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="KERAS_ESTIMATORS_DATA") as caught:
        keep(tmp_path / "file" / "table.csv", lambda temporary: None)
    assert caught[0].filename == __file__
    # From deeper inside, too: read_fetched calls keep.
    (tmp_path / "source").write_text("text")
    kept = tmp_path / "file" / "table.csv"
    with pytest.warns(UserWarning, match="table.csv could not be kept") as caught:
        assert read_fetched(kept, lambda _: tmp_path / "source", lambda path: 1) == 1
    assert caught[0].filename == __file__


def test_what_cannot_be_read_is_not_kept(tmp_path):
    def fetch(folder):
        (folder / "new").write_text("not a number")
        return folder / "new"

    kept = tmp_path / "number"
    with pytest.raises(ValueError, match="not a number"):
        read_fetched(kept, fetch, lambda path: int(path.read_text()))
    assert list(tmp_path.iterdir()) == []


def test_download(serve, tmp_path, capfd):
    origin = tmp_path / "origin" / "file.bin"
    origin.parent.mkdir()
    origin.write_bytes(bytes(range(256)))
    path = download(serve(origin.parent) + "file.bin", tmp_path, 10)
    assert path == tmp_path / "file.bin"
    assert path.read_bytes() == origin.read_bytes()
    assert capfd.readouterr() == ("", "")


def test_what_a_server_has_not_is_an_error(serve, tmp_path):
    (tmp_path / "served").mkdir()
    with pytest.raises(OSError, match="404"):
        download(serve(tmp_path / "served") + "file.bin", tmp_path, 10)


@pytest.fixture
def mute_server(monkeypatch):
    """Address of a server that says what it is told to say, and then nothing."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/file.bin"

        def serve(words):
            connection, _ = listener.accept()
            connection.sendall(words)
            connections.append(connection)

        connections = []
        yield lambda words: threading.Thread(target=serve, args=(words,)).start() or address
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("words", [b"", b"HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\nA part"])
def test_a_download_that_stalls_is_given_up(words, mute_server, tmp_path):
    start = time.perf_counter()
    with pytest.raises(TimeoutError):
        download(mute_server(words), tmp_path, 0.2)
    assert time.perf_counter() - start < 2


def test_nothing_is_told_when_all_is_well(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keep(tmp_path / "new" / "file", lambda temporary: temporary.write_text("whole"))
    assert (tmp_path / "new" / "file").read_text() == "whole"
