"""Tasks: which head a target asks for and which methods scikit-learn expects of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import _check_y

from estimators.heads.choice import first_head
from estimators.heads.classification import ClassHead, MultiLabelHead, OneHotHead
from estimators.heads.given_losses.kinds import COUNTS, kind_of
from estimators.heads.head import Head
from estimators.heads.ordered_labels import tell_of_lost_order
from estimators.heads.regression import CountHead, RegressionHead


class RegressionTask(RegressorMixin):
    """Predicts values, one or several a row."""

    def predict(self, X: Any) -> np.ndarray:
        """Return predicted values.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)

        Returns
        -------
        ndarray of shape (rows,) or (rows, outputs)
            In the units of the target; expected counts with ``loss="poisson"``.

        Notes
        -----
        The outputs of a row are the same bits whatever rows are beside it, among up to 256 rows
        and among more. From the one to the other the last bits may differ, since a network of
        several layers is then computed in larger pieces.
        """
        outputs = self._outputs(X)
        return self.head_.predict(outputs)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the R² of the predictions.

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
        return super().score(X, y, sample_weight)

    def _check_y(self, y: Any, *, reset: bool) -> np.ndarray:
        _check_given(self, y)
        _check_no_times(y)
        return _check_y(y, multi_output=True, y_numeric=True, estimator=self)

    def _new_head(self, y: np.ndarray, weight: np.ndarray, classes: Any) -> Head:
        if self.class_weight is not None:
            raise ValueError("class_weight is for classifiers; use sample_weight for regression.")
        if kind_of(self.loss) == COUNTS:
            return CountHead().fit(y, weight)
        loss = "squared_error" if self.loss is None else self.loss
        return RegressionHead(loss, standardize=self.standardize_target).fit(y, weight)

    def __sklearn_tags__(self):  # noqa: ANN204
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.positive_only = False
        return tags


class ClassificationTask(ClassifierMixin):
    """Predicts classes: two, several, or several labels at once."""

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class, or every label more probable than not.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)

        Returns
        -------
        ndarray of shape (rows,) or (rows, labels)
        """
        outputs = self._outputs(X)
        return self.head_.predict(outputs)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of every class, in the order of ``classes_``.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)

        Returns
        -------
        ndarray of shape (rows, classes)

        Notes
        -----
        The outputs of a row are the same bits whatever rows are beside it, among up to 256 rows
        and among more. From the one to the other the last bits may differ, since a network of
        several layers is then computed in larger pieces.
        """
        outputs = self._outputs(X)
        return self.head_.probabilities(outputs)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Return the logarithm of the probability of every class.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)

        Returns
        -------
        ndarray of shape (rows, classes)
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the logits.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)

        Returns
        -------
        ndarray of shape (rows,) for two classes, else (rows, classes)
        """
        outputs = self._outputs(X)
        return self.head_.decision(outputs)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the share of rows whose predicted class is right.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
        y : array of shape (rows,) or (rows, labels), default=None
            None takes the column that the formula of `feature_spec` names.
        sample_weight : array of shape (rows,), default=None

        Returns
        -------
        float
        """
        X, y = self._split_target(X, y)
        return super().score(X, y, sample_weight)

    @property
    def classes_(self) -> np.ndarray:
        """Labels, in the order of the columns of ``predict_proba``."""
        self._fitted("classes_")
        return self.head_.classes_

    def _check_y(self, y: Any, *, reset: bool) -> np.ndarray:
        _check_given(self, y)
        given = y
        y = y if hasattr(y, "ndim") else np.asarray(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        rows = np.flatnonzero(pd.isna(y)) if y.ndim == 1 else []
        if len(rows):
            raise ValueError(
                f"Input y contains NaN: the label of row {rows[0]} is missing; drop such rows."
            )
        y = _check_y(y, multi_output=y.ndim == 2, estimator=self)
        if reset:
            check_classification_targets(y)
            tell_of_lost_order(given, y)
        elif hasattr(self, "head_"):
            _check_known(y, self.head_)
        return y

    def _new_head(self, y: np.ndarray, weight: np.ndarray, classes: Any) -> Head:
        if y.ndim == 2:
            if type_of_target(y) != "multilabel-indicator":
                raise ValueError(
                    "y has several columns that are not 0/1 labels; fit one classifier a column, "
                    "for example with sklearn.multioutput.MultiOutputClassifier."
                )
            return first_head(y, None, None, self.loss)(self.loss).fit(y)
        labels = unique_labels(y) if classes is None else unique_labels(classes)
        if len(labels) < 2:
            raise ValueError(
                f"y holds one class only, {labels.tolist()[0]!r}; a classifier needs rows of at "
                "least two classes."
            )
        head = first_head(y, len(labels), self._network_outputs, self.loss)
        return head(self.loss).fit(y, classes)

    def _class_weights(self, y: np.ndarray) -> np.ndarray | float:
        if self.class_weight is None:
            return 1.0
        if y.ndim == 2 and first_head(y, None, None, self.loss) is OneHotHead:
            y = y.argmax(axis=1)
        return compute_sample_weight(self.class_weight, y)

    def __sklearn_tags__(self):  # noqa: ANN204
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _check_no_times(y: Any) -> None:
    """Raise for durations and dates, whose numbers depend on the unit that pandas keeps them in."""
    values = np.asarray(y)
    if values.dtype.kind not in "mMO":
        return
    kind = pd.api.types.infer_dtype(values.ravel(), skipna=True)
    if kind.startswith(("timedelta", "date")):
        what = "durations" if kind.startswith("timedelta") else "dates"
        raise ValueError(
            f"y holds {what}; pass numbers in a unit of your choice, such as "
            f"{'y' if what == 'durations' else '(y - y.min())'}.dt.total_seconds()."
        )


def _check_given(estimator: object, y: Any) -> None:
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None; pass "
            "it, or name it in the formula of feature_spec."
        )


def _check_known(y: np.ndarray, head: ClassHead) -> None:
    if isinstance(head, MultiLabelHead | OneHotHead):
        if y.ndim != 2 or y.shape[1] != head.units:
            raise ValueError(f"y must have {head.units} label columns, as at fit.")
        return
    unknown = np.setdiff1d(y, head.classes_)
    if len(unknown):
        raise ValueError(
            f"y holds the label {unknown.tolist()[0]!r}, which was not seen at fit; known are "
            f"{head.classes_.tolist()}."
        )
