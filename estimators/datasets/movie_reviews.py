"""Sentences of 2,000 film reviews, each with the verdict of the review that it comes from."""

import io
import os
import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas as pd

from estimators.datasets.data_home import get_data_home
from estimators.datasets.fetching import ask_in_turn, read_fetched, read_kept, within

__all__ = ["load_movie_reviews"]

TARGET = "tag"
FILE = "movie_reviews.zip"
SENTENCES = {"pos": 32_937, "neg": 31_783}
REVIEW = re.compile(r"movie_reviews/(?P<tag>pos|neg)/(?P<cv_tag>cv\d{3})_(?P<html_id>\d+)\.txt")


def load_movie_reviews(
    *,
    data_home: str | os.PathLike[str] | None = None,
    return_X_y: bool = False,
    timeout: float = 20.0,
) -> Any:
    """Movie reviews of Pang and Lee: 64,720 sentences of 1,000 kind reviews and 1,000 unkind ones.

    The corpus ``movie_reviews`` of NLTK comes through NLTK's downloader (``pip install
    "keras-estimators[text]"``) and is kept in the data folder afterwards as
    ``movie_reviews.zip``; a file of that name put there by hand is as good.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder in which the corpus is kept; see :func:`get_data_home`.
    return_X_y : bool, default=False
        Give ``(X, y)``, the texts and the tags, instead of one table.
    timeout : float, default=20.0
        Seconds to wait for the download.

    Returns
    -------
    pandas.DataFrame or tuple of (pandas.Series, pandas.Series)
        One row for each sentence. ``fold_id`` is the fold, 0 to 9, of the authors'
        cross-validation; ``cv_tag``, ``"cv000"`` to ``"cv999"``, numbers the reviews of a tag;
        ``html_id`` is the page that a review was taken from; ``sent_id`` counts the sentences of
        a review from 0; ``text`` is the sentence in lower case, a blank between any two tokens;
        ``tag`` is ``"pos"`` (32,937 sentences) or ``"neg"`` (31,783), all of ``"pos"`` first.

    Raises
    ------
    ImportError
        Where the corpus is not kept yet and NLTK is missing.
    OSError
        Where the corpus is not kept yet and cannot be downloaded.

    Notes
    -----
    The tag belongs to the whole review, whatever a single sentence says. A split by rows puts
    sentences of one review on both sides; a split by ``fold_id`` does not.

    References
    ----------
    Pang and Lee, A Sentimental Education: Sentiment Analysis Using Subjectivity Summarization
    Based on Minimum Cuts, 2004 (polarity dataset 2.0); ``nltk.corpus.movie_reviews``.

    Examples
    --------
    >>> from estimators.datasets import load_movie_reviews
    >>> reviews = load_movie_reviews()  # doctest: +SKIP
    >>> reviews["tag"].value_counts().to_dict()  # doctest: +SKIP
    {'pos': 32937, 'neg': 31783}
    """
    path = get_data_home(data_home) / FILE
    table = read_kept(path, _read)
    if table is None:
        table = _fetch(path, timeout)
    return (table["text"], table[TARGET]) if return_X_y else table


def _read(path: Path) -> pd.DataFrame:
    with ZipFile(path) as archive:
        reviews = filter(None, map(REVIEW.fullmatch, archive.namelist()))
        in_order = sorted(reviews, key=lambda review: (review["tag"] != "pos", review[0]))
        rows = []
        for review in in_order:
            tag, cv_tag, html_id = review.groups()
            for sent_id, line in enumerate(archive.read(review[0]).decode().splitlines()):
                rows.append((int(cv_tag[2]), cv_tag, int(html_id), sent_id, line.strip(), tag))
    table = pd.DataFrame(rows, columns=["fold_id", "cv_tag", "html_id", "sent_id", "text", TARGET])
    found = table[TARGET].value_counts().to_dict()
    if found != SENTENCES:
        raise ValueError(f"expected the sentences {SENTENCES} and found {found}")
    return table


def _fetch(path: Path, timeout: float) -> pd.DataFrame:
    try:
        import nltk
    except ImportError as error:
        raise ImportError(
            f"{path} is missing or damaged, and fetching it needs nltk: run `pip install "
            f'"keras-estimators[text]"`, or put {FILE} there.'
        ) from error

    def download(folder: Path) -> Path:
        how = {"quiet": True, "raise_on_error": True, "print_error_to": io.StringIO()}
        within(timeout, lambda: nltk.download("movie_reviews", download_dir=str(folder), **how))
        return folder / "corpora" / FILE

    return ask_in_turn(
        "The movie reviews",
        {"NLTK": lambda: read_fetched(path, download, _read)},
        f"Either connect to raw.githubusercontent.com, or put the corpus there as {path}.",
    )
