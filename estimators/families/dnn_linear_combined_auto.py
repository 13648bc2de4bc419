"""Wide and deep for whichever task the target asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import ClassifierTags, RegressorTags
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import (
    FEATURE_SPEC,
    Parameter,
    constraints_of,
    keep_parameters,
)
from estimators.families.dnn_linear_combined import Combined
from estimators.families.networks.wide_and_deep import BOTH_SIDES, DNN_SIDE, LINEAR_SIDE
from estimators.heads.classification import ClassHead
from estimators.heads.given_losses.kinds import ORDINAL
from estimators.heads.head import Head
from estimators.heads.held_out import OutOfFold
from estimators.heads.tasks import ClassificationTask, RegressionTask
from feature_specs import FeatureSpec

if TYPE_CHECKING:
    import keras

    from estimators.persistence.checkpoints import Checkpoints


_MOST_CLASSES = 20

_TASK = Parameter(
    "task",
    annotation="str",
    default="auto",
    constraints=[StrOptions({"auto", "regression", "classification"})],
    kind="{'auto', 'regression', 'classification'}",
    text="What to predict. ``'auto'`` takes text, bool and up to 20 whole numbers for classes and "
    "all else for values.",
)


def _classifies(estimator: DNNLinearCombined) -> bool:
    if is_classifier(estimator):
        return True
    raise AttributeError("This method is for classes, and the task is not classification.")


def _predicts_values(estimator: DNNLinearCombined) -> bool:
    if not is_classifier(estimator):
        return True
    raise AttributeError("This method is for values, and the task is not regression.")


class DNNLinearCombined(OutOfFold, Combined):
    """Wide and deep network for whichever task the target asks for.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a
        fitted one is used as it is. By default the columns decide: numbers and numbers in texts
        are standardised, dates and dates in texts taken apart, free text read as words, other
        strings and categories become indicators where they are few, else embeddings; texts that
        name their row are left out, as is a column with one value. What was not plain is told,
        and ``feature_spec_`` prints the steps to copy and change.
    task : {'auto', 'regression', 'classification'}, default='auto'
        What to predict. ``'auto'`` takes text, bool and up to 20 whole numbers for classes and
        all else for values.
    linear_feature_spec : FeatureSpec, default=None
        Columns of the linear side where they differ from `feature_spec`.
    linear_columns : selector, str or list of str, default=None
        Which features of `feature_spec` the linear side takes; all by default.
    linear_optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer of the linear side alone. ``'auto'`` is FTRL.
    linear_learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Learning rate of the linear side; 0.05 with ``'auto'``, and ``'cosine'`` lets it fall to
        0 within each fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    linear_weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    linear_l1 : float, default=0.0
        Penalty on the absolute size of linear weights.
    linear_l2 : float, default=0.0
        Penalty on the squared size of linear weights.
    dnn_feature_spec : FeatureSpec, default=None
        Columns of the deep side where they differ from `feature_spec`.
    dnn_columns : selector, str or list of str, default=None
        Which features of `feature_spec` the deep side takes; all by default.
    dnn_optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer of the deep side alone. ``'auto'`` is Adam with a rate of 0.001, or of 0.002
        that halves every 15 epochs where ``'auto'`` stops the training.
    dnn_learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Learning rate of the deep side; 0.001 with ``'auto'``, and ``'cosine'`` lets it fall to
        0 within each fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    dnn_weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 1 with ``'auto'``.
    dnn_numeric_embedding : str, int, object, list or None, default='auto'
        What stands beside each number: for ``'piecewise_linear'`` how far it has come through
        each of 16 intervals between quantiles of the training rows, from 0 to 1, for an integer
        through as many intervals, for ``'periodic'`` 6 combinations of 16 cosines, for
        `feature_specs.PiecewiseLinear` and `feature_specs.Periodic` what these say, for None
        nothing. Beside a number of two values in the training rows stands nothing. ``'auto'``
        is None for a sparse matrix and for more than 100 other numbers, else piecewise linear.
    dnn_hidden_units : sequence of int, default=(128, 128)
        Width of every hidden layer.
    dnn_activation : str or callable, default='relu'
        Activation of the hidden layers.
    dnn_dropout : float, default=0.0
        Share of hidden units silenced in each training step.
    dnn_batch_norm : bool, default=False
        Whether hidden layers are followed by normalisation.
    dnn_l1 : float, default=0.0
        Penalty on the absolute size of the deep side's kernels.
    dnn_l2 : float, default=0.0
        Penalty on the squared size of the deep side's kernels.
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
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 100.
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
    task_ : {'regression', 'classification'}
        The task that was found at fit.
    classes_ : ndarray
        Labels; where the task is classification.
    linear_feature_spec_ : FeatureSpec
        The fitted feature spec of the linear side.
    dnn_feature_spec_ : FeatureSpec
        The fitted feature spec of the deep side.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from encoded features to values or logits.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    DNNLinearCombinedRegressor : Always values.
    DNNLinearCombinedClassifier : Always classes.

    Examples
    --------
    >>> from estimators import DNNLinearCombined
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = DNNLinearCombined(dnn_hidden_units=(16,), epochs=20, random_state=0).fit(X, y)
    >>> model.task_
    'classification'
    """

    _parameters = (FEATURE_SPEC, _TASK, *LINEAR_SIDE, *DNN_SIDE, *BOTH_SIDES)
    _parameter_constraints = constraints_of(_parameters)

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        task: str = "auto",
        linear_feature_spec: FeatureSpec | None = None,
        linear_columns: Any = None,
        linear_optimizer: str | keras.optimizers.Optimizer = "auto",
        linear_learning_rate: float
        | str
        | keras.optimizers.schedules.LearningRateSchedule
        | None = None,
        linear_weight_decay: float | None = None,
        linear_l1: float = 0.0,
        linear_l2: float = 0.0,
        dnn_feature_spec: FeatureSpec | None = None,
        dnn_columns: Any = None,
        dnn_optimizer: str | keras.optimizers.Optimizer = "auto",
        dnn_learning_rate: float
        | str
        | keras.optimizers.schedules.LearningRateSchedule
        | None = None,
        dnn_weight_decay: float | None = None,
        dnn_numeric_embedding: Any = "auto",
        dnn_hidden_units: Sequence[int] = (128, 128),
        dnn_activation: str | Callable = "relu",
        dnn_dropout: float = 0.0,
        dnn_batch_norm: bool = False,
        dnn_l1: float = 0.0,
        dnn_l2: float = 0.0,
        loss: str | Callable | None = None,
        metrics: Any = None,
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

    def predict(
        self, X: Any, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Return predicted values or classes.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
        return_std : bool, default=False
            Whether to return how far the members lie apart as well; for values.

        Returns
        -------
        ndarray of shape (rows,) or (rows, outputs)
        ndarray of the same shape
            With `return_std`, the standard deviation of the members' predictions.

        Raises
        ------
        ValueError
            Where `return_std` is asked of classes, or of one network.
        """
        if return_std and self._task is ClassificationTask:
            raise ValueError(
                "return_std=True is for values, and the task is classification; predict_proba "
                "says how sure the model is of a class."
            )
        return RegressionTask.predict(self, X, return_std)

    predict_interval = available_if(_predicts_values)(RegressionTask.predict_interval)
    # The very descriptor, which says of each estimator whether it is there.
    predict_quantiles = vars(RegressionTask)["predict_quantiles"]
    predict_set = available_if(_classifies)(ClassificationTask.predict_set)
    predict_proba = available_if(_classifies)(ClassificationTask.predict_proba)
    predict_log_proba = available_if(_classifies)(ClassificationTask.predict_log_proba)
    decision_function = available_if(_classifies)(ClassificationTask.decision_function)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the accuracy of classes, or the R² of values.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
        y : array of shape (rows,) or (rows, outputs), default=None
            None takes the column that the formula of `feature_spec` names.
        sample_weight : array of shape (rows,), default=None

        Returns
        -------
        float
        """
        X, y = self._split_target(X, y)
        measure = accuracy_score if is_classifier(self) else r2_score
        return measure(y, self.predict(X), sample_weight=sample_weight)

    @property
    def classes_(self) -> np.ndarray:
        """Labels, in the order of the columns of ``predict_proba``."""
        self._fitted("classes_")
        if not isinstance(self.head_, ClassHead):
            raise AttributeError("classes_ is for classes, and the task is regression.")
        return self.head_.classes_

    def _check_y(self, y: Any, *, reset: bool) -> np.ndarray:
        if reset:
            self.task_ = _task_of(y) if self.task == "auto" and y is not None else self.task
        return self._task._check_y(self, y, reset=reset)

    def _ordered_classes(self, given: Any, y: np.ndarray) -> np.ndarray | None:
        if self._task is RegressionTask:
            return None
        return ClassificationTask._ordered_classes(self, given, y)

    def _new_head(self, y: np.ndarray, weight: np.ndarray, classes: Any) -> Head:
        return self._task._new_head(self, y, weight, classes)

    def _class_weights(self, y: np.ndarray) -> np.ndarray | float:
        if self._task is ClassificationTask:
            return ClassificationTask._class_weights(self, y)
        return 1.0

    @property
    def _task(self) -> type:
        task = getattr(self, "task_", self.task)
        return ClassificationTask if task == "classification" else RegressionTask

    def __sklearn_tags__(self):  # noqa: ANN204
        tags = super().__sklearn_tags__()
        task = getattr(self, "task_", self.task)
        # Before the fit decides, it may become either.
        if task != "regression":
            tags.classifier_tags = ClassifierTags(multi_label=self.loss != ORDINAL)
        if task != "classification":
            tags.regressor_tags = RegressorTags()
        kinds = {"classification": "classifier", "regression": "regressor"}
        tags.estimator_type = kinds.get(task, tags.estimator_type)
        tags.target_tags.multi_output = True
        return tags


def _task_of(y: Any) -> str:
    kind = type_of_target(y, input_name="y")
    if kind.startswith("continuous"):
        return "regression"
    y = np.asarray(y)
    is_number = y.dtype.kind in "iuf"
    if is_number and kind.startswith("multiclass") and pd.unique(y.ravel()).size > _MOST_CLASSES:
        return "regression"
    return "classification"
