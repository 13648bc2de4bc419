"""Texts: their words as vectors or counts, or a pretrained model, under hidden layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
import keras
import numpy as np
import pandas as pd

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import SHARED_CONSTRAINTS, documented
from estimators.families.dnn import DNN, HIDDEN_LAYER_CONSTRAINTS
from estimators.heads.tasks import ClassificationTask, RegressionTask
from estimators.persistence.checkpoints import Checkpoints
from feature_specs import FeatureSpec
from feature_specs.columns.table import is_unicode
from feature_specs.steps.text import TEXT_CONSTRAINTS

_COLUMN = "text"

_TEXTS = {
    "representation": (
        "{'embedding', 'multi_hot', 'count', 'tf_idf'}, default='embedding'",
        "A vector for each word, pooled into one for the text; or a column for each word, with 1, "
        "how often the text holds it, or that times how rare it is.",
    ),
    "max_tokens": (
        "int, None or 'auto', default='auto'",
        "Most words, the most frequent, padding and unseen words counted as in Keras; None for "
        "all. ``'auto'`` is 10,000; with word vectors all words that have one, and 10,000 that "
        "have none where training changes the vectors.",
    ),
    "sequence_length": (
        "int or 'auto', default='auto'",
        "Words of a text that an embedding reads; ``'auto'`` covers 95 of 100 training texts.",
    ),
    "ngrams": (
        "int or sequence of int, default=None",
        "Longest sequence of words that counts as a word of its own, or the lengths that do.",
    ),
    "standardize": (
        "str, callable or None, default='lower_and_strip_punctuation'",
        "Also ``'lower'``, ``'strip_punctuation'``, or a function of a tensor of strings.",
    ),
    "split": ("{'whitespace', 'character'} or callable, default='whitespace'", "Where words end."),
    "vocabulary": (
        "sequence of str, default=None",
        "Known words; those of the training texts by default.",
    ),
    "dimension": ("int, default=16", "Length of the vectors that training finds."),
    "pooling": (
        "{'mean', 'max', 'attention'}, default='mean'",
        "How the vectors of the words that are there become one; padding takes no part.",
    ),
    "pretrained": (
        "word vectors or sentence model, default=None",
        "A dictionary, DataFrame or gensim ``KeyedVectors`` of vectors by word, a text file of "
        "them (GloVe, word2vec), or ``'glove-50d'``; words that no training text holds keep their "
        "vectors for prediction. Or the folder of a SavedModel, or an address that "
        "``tensorflow_hub`` resolves, that maps texts to vectors; it runs once a text unless "
        "training changes it.",
    ),
    "trainable": ("bool, default=False", "Whether training changes what is pretrained."),
    "hidden_units": ("sequence of int, default=(16,)", "Width of every hidden layer."),
    "dropout": ("float, default=0.5", "Share of hidden units silenced in each training step."),
}


class Text(DNN):
    """The family of networks on texts, for any task."""

    _parameter_constraints = {
        **{name: rule for name, rule in SHARED_CONSTRAINTS.items() if name != "feature_spec"},
        **HIDDEN_LAYER_CONSTRAINTS,
        **TEXT_CONSTRAINTS,
    }

    def __init__(
        self,
        representation: str = "embedding",
        *,
        max_tokens: int | str | None = "auto",
        sequence_length: int | str = "auto",
        ngrams: int | Sequence[int] | None = None,
        standardize: str | Callable | None = "lower_and_strip_punctuation",
        split: str | Callable = "whitespace",
        vocabulary: Sequence[str] | None = None,
        dimension: int = 16,
        pooling: str = "mean",
        pretrained: str | Path | Mapping | pd.DataFrame | Any = None,
        trainable: bool = False,
        hidden_units: Sequence[int] = (16,),
        activation: str | Callable = "relu",
        dropout: float = 0.5,
        batch_norm: bool = False,
        l1: float = 0.0,
        l2: float = 0.0,
        loss: str | Callable | None = None,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None,
        epochs: int = 10,
        batch_size: int | str = "auto",
        shuffle: bool = True,
        standardize_target: bool = True,
        validation_fraction: float | None = None,
        early_stopping: bool | int | keras.callbacks.EarlyStopping = False,
        class_weight: dict | list | str | None = None,
        callbacks: keras.callbacks.Callback | Sequence[keras.callbacks.Callback] | None = None,
        warm_start: bool = False,
        warm_start_from: KerasEstimator | str | Path | None = None,
        jit_compile: bool | str = "auto",
        model_dir: str | Path | Checkpoints | None = None,
        log_dir: str | Path | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.representation = representation
        self.max_tokens = max_tokens
        self.sequence_length = sequence_length
        self.ngrams = ngrams
        self.standardize = standardize
        self.split = split
        self.vocabulary = vocabulary
        self.dimension = dimension
        self.pooling = pooling
        self.pretrained = pretrained
        self.trainable = trainable
        self.hidden_units = hidden_units
        self.activation = activation
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.l1 = l1
        self.l2 = l2
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.standardize_target = standardize_target
        self.validation_fraction = validation_fraction
        self.early_stopping = early_stopping
        self.class_weight = class_weight
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.warm_start_from = warm_start_from
        self.jit_compile = jit_compile
        self.model_dir = model_dir
        self.log_dir = log_dir
        self.random_state = random_state
        self.verbose = verbose

    @property
    def vocabulary_(self) -> np.ndarray:
        """Known words in the order of their codes, which start at 2."""
        self._fitted("vocabulary_")
        encoder = self.feature_spec_.features_[_COLUMN]
        return np.array(getattr(encoder, "vocabulary", None) or [], dtype=object)

    def _new_specs(self) -> dict[str, FeatureSpec]:
        words = {name: getattr(self, name) for name in TEXT_CONSTRAINTS}
        return {"": FeatureSpec().step_text_column(_COLUMN, **words)}

    def _train(self, *data: Any, continued: bool, **how: Any) -> None:
        for name in TEXT_CONSTRAINTS if continued else ():
            if not _is_same(getattr(self, name), getattr(self.builder_, name)):
                raise ValueError(
                    f"{name} changed since the fit that warm_start or partial_fit would continue; "
                    "set warm_start=False and fit again."
                )
        super()._train(*data, continued=continued, **how)

    def _check_X(self, X: Any, *, reset: bool) -> pd.DataFrame:
        return pd.DataFrame({_COLUMN: pd.Series(check_texts(X), dtype=object)})

    def __sklearn_tags__(self):  # noqa: ANN204
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = False
        tags.input_tags.string = True
        tags.input_tags.categorical = False
        tags.input_tags.allow_nan = False
        return tags


def _is_same(setting: Any, other: Any) -> bool:
    if setting is other or callable(setting) or callable(other):
        return setting is other
    return joblib.hash(setting) == joblib.hash(other)


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


@documented(**_TEXTS)
class TextRegressor(RegressionTask, Text):
    """Network from texts to real values, counts or quantiles.

    {parameters}

    Attributes
    ----------
    vocabulary_ : ndarray of str
        Known words in the order of their codes.
    feature_spec_ : FeatureSpec
        The fitted feature spec, of one column called ``"text"``.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from codes of words to values.
    n_iter_ : int
        Number of epochs trained.

    See Also
    --------
    TextClassifier : The same network for classes.
    feature_specs.FeatureSpec.step_text_column : Texts beside numbers and categories.

    Examples
    --------
    >>> from estimators import TextRegressor
    >>> texts = ["very good", "good", "bad", "very bad"] * 25
    >>> stars = [5, 4, 2, 1] * 25
    >>> model = TextRegressor(dropout=0, learning_rate=0.05, epochs=40, random_state=0)
    >>> bool(model.fit(texts, stars).score(texts, stars) > 0.9)
    True

    References
    ----------
    ``keras.layers.TextVectorization``; ``sklearn.feature_extraction.text.TfidfVectorizer`` for
    what texts may be.
    """


@documented(**_TEXTS)
class TextClassifier(ClassificationTask, Text):
    """Network from texts to two classes, several classes, or several labels at once.

    {parameters}

    Attributes
    ----------
    classes_ : ndarray
        Labels, in the order of the columns of ``predict_proba``.
    vocabulary_ : ndarray of str
        Known words in the order of their codes.
    feature_spec_ : FeatureSpec
        The fitted feature spec, of one column called ``"text"``.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from codes of words to logits.
    n_iter_ : int
        Number of epochs trained.

    See Also
    --------
    TextRegressor : The same network for values.
    feature_specs.FeatureSpec.step_text_column : Texts beside numbers and categories.

    Examples
    --------
    >>> from estimators import TextClassifier
    >>> texts = ["a fine film", "a dull film", "fine acting", "dull acting"] * 25
    >>> tags = ["pos", "neg", "pos", "neg"] * 25
    >>> model = TextClassifier(learning_rate=0.05, random_state=0).fit(texts, tags)
    >>> model.predict(["fine", "dull"]).tolist()
    ['pos', 'neg']

    References
    ----------
    ``keras.layers.TextVectorization``; ``sklearn.feature_extraction.text.TfidfVectorizer`` for
    what texts may be.
    """
