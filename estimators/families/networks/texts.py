"""Texts as networks take them: which words count, and lists of strings that are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from estimators.base.parameters import Parameter
from feature_specs.columns.table import is_unicode
from feature_specs.steps.text import TEXT_CONSTRAINTS

TEXTS = (
    Parameter(
        "representation",
        annotation="str",
        default="embedding",
        constraints=TEXT_CONSTRAINTS["representation"],
        kind="{'embedding', 'multi_hot', 'count', 'tf_idf'}",
        text="A vector for each word, pooled into one for the text; or a column for each word, "
        "with 1, how often the text holds it, or that times how rare it is.",
    ),
    Parameter(
        "max_tokens",
        annotation="int | str | None",
        default="auto",
        constraints=TEXT_CONSTRAINTS["max_tokens"],
        kind="int, None or 'auto'",
        text="Most words, the most frequent, padding and unseen words counted as in Keras; None "
        "for all. ``'auto'`` is 10,000; with word vectors all words that have one, and 10,000 that "
        "have none where training changes the vectors.",
    ),
    Parameter(
        "sequence_length",
        annotation="int | str",
        default="auto",
        constraints=TEXT_CONSTRAINTS["sequence_length"],
        kind="int or 'auto'",
        text="Words of a text that an embedding reads; ``'auto'`` covers 95 of 100 training texts.",
    ),
    Parameter(
        "ngrams",
        annotation="int | Sequence[int] | None",
        default=None,
        constraints=TEXT_CONSTRAINTS["ngrams"],
        kind="int or sequence of int",
        text="Longest sequence of words that counts as a word of its own, or the lengths that do.",
    ),
    Parameter(
        "standardize",
        annotation="str | Callable | None",
        default="lower_and_strip_punctuation",
        constraints=TEXT_CONSTRAINTS["standardize"],
        kind="str, callable or None",
        text="Also ``'lower'``, ``'strip_punctuation'``, or a function of a tensor of strings.",
    ),
    Parameter(
        "split",
        annotation="str | Callable",
        default="whitespace",
        constraints=TEXT_CONSTRAINTS["split"],
        kind="{'whitespace', 'character'} or callable",
        text="Where words end.",
    ),
    Parameter(
        "vocabulary",
        annotation="Sequence[str] | None",
        default=None,
        constraints=TEXT_CONSTRAINTS["vocabulary"],
        kind="sequence of str",
        text="Known words; those of the training texts by default.",
    ),
    Parameter(
        "dimension",
        annotation="int",
        default=16,
        constraints=TEXT_CONSTRAINTS["dimension"],
        kind="int",
        text="Length of the vectors that training finds.",
    ),
    Parameter(
        "pooling",
        annotation="str",
        default="mean",
        constraints=TEXT_CONSTRAINTS["pooling"],
        kind="{'mean', 'max', 'attention'}",
        text="How the vectors of the words that are there become one; padding takes no part.",
    ),
    Parameter(
        "pretrained",
        annotation="str | Path | Mapping | pd.DataFrame | Any",
        default=None,
        constraints=TEXT_CONSTRAINTS["pretrained"],
        kind="word vectors or sentence model",
        text="A dictionary, DataFrame or gensim ``KeyedVectors`` of vectors by word, a text file "
        "of them (GloVe, word2vec), or ``'glove-50d'``; words that no training text holds keep "
        "their vectors for prediction. Or the folder of a SavedModel, or an address that "
        "``tensorflow_hub`` resolves, that maps texts to vectors; it runs once a text unless "
        "training changes it.",
    ),
    Parameter(
        "trainable",
        annotation="bool",
        default=False,
        constraints=TEXT_CONSTRAINTS["trainable"],
        kind="bool",
        text="Whether training changes what is pretrained.",
    ),
)


def check_texts(X: Any) -> list[str]:
    """Return texts as a list of strings.

    Parameters
    ----------
    X : list, array, Series or other sequence of str, or a table of one column
        Bytes are read as UTF-8.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        Naming the row that holds no text.
    """
    if isinstance(X, str | bytes) or getattr(X, "ndim", 1) == 0:
        raise ValueError("X must be several texts and is a single one; pass [text].")
    if issparse(X):
        raise ValueError(
            "X is a sparse matrix where texts are needed; give the texts themselves, or the matrix "
            "to DNNClassifier or DNNRegressor."
        )
    if isinstance(X, Mapping):
        X = pd.DataFrame(X)
    if hasattr(X, "columns") or getattr(X, "ndim", 1) > 1:
        X = _only_column(X)
    if not isinstance(X, Iterable):
        raise ValueError(f"X must be texts and is of type {type(X).__name__}; pass a list of str.")
    # Arrow has strings of its own.
    texts = X.to_pylist() if hasattr(X, "to_pylist") else list(X)
    if not texts:
        raise ValueError("Found array with 0 sample(s): X holds no text; pass at least one.")
    texts = [
        text if isinstance(text, str) else _decoded(text, row) for row, text in enumerate(texts)
    ]
    # Here a row still has the number that the caller knows it by.
    if not is_unicode("".join(texts)):
        row = next(row for row, text in enumerate(texts) if not is_unicode(text))
        raise ValueError(
            f"X holds a text in row {row} that is no valid Unicode; read it with the right "
            "encoding, or with errors='replace'."
        )
    return texts


def _only_column(X: Any) -> Any:
    if len(X.shape) != 2 or X.shape[1] != 1:
        raise ValueError(
            f"X has shape {tuple(X.shape)} where one text a row is needed; choose one column, or "
            "use DNNClassifier or DNNRegressor with FeatureSpec.step_text_column for tables."
        )
    return np.asarray(X)[:, 0]


def _decoded(text: Any, row: int) -> str:
    if isinstance(text, bytes):
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"X holds bytes in row {row} that are not UTF-8; decode them first, for example "
                "with .decode('latin-1')."
            ) from error
    if text is None or text is pd.NA or (isinstance(text, float) and np.isnan(text)):
        raise ValueError(f"X holds no text in row {row} but {text!r}; drop the row or pass ''.")
    cure = "give each row one text" if hasattr(text, "__len__") else "convert it with str()"
    plain = text.item() if isinstance(text, np.generic) else text
    raise ValueError(
        f"X holds {plain!r} in row {row}, which is no text but {type(text).__name__}; {cure}."
    )
