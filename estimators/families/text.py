"""Texts: their words as vectors or counts, or a pretrained model, under hidden layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import joblib
import numpy as np
import pandas as pd

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import (
    SHARED,
    changed,
    constraints_of,
    epochs_text,
    keep_parameters,
    values_of,
)
from estimators.families.dnn import DNN
from estimators.families.networks.hidden_layers import HIDDEN_LAYERS
from estimators.families.networks.texts import TEXTS, check_texts
from estimators.heads.tasks import ClassificationTask, RegressionTask
from feature_specs import FeatureSpec

if TYPE_CHECKING:
    import keras

    from estimators.persistence.checkpoints import Checkpoints


_COLUMN = "text"


class Text(DNN):
    """The family of networks on texts, for any task."""

    _parameters = (
        *TEXTS,
        *changed(HIDDEN_LAYERS, hidden_units={"default": (16,)}, dropout={"default": 0.5}),
        *changed(SHARED, epochs={"text": epochs_text(10)}),
    )
    _parameter_constraints = constraints_of(_parameters)
    _auto_weight_decay = None
    _rate_may_fall = False
    _of_earlier_versions: ClassVar = {}
    _has_columns = False
    _numeric_embedding = None  # Counts of words are as they are.

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
        metrics: Any = None,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        learning_rate: float | str | keras.optimizers.schedules.LearningRateSchedule | None = None,
        weight_decay: float | None = None,
        epochs: int | str = "auto",
        batch_size: int | str = "auto",
        shuffle: bool = True,
        standardize_target: bool = True,
        validation_fraction: float | None = None,
        early_stopping: bool | int | str | keras.callbacks.EarlyStopping = "auto",
        members: int = 1,
        members_split: Any = "folds",
        class_weight: dict | list | str | None = None,
        callbacks: keras.callbacks.Callback | Sequence[keras.callbacks.Callback] | None = None,
        warm_start: bool = False,
        warm_start_from: KerasEstimator | str | Path | None = None,
        jit_compile: bool | str = "auto",
        model_dir: str | Path | Checkpoints | None = None,
        log_dir: str | Path | None = None,
        n_jobs: int | None = -1,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        keep_parameters(self, locals())

    def _auto_epochs(self, row_count: int) -> int:
        return 10

    @property
    def vocabulary_(self) -> np.ndarray:
        """Known words in the order of their codes, which start at 2."""
        self._fitted("vocabulary_")
        encoder = self.feature_spec_.features_[_COLUMN]
        return np.array(getattr(encoder, "vocabulary", None) or [], dtype=object)

    def _new_specs(self) -> dict[str, FeatureSpec]:
        words = values_of(self, TEXTS)
        return {"": FeatureSpec().step_text_column(_COLUMN, **words)}

    def _check_continuable(self) -> None:
        for name in (part.name for part in TEXTS):
            if not _is_same(getattr(self, name), getattr(self.builder_, name)):
                raise ValueError(
                    f"{name} changed since the fit that warm_start or partial_fit would continue; "
                    "set warm_start=False and fit again."
                )

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
        tags.input_tags.sparse = False
        return tags


def _is_same(setting: Any, other: Any) -> bool:
    if setting is other or callable(setting) or callable(other):
        return setting is other
    return joblib.hash(setting) == joblib.hash(other)


class TextRegressor(RegressionTask, Text):
    """Network from texts to real values, counts or quantiles.

    Parameters
    ----------
    representation : {'embedding', 'multi_hot', 'count', 'tf_idf'}, default='embedding'
        A vector for each word, pooled into one for the text; or a column for each word, with 1,
        how often the text holds it, or that times how rare it is.
    max_tokens : int, None or 'auto', default='auto'
        Most words, the most frequent, padding and unseen words counted as in Keras; None for
        all. ``'auto'`` is 10,000; with word vectors all words that have one, and 10,000 that
        have none where training changes the vectors.
    sequence_length : int or 'auto', default='auto'
        Words of a text that an embedding reads; ``'auto'`` covers 95 of 100 training texts.
    ngrams : int or sequence of int, default=None
        Longest sequence of words that counts as a word of its own, or the lengths that do.
    standardize : str, callable or None, default='lower_and_strip_punctuation'
        Also ``'lower'``, ``'strip_punctuation'``, or a function of a tensor of strings.
    split : {'whitespace', 'character'} or callable, default='whitespace'
        Where words end.
    vocabulary : sequence of str, default=None
        Known words; those of the training texts by default.
    dimension : int, default=16
        Length of the vectors that training finds.
    pooling : {'mean', 'max', 'attention'}, default='mean'
        How the vectors of the words that are there become one; padding takes no part.
    pretrained : word vectors or sentence model, default=None
        A dictionary, DataFrame or gensim ``KeyedVectors`` of vectors by word, a text file of
        them (GloVe, word2vec), or ``'glove-50d'``; words that no training text holds keep their
        vectors for prediction. Or the folder of a SavedModel, or an address that
        ``tensorflow_hub`` resolves, that maps texts to vectors; it runs once a text unless
        training changes it.
    trainable : bool, default=False
        Whether training changes what is pretrained.
    hidden_units : sequence of int, default=(16,)
        Width of every hidden layer.
    activation : str or callable, default='relu'
        Activation of the hidden layers.
    dropout : float, default=0.5
        Share of hidden units silenced in each training step.
    batch_norm : bool, default=False
        Whether hidden layers are followed by normalisation.
    l1 : float, default=0.0
        Penalty on the absolute size of kernel weights.
    l2 : float, default=0.0
        Penalty on the squared size of kernel weights.
    loss : str, callable or keras.losses.Loss, default=None
        Loss by its name in Keras or scikit-learn, an object of Keras, or a function of target
        and predictions that returns a value a row. For regression also ``'quantile'``
        (`QuantileLoss`, of several quantiles as well), with a log link ``'poisson'`` and
        ``'negative_binomial'`` (counts, `NegativeBinomialLoss`), ``'gamma'`` and ``'tweedie'``
        (positive values, `TweedieLoss`); mean squared error by default. It is a loss of the
        target's units, which training divides by a constant where the target is standardised:
        penalties and learning rates weigh the same in any unit. For classes cross-entropy by
        default; others see probabilities. ``'ordinal'`` is for classes in order (an ordered
        dtype, or numbers): the log-odds of reaching a class differ by thresholds alone.
    metrics : str, metric, scorer, or list or dict of these, default=None
        Measured after every epoch, on the training rows and on those that validate, and by
        `evaluate`: names of Keras (``'auc'``) or of scikit-learn's scorers (``'roc_auc'``),
        their objects, or functions of target and predictions. Of classes metrics of Keras see
        probabilities. The history has them by their names, those of validation rows as
        ``'val_auc'``.
    optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 10.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256.
    shuffle : bool, default=True
        Whether every epoch takes the rows in a new order.
    standardize_target : bool, default=True
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    validation_fraction : float, default=None
        Share of the rows that is set aside (stratified for classes) and measured after every
        epoch.
    early_stopping : 'auto', bool, int, str or keras.callbacks.EarlyStopping, default='auto'
        Number of epochs without improvement of the validation loss after which training stops
        and the best weights are restored; True means 10, and so does the name of another
        measure, such as ``'val_accuracy'``, for that one. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` means 20 and sets five times the
        square root of the number of rows aside, at most a fifth; below 300 rows all are trained
        on for all epochs.
    members : int, default=1
        Number of networks that are trained alike and averaged, on the scale of probabilities,
        means or values.
    members_split : {'folds', 'bootstrap', 'seeds'} or splitter of scikit-learn, default='folds'
        Which rows each of several members trains on: all but its own fold, as many as there are
        drawn with replacement, or all. It validates on those that it does not train on, and is
        stopped by them.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights of the classes, as everywhere in scikit-learn; classifiers only.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Each sees the network, the epochs and the logs it expects. With batch hooks the loop
        runs one batch at a time.
    warm_start : bool, default=False
        Whether ``fit`` continues from the weights and optimizer state of the previous ``fit``.
    warm_start_from : fitted estimator, str or Path, default=None
        Where ``fit`` takes its initial weights from, by name and shape: an estimator, the file
        of a saved one, or a checkpoint. ``warm_start_report_`` tells what was taken.
    jit_compile : bool or 'auto', default='auto'
        Whether XLA compiles the loop; ``'auto'`` decides by layers, device and number of rows.
    model_dir : str, Path or Checkpoints, default=None
        Folder that keeps checkpoints of the training, from which ``fit(..., resume=True)`` goes
        on after a crash; `Checkpoints` says how often and how many.
    log_dir : str or Path, default=None
        Folder for TensorBoard: measures of every epoch, the graph and the parameters. For
        histograms and images put ``keras.callbacks.TensorBoard`` among the callbacks.
    n_jobs : int, default=-1
        Threads that train members at the same time, in the terms of joblib; the bits are the
        same for any number.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, order of rows, dropout and the validation split. The same
        number gives the same bits.
    verbose : int, default=0
        1 shows a progress bar with rate and time left.

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


class TextClassifier(ClassificationTask, Text):
    """Network from texts to two classes, several classes, or several labels at once.

    Parameters
    ----------
    representation : {'embedding', 'multi_hot', 'count', 'tf_idf'}, default='embedding'
        A vector for each word, pooled into one for the text; or a column for each word, with 1,
        how often the text holds it, or that times how rare it is.
    max_tokens : int, None or 'auto', default='auto'
        Most words, the most frequent, padding and unseen words counted as in Keras; None for
        all. ``'auto'`` is 10,000; with word vectors all words that have one, and 10,000 that
        have none where training changes the vectors.
    sequence_length : int or 'auto', default='auto'
        Words of a text that an embedding reads; ``'auto'`` covers 95 of 100 training texts.
    ngrams : int or sequence of int, default=None
        Longest sequence of words that counts as a word of its own, or the lengths that do.
    standardize : str, callable or None, default='lower_and_strip_punctuation'
        Also ``'lower'``, ``'strip_punctuation'``, or a function of a tensor of strings.
    split : {'whitespace', 'character'} or callable, default='whitespace'
        Where words end.
    vocabulary : sequence of str, default=None
        Known words; those of the training texts by default.
    dimension : int, default=16
        Length of the vectors that training finds.
    pooling : {'mean', 'max', 'attention'}, default='mean'
        How the vectors of the words that are there become one; padding takes no part.
    pretrained : word vectors or sentence model, default=None
        A dictionary, DataFrame or gensim ``KeyedVectors`` of vectors by word, a text file of
        them (GloVe, word2vec), or ``'glove-50d'``; words that no training text holds keep their
        vectors for prediction. Or the folder of a SavedModel, or an address that
        ``tensorflow_hub`` resolves, that maps texts to vectors; it runs once a text unless
        training changes it.
    trainable : bool, default=False
        Whether training changes what is pretrained.
    hidden_units : sequence of int, default=(16,)
        Width of every hidden layer.
    activation : str or callable, default='relu'
        Activation of the hidden layers.
    dropout : float, default=0.5
        Share of hidden units silenced in each training step.
    batch_norm : bool, default=False
        Whether hidden layers are followed by normalisation.
    l1 : float, default=0.0
        Penalty on the absolute size of kernel weights.
    l2 : float, default=0.0
        Penalty on the squared size of kernel weights.
    loss : str, callable or keras.losses.Loss, default=None
        Loss by its name in Keras or scikit-learn, an object of Keras, or a function of target
        and predictions that returns a value a row. For regression also ``'quantile'``
        (`QuantileLoss`, of several quantiles as well), with a log link ``'poisson'`` and
        ``'negative_binomial'`` (counts, `NegativeBinomialLoss`), ``'gamma'`` and ``'tweedie'``
        (positive values, `TweedieLoss`); mean squared error by default. It is a loss of the
        target's units, which training divides by a constant where the target is standardised:
        penalties and learning rates weigh the same in any unit. For classes cross-entropy by
        default; others see probabilities. ``'ordinal'`` is for classes in order (an ordered
        dtype, or numbers): the log-odds of reaching a class differ by thresholds alone.
    metrics : str, metric, scorer, or list or dict of these, default=None
        Measured after every epoch, on the training rows and on those that validate, and by
        `evaluate`: names of Keras (``'auc'``) or of scikit-learn's scorers (``'roc_auc'``),
        their objects, or functions of target and predictions. Of classes metrics of Keras see
        probabilities. The history has them by their names, those of validation rows as
        ``'val_auc'``.
    optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 10.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256.
    shuffle : bool, default=True
        Whether every epoch takes the rows in a new order.
    standardize_target : bool, default=True
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    validation_fraction : float, default=None
        Share of the rows that is set aside (stratified for classes) and measured after every
        epoch.
    early_stopping : 'auto', bool, int, str or keras.callbacks.EarlyStopping, default='auto'
        Number of epochs without improvement of the validation loss after which training stops
        and the best weights are restored; True means 10, and so does the name of another
        measure, such as ``'val_accuracy'``, for that one. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` means 20 and sets five times the
        square root of the number of rows aside, at most a fifth; below 300 rows all are trained
        on for all epochs.
    members : int, default=1
        Number of networks that are trained alike and averaged, on the scale of probabilities,
        means or values.
    members_split : {'folds', 'bootstrap', 'seeds'} or splitter of scikit-learn, default='folds'
        Which rows each of several members trains on: all but its own fold, as many as there are
        drawn with replacement, or all. It validates on those that it does not train on, and is
        stopped by them.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights of the classes, as everywhere in scikit-learn; classifiers only.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Each sees the network, the epochs and the logs it expects. With batch hooks the loop
        runs one batch at a time.
    warm_start : bool, default=False
        Whether ``fit`` continues from the weights and optimizer state of the previous ``fit``.
    warm_start_from : fitted estimator, str or Path, default=None
        Where ``fit`` takes its initial weights from, by name and shape: an estimator, the file
        of a saved one, or a checkpoint. ``warm_start_report_`` tells what was taken.
    jit_compile : bool or 'auto', default='auto'
        Whether XLA compiles the loop; ``'auto'`` decides by layers, device and number of rows.
    model_dir : str, Path or Checkpoints, default=None
        Folder that keeps checkpoints of the training, from which ``fit(..., resume=True)`` goes
        on after a crash; `Checkpoints` says how often and how many.
    log_dir : str or Path, default=None
        Folder for TensorBoard: measures of every epoch, the graph and the parameters. For
        histograms and images put ``keras.callbacks.TensorBoard`` among the callbacks.
    n_jobs : int, default=-1
        Threads that train members at the same time, in the terms of joblib; the bits are the
        same for any number.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, order of rows, dropout and the validation split. The same
        number gives the same bits.
    verbose : int, default=0
        1 shows a progress bar with rate and time left.

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
