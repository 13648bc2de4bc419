"""Linear models: a weight for every feature and category, starting from zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import (
    FEATURE_SPEC,
    MONOTONIC_CST,
    SHARED,
    changed,
    constraints_of,
    epochs_text,
    keep_parameters,
    optimizer_text,
)
from estimators.explanations.explain_methods import ExplainMethods
from estimators.families.family import Family
from estimators.families.networks.monotonic_columns import MonotonicColumns
from estimators.families.networks.penalties import PENALTIES, penalty
from estimators.heads.classification import ClassHead
from estimators.heads.head import Head
from estimators.heads.tasks import ClassificationTask, RegressionTask
from feature_specs import FeatureSpec
from feature_specs.encoders.features import numeric_places

if TYPE_CHECKING:
    import keras

    from estimators.base.rows import CheckedRows
    from estimators.engine.layers.schedules import DecayWithinFit
    from estimators.persistence.checkpoints import Checkpoints


# Of which an epoch takes too few steps for 100 of them to reach the optimum.
_FEW_ROWS = 2_048
_MANY_EPOCHS = 500


class Linear(MonotonicColumns, ExplainMethods, Family):
    """The family of linear models, for any task."""

    _parameters = (
        FEATURE_SPEC,
        MONOTONIC_CST,
        *changed(
            PENALTIES,
            l2={
                "annotation": "float | str | None",
                "default": None,
                "constraints": [
                    Interval(Real, 0, None, closed="left"),
                    StrOptions({"auto"}),
                    None,
                ],
                "kind": "float or 'auto'",
                "text": "Penalty on the squared size of the weights. None is 0 for values and "
                "about 1 / (2 rows) for classes, the penalty of "
                "``sklearn.linear_model.LogisticRegression``. ``'auto'`` lets the rows choose, as "
                "though `l1` were 0 and all columns free: by generalised cross-validation for "
                "squared error, by the cross-entropy of five folds for classes, for any other loss "
                "and for several labels by a fifth of the rows, held out from five networks. At "
                "most 10,000 rows are looked at, fewer of wide tables; `random_state` says which. "
                "Too few rows, or a class with one, mean None. A continued fit keeps the choice, "
                "``l2_``.",
            },
        ),
        *changed(
            SHARED,
            optimizer={
                "text": optimizer_text(
                    "Adam, with a learning rate that falls from 0.1 to 0 within each fit, or one "
                    "of 0.02 with early stopping"
                )
            },
            epochs={"text": epochs_text(f"{_MANY_EPOCHS} up to {_FEW_ROWS:,} rows and 100 beyond")},
            batch_size={
                "text": "Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from "
                "4,096 on 128 and from 16,384 on 256; of classes all rows, up to "
                f"{_FEW_ROWS:,}, since batches that differ keep weights that grow large from the "
                "optimum."
            },
            early_stopping={
                "text": "Number of epochs without improvement of the validation loss after which "
                "training stops and the best weights are restored; True means 10. Sets 10 % of the "
                "rows aside where nothing else says what to validate on. ``'auto'`` is False: the "
                "weights go to the optimum of their penalty."
            },
        ),
    )
    _parameter_constraints = constraints_of(_parameters)
    _stops_by_itself = False

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        monotonic_cst: Any = None,
        l1: float = 0.0,
        l2: float | str | None = None,
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
        return _MANY_EPOCHS if row_count <= _FEW_ROWS else super()._auto_epochs(row_count)

    def _auto_batch_size(self, row_count: int) -> int:
        is_one_batch = row_count <= _FEW_ROWS and isinstance(self.head_, ClassHead)
        return row_count if is_one_batch else super()._auto_batch_size(row_count)

    @property
    def _auto_learning_rate(self) -> float | DecayWithinFit:
        from estimators.engine.layers.schedules import DecayWithinFit

        # A rate that has yet to fall would make early stopping stop at once.
        return DecayWithinFit(0.1) if self.early_stopping in (False, "auto") else 0.02

    @property
    def coef_(self) -> np.ndarray:
        """Weights of the encoded features, named by ``feature_spec_.get_feature_names_out()``.

        Of an array, whose columns are known by their places, columns that say nothing have a 0.

        Shape (features,) for one output, else (outputs, features), as in scikit-learn; a binary
        classifier has shape (1, features).
        """
        coefficients, _ = self._coefficients("coef_")
        if not hasattr(self, "feature_names_in_"):
            coefficients = _in_place(coefficients, numeric_places(self.feature_spec_.features_))
        return _one_output(self, coefficients.T)

    @property
    def intercept_(self) -> np.ndarray | float:
        """Output where every encoded feature is 0, shape as scikit-learn has it."""
        _, intercept = self._coefficients("intercept_")
        return float(intercept[0]) if _is_one_output(self) else intercept

    def _coefficients(self, attribute: str) -> tuple[np.ndarray, np.ndarray]:
        network = self._fitted(attribute).network(self.builder_._architecture())
        coefficients, intercept, _ = self.feature_spec_.linear_coefficients(network)
        scale, offset = self.head_.output_units
        return coefficients.astype(float) * scale, intercept.astype(float) * scale + offset

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        import keras

        inputs = specs[""].inputs()
        logits = specs[""].linear_logits(
            inputs,
            head.units,
            kernel_regularizer=penalty(self.l1, self._penalty(head)),
            signs=self._signs,
        )
        return keras.Model(inputs, logits)

    def _architecture_key(self) -> Hashable:
        return self.l1, self._penalty(self.head_), *self._signs_key

    def _program_key(self) -> Hashable:
        return self.l1 != 0, self._penalty(self.head_) != 0, *self._signs_key

    # Set at fit, from files of today; None where nothing was chosen.
    _chosen_l2: float | None = None

    def _choose_settings(self, training: CheckedRows, most: int, seed: int) -> None:
        super()._choose_settings(training, most, seed)
        self._chosen_l2 = None
        if self.l2 == "auto":
            from estimators.families.networks.chosen_penalty import chosen_penalty

            self._chosen_l2 = chosen_penalty(self, training, seed)

    @property
    def l2_(self) -> float:
        """Penalty on the squared size of the weights: given, by default, or chosen by the rows."""
        self._fitted("l2_")
        return self.builder_._penalty(self.head_)

    def _penalty(self, head: Head) -> float:
        given = self._chosen_l2 if self.l2 == "auto" else self.l2
        if given is not None:
            return float(given)
        if not isinstance(head, ClassHead):
            return 0.0
        # Classes that a line can separate would draw the weights to infinity. The power of two
        # keeps the folds of a search on one compiled program.
        return 0.5 / 2 ** round(math.log2(head.total_weight))


def _in_place(coefficients: np.ndarray, places: list[int]) -> np.ndarray:
    width = len(places) - places.count(-1)
    return np.vstack(
        [
            np.append(coefficients, np.zeros_like(coefficients[:1]), axis=0)[places],
            coefficients[width:],
        ]
    )


def _one_output(estimator: Linear, coefficients: np.ndarray) -> np.ndarray:
    return coefficients[0] if _is_one_output(estimator) else coefficients


def _is_one_output(estimator: Linear) -> bool:
    """Return whether scikit-learn has no axis of outputs; quantiles of one target have one."""
    if not isinstance(estimator, RegressionTask):
        return False
    return estimator.head_.is_vector_ and estimator.head_.units == 1


class LinearRegressor(RegressionTask, Linear):
    """Linear model of real values, counts or quantiles.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a
        fitted one is used as it is. By default the columns decide: numbers and numbers in texts
        are standardised, dates and dates in texts taken apart, free text read as words, other
        strings and categories become indicators where they are few, else embeddings; texts that
        name their row are left out, as is a column with one value. What was not plain is told,
        and ``feature_spec_`` prints the steps to copy and change.
    monotonic_cst : array-like of int of shape (n_features,) or dict of str to int, default=None
        With which columns of numbers predictions never fall (1) or never rise (-1), whatever
        the other columns hold; 0 leaves a column free. In the order of the columns of `X`, or
        by their names. Of two classes it is the probability of ``classes_[1]``; several classes
        or labels are an error, as in ``sklearn.ensemble.HistGradientBoostingClassifier``. It
        holds for any weights and to the last bit, for rows with a number there: a missing one
        stands outside of the order, since the mark beside its filling is free.
    l1 : float, default=0.0
        Penalty on the absolute size of kernel weights.
    l2 : float or 'auto', default=None
        Penalty on the squared size of the weights. None is 0 for values and about 1 / (2 rows)
        for classes, the penalty of ``sklearn.linear_model.LogisticRegression``. ``'auto'`` lets
        the rows choose, as though `l1` were 0 and all columns free: by generalised cross-
        validation for squared error, by the cross-entropy of five folds for classes, for any
        other loss and for several labels by a fifth of the rows, held out from five networks.
        At most 10,000 rows are looked at, fewer of wide tables; `random_state` says which. Too
        few rows, or a class with one, mean None. A continued fit keeps the choice, ``l2_``.
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
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam, with
        a learning rate that falls from 0.1 to 0 within each fit, or one of 0.02 with early
        stopping.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 500 up to 2,048 rows and 100 beyond.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256; of classes all rows, up to 2,048, since batches that differ keep
        weights that grow large from the optimum.
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
        and the best weights are restored; True means 10. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` is False: the weights go to the
        optimum of their penalty.
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
    coef_ : ndarray of shape (features,) or (outputs, features)
        Weights of the encoded features.
    intercept_ : float or ndarray of shape (outputs,)
        Value where every encoded feature is 0.
    l2_ : float
        Penalty on the squared size of the weights, as given or chosen.
    feature_spec_ : FeatureSpec
        The fitted feature spec; its ``get_feature_names_out()`` names the coefficients.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from encoded features to values.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    LinearClassifier : The same model for classes.
    DNNRegressor : With hidden layers.

    Examples
    --------
    >>> from estimators import LinearRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = LinearRegressor(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.51)
    True

    The penalty that the rows choose is that of ``RidgeCV``, a mean over rows and a power of two:

    >>> LinearRegressor(l2="auto", random_state=0).fit(X, y).l2_
    0.00390625

    References
    ----------
    ``tf.estimator.LinearRegressor``; ``sklearn.linear_model.LinearRegression``.
    """


class LinearClassifier(ClassificationTask, Linear):
    """Logistic regression: two classes, several classes, or several labels at once.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a
        fitted one is used as it is. By default the columns decide: numbers and numbers in texts
        are standardised, dates and dates in texts taken apart, free text read as words, other
        strings and categories become indicators where they are few, else embeddings; texts that
        name their row are left out, as is a column with one value. What was not plain is told,
        and ``feature_spec_`` prints the steps to copy and change.
    monotonic_cst : array-like of int of shape (n_features,) or dict of str to int, default=None
        With which columns of numbers predictions never fall (1) or never rise (-1), whatever
        the other columns hold; 0 leaves a column free. In the order of the columns of `X`, or
        by their names. Of two classes it is the probability of ``classes_[1]``; several classes
        or labels are an error, as in ``sklearn.ensemble.HistGradientBoostingClassifier``. It
        holds for any weights and to the last bit, for rows with a number there: a missing one
        stands outside of the order, since the mark beside its filling is free.
    l1 : float, default=0.0
        Penalty on the absolute size of kernel weights.
    l2 : float or 'auto', default=None
        Penalty on the squared size of the weights. None is 0 for values and about 1 / (2 rows)
        for classes, the penalty of ``sklearn.linear_model.LogisticRegression``. ``'auto'`` lets
        the rows choose, as though `l1` were 0 and all columns free: by generalised cross-
        validation for squared error, by the cross-entropy of five folds for classes, for any
        other loss and for several labels by a fifth of the rows, held out from five networks.
        At most 10,000 rows are looked at, fewer of wide tables; `random_state` says which. Too
        few rows, or a class with one, mean None. A continued fit keeps the choice, ``l2_``.
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
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam, with
        a learning rate that falls from 0.1 to 0 within each fit, or one of 0.02 with early
        stopping.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 500 up to 2,048 rows and 100 beyond.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256; of classes all rows, up to 2,048, since batches that differ keep
        weights that grow large from the optimum.
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
        and the best weights are restored; True means 10. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` is False: the weights go to the
        optimum of their penalty.
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
    coef_ : ndarray of shape (1, features) or (classes, features)
        Weights of the encoded features.
    intercept_ : ndarray of shape (1,) or (classes,)
        Logits where every encoded feature is 0.
    l2_ : float
        Penalty on the squared size of the weights, as given or chosen.
    feature_spec_ : FeatureSpec
        The fitted feature spec; its ``get_feature_names_out()`` names the coefficients.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from encoded features to logits.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    LinearRegressor : The same model for values.
    DNNClassifier : With hidden layers.

    Examples
    --------
    >>> from estimators import LinearClassifier
    >>> from sklearn.datasets import load_breast_cancer
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = LinearClassifier(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.97)
    True

    References
    ----------
    ``tf.estimator.LinearClassifier``; ``sklearn.linear_model.LogisticRegression``.
    """
