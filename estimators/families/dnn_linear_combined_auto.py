"""Wide and deep for whichever task the target asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import ClassifierTags, RegressorTags
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import documented
from estimators.families.dnn_linear_combined import SIDE_TEXTS, Combined
from estimators.heads.classification import ClassHead
from estimators.heads.head import Head
from estimators.heads.tasks import ClassificationTask, RegressionTask
from estimators.persistence.checkpoints import Checkpoints
from feature_specs import FeatureSpec

_MOST_CLASSES = 20


def _classifies(estimator: DNNLinearCombined) -> bool:
    if is_classifier(estimator):
        return True
    raise AttributeError("This method is for classes, and the task is not classification.")


@documented(
    task=(
        "{'auto', 'regression', 'classification'}, default='auto'",
        "What to predict. ``'auto'`` takes text, bool and up to 20 whole numbers for classes and "
        "all else for values.",
    ),
    **SIDE_TEXTS,
)
class DNNLinearCombined(Combined):
    """Wide and deep network for whichever task the target asks for.

    {parameters}

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

    _parameter_constraints = {
        **Combined._parameter_constraints,
        "task": [StrOptions({"auto", "regression", "classification"})],
    }

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        task: str = "auto",
        linear_feature_spec: FeatureSpec | None = None,
        linear_columns: Any = None,
        linear_optimizer: str | keras.optimizers.Optimizer = "auto",
        linear_learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None,
        linear_l1: float = 0.0,
        linear_l2: float = 0.0,
        dnn_feature_spec: FeatureSpec | None = None,
        dnn_columns: Any = None,
        dnn_optimizer: str | keras.optimizers.Optimizer = "auto",
        dnn_learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None,
        dnn_hidden_units: Sequence[int] = (64, 64),
        dnn_activation: str | Callable = "relu",
        dnn_dropout: float = 0.0,
        dnn_batch_norm: bool = False,
        dnn_l1: float = 0.0,
        dnn_l2: float = 0.0,
        loss: str | Callable | None = None,
        epochs: int = 100,
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
        given = dict(locals())
        self.task = given.pop("task")
        super().__init__(**{n: v for n, v in given.items() if n not in ("self", "__class__")})

    def predict(self, X: Any) -> np.ndarray:
        """Return predicted values or classes.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)

        Returns
        -------
        ndarray of shape (rows,) or (rows, outputs)
        """
        outputs = self._outputs(X)
        return self.head_.predict(outputs)

    predict_proba = available_if(_classifies)(ClassificationTask.predict_proba)
    predict_log_proba = available_if(_classifies)(ClassificationTask.predict_log_proba)
    decision_function = available_if(_classifies)(ClassificationTask.decision_function)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the accuracy of classes, or the R² of values.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
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
        if task == "classification":
            tags.estimator_type = "classifier"
            tags.classifier_tags = ClassifierTags(multi_label=True)
        elif task == "regression":
            tags.estimator_type = "regressor"
            tags.regressor_tags = RegressorTags()
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
