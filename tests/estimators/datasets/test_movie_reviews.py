"""The corpus itself, and NLTK's servers stood in for: no test asks the network."""

import hashlib
import io
import shutil
import sys
import zipfile

import pandas as pd
import pytest

from estimators.datasets import load_movie_reviews
from estimators.datasets.movie_reviews import FILE

FIRST = (
    "films adapted from comic books have had plenty of success , whether they're about superheroes "
    "( batman , superman , spawn ) , or geared toward kids ( casper ) or the arthouse crowd "
    "( ghost world ) , but there's never really been a comic book like from hell before ."
)
INDEX = """<nltk_data><packages><package id="movie_reviews" name="" subdir="corpora" unzip="1"
url="https://raw.githubusercontent.com/movie_reviews.zip" size="{size}" unzipped_size="{unzipped}"
checksum="{md5}" sha256_checksum="{sha256}"/></packages><collections/></nltk_data>"""


@pytest.fixture(scope="module")
def corpus(published):
    return published(FILE)


@pytest.fixture(scope="module")
def reviews(corpus):
    return load_movie_reviews(data_home=corpus.parent)


@pytest.fixture
def servers(monkeypatch):
    """What NLTK's downloader is answered by the end of an address; nothing else is reached."""
    downloader = pytest.importorskip("nltk.downloader")
    answers = {}

    def urlopen(address, *args, **kwargs):
        for end, content in answers.items():
            if address.endswith(end):
                return io.BytesIO(content)
        raise OSError("network is down")

    monkeypatch.setattr(downloader, "urlopen", urlopen)
    # The downloader remembers the index that it was given last.
    monkeypatch.setattr(sys.modules["nltk"], "download", downloader.Downloader().download)
    return answers


def serve(servers, corpus):
    content = corpus.read_bytes()
    with zipfile.ZipFile(corpus) as archive:
        unzipped = sum(member.file_size for member in archive.infolist())
    index = INDEX.format(
        size=len(content),
        unzipped=unzipped,
        md5=hashlib.md5(content).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    servers |= {"index.xml": index.encode(), FILE: content}


def test_sentences_are_the_published_ones(reviews):
    assert reviews["tag"].value_counts().to_dict() == {"pos": 32_937, "neg": 31_783}
    assert reviews.columns.tolist() == ["fold_id", "cv_tag", "html_id", "sent_id", "text", "tag"]
    assert reviews.iloc[0].tolist() == [0, "cv000", 29590, 0, FIRST, "pos"]
    assert (reviews[["fold_id", "html_id", "sent_id"]].dtypes == "int64").all()
    words = reviews["text"].str.split(" ").str.len()
    assert words.describe()[["min", "50%", "max"]].tolist() == [1, 21, 179]
    assert words.mean() == pytest.approx(23.06, abs=0.005)


def test_reviews_are_in_order_and_whole(reviews):
    assert reviews["tag"].unique().tolist() == ["pos", "neg"]
    by_review = reviews.groupby(["tag", "cv_tag"], sort=False)
    assert by_review.ngroups == 2000
    assert (by_review["html_id"].nunique() == 1).all()
    assert (reviews["sent_id"] == by_review.cumcount()).all()
    assert (reviews["fold_id"] == reviews["cv_tag"].str[2:].astype(int) // 100).all()
    for _, part in reviews.groupby("tag"):
        assert part["cv_tag"].is_monotonic_increasing
    assert reviews.loc[reviews["tag"] == "neg", "html_id"].iloc[0] == 29416


def test_return_X_y(corpus, reviews):
    X, y = load_movie_reviews(data_home=corpus.parent, return_X_y=True)
    pd.testing.assert_series_equal(X, reviews["text"])
    pd.testing.assert_series_equal(y, reviews["tag"])


def test_download_is_kept(servers, corpus, reviews, tmp_path):
    serve(servers, corpus)
    pd.testing.assert_frame_equal(load_movie_reviews(data_home=tmp_path), reviews)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    servers.clear()
    pd.testing.assert_frame_equal(load_movie_reviews(data_home=tmp_path), reviews)


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-1000])


def changed(path):
    content = bytearray(path.read_bytes())
    content[2_000_000] ^= 1
    path.write_bytes(content)


def incomplete(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("movie_reviews/pos/cv000_29590.txt", "a fine film . \n")


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut_off, changed, incomplete, empty])
def test_damaged_corpus_is_never_taken_for_good(damage, servers, corpus, reviews, tmp_path):
    shutil.copyfile(corpus, tmp_path / FILE)
    damage(tmp_path / FILE)
    with (
        pytest.warns(UserWarning, match=rf"{FILE} cannot be read and is fetched again"),
        pytest.raises(OSError, match=rf"NLTK .*network is down.* as {tmp_path / FILE}\.$"),
    ):
        load_movie_reviews(data_home=tmp_path)
    serve(servers, corpus)
    with pytest.warns(UserWarning, match="fetched again"):
        pd.testing.assert_frame_equal(load_movie_reviews(data_home=tmp_path), reviews)
    pd.testing.assert_frame_equal(load_movie_reviews(data_home=tmp_path), reviews)


def test_a_corpus_that_changed_is_not_believed_and_leaves_nothing(servers, tmp_path):
    incomplete(tmp_path / "other.zip")
    serve(servers, tmp_path / "other.zip")
    with pytest.raises(OSError, match=r"expected the sentences .* and found \{'pos': 1\}"):
        load_movie_reviews(data_home=tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_nltk_is_asked_for_by_its_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "nltk", None)
    with pytest.raises(ImportError, match=r"keras-estimators\[text\].*movie_reviews\.zip"):
        load_movie_reviews(data_home=tmp_path)
