"""Tasks: which head a target asks for and which methods scikit-learn expects of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import _check_y

from estimators.heads.choice import first_head
from estimators.heads.classification import ClassHead, MultiLabelHead, OneHotHead
from estimators.heads.conformal.asked import checked_coverage, checked_method, held_out_of
from estimators.heads.conformal.intervals import MEDIAN, PLUS, prediction_intervals
from estimators.heads.conformal.sets import prediction_sets
from estimators.heads.given_losses.kinds import COUNTS, ORDINAL, POSITIVE, QUANTILES, kind_of
from estimators.heads.head import Head
from estimators.heads.held_out import OutOfFold
from estimators.heads.keras_names import find_loss
from estimators.heads.ordered_labels import classes_in_order, tell_of_order
from estimators.heads.ordinal import OrdinalHead
from estimators.heads.quantiles import QuantilesHead
from estimators.heads.regression import CountHead, RegressionHead, head_of_positive
from estimators.names_elsewhere import advises_on_names


class RegressionTask(OutOfFold, RegressorMixin):
    """Predicts values, one or several a row."""

    @advises_on_names
    def predict(
        self, X: Any, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Return predicted values.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
        return_std : bool, default=False
            Whether to return how far the members lie apart as well.

        Returns
        -------
        ndarray of shape (rows,) or (rows, outputs)
            In the units of the target; means with ``loss="poisson"`` and others with a log link.
            Of several quantiles the middle one.
        ndarray of the same shape
            With `return_std`, the standard deviation of the members' predictions. It tells where
            they disagree, not how far the target lies off: that is ``predict_interval``.

        Raises
        ------
        ValueError
            Where `return_std` is asked of one network.

        Notes
        -----
        The outputs of a row are the same bits whatever rows are beside it, among up to 256 rows
        and among more. From the one to the other the last bits may differ, since a network of
        several layers is then computed in larger pieces.
        """
        if not return_std:
            outputs = self._outputs(X)
            return self.head_.predict(outputs)
        outputs = self._member_outputs(X)
        if len(outputs) == 1:
            raise ValueError(
                "return_std=True needs several members and this model is one network; fit with "
                "members=5, for example."
            )
        values = np.stack([self.head_.predict(of_member) for of_member in outputs])
        return self.head_.predict(self.head_.average(outputs)), values.std(axis=0)

    @available_if(lambda self: kind_of(self.loss) == QUANTILES)
    def predict_quantiles(self, X: Any) -> np.ndarray:
        """Return the quantiles that ``loss=QuantileLoss([...])`` asks for.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)

        Returns
        -------
        ndarray of shape (rows, quantiles) or (rows, outputs, quantiles)
            In the units of the target; of a row they never fall. ``predict`` returns the one
            nearest to the median, or the mean of two that are as near.

        Raises
        ------
        AttributeError
            With any other loss.

        Notes
        -----
        A quantile is learnt, and may hold more or less of new rows than it says;
        ``predict_interval`` corrects by rows that training has not seen.

        References
        ----------
        ``quantile_alpha`` of XGBoost; Chernozhukov, Fernández-Val and Galichon, Quantile and
        probability curves without crossing, 2010.

        Examples
        --------
        >>> from estimators import LinearRegressor, QuantileLoss
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = LinearRegressor(loss=QuantileLoss([0.1, 0.5, 0.9]), random_state=0).fit(X, y)
        >>> low, median, high = model.predict_quantiles(X).T
        >>> bool((low <= median).all() and (median <= high).all())
        True
        >>> bool(0.7 < ((low <= y) & (y <= high)).mean() < 0.9)
        True
        """
        outputs = self._outputs(X)
        return self.head_.predict_quantiles(outputs)

    @advises_on_names
    def predict_interval(self, X: Any, coverage: float = 0.9, method: str = "median") -> np.ndarray:
        """Return an interval for each row that holds the target with a chosen probability.

        The intervals come from how far the members missed rows that they had not seen, so the
        fit needs ``members=`` or rows set aside by ``validation_fraction=``.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
        coverage : float, default=0.9
            Share of new rows whose target shall lie in its interval; above 0 and below 1.
        method : {'median', 'plus'}, default='median'
            How the members' misses become one interval. ``'median'`` takes the medians of the
            ends that each fold has by itself, or ``'plus'`` where half of the folds are too small
            for the coverage. ``'plus'`` is CV+, which widens where the members disagree and then
            covers more than was asked; it was the wider one on every table tried. For one network
            the two are the same.

        Returns
        -------
        ndarray of shape (rows, 2) or (rows, outputs, 2)
            Lower and upper end, in the units of the target. Of several outputs each is covered by
            itself. Infinite, with a warning, where too few rows were held out for the coverage: it
            takes ``coverage / (1 - coverage)`` of them.

        Raises
        ------
        ValueError
            For a coverage or a method that is none, or where no rows were held out.

        Notes
        -----
        What holds, whatever the network and the distribution, where the rows of the fit and the
        new ones are exchangeable (drawn alike; not a time series, not repeats of one subject), as
        a mean over fits and new rows, not for every kind of row by itself:

        - One network with rows set aside (split conformal): at least `coverage`.
        - Members by folds: at least ``1 - 2 * (1 - coverage)`` in the worst case, with ``'plus'``
          (CV+) less ``sqrt(2 / rows)`` where the folds are few; about `coverage` in practice, and
          more where members disagree. Members by bootstrap (jackknife+ after bootstrap) likewise.

        A network that was stopped by the very rows that are held out has seen them a little, and
        its intervals are slightly too narrow: the guarantee is exact with ``validation_data=`` at
        fit or with ``early_stopping=False``. Sample weights weigh the held-out rows, and a new
        row counts as one of mean weight; the guarantee is then for new rows as the weights
        describe them.

        Misses count in the target's units and the intervals of one network are equally wide. With
        ``loss="poisson"`` they are divided by the square root of the mean (with other losses with
        a log link by the standard deviation that goes with the mean), so that intervals widen
        with it, and end at 0. With a quantile loss they keep their sign, and each end leaves out
        half of the rest: the interval reaches further to the side on which more of the target
        lies, and is as wide everywhere. With quantiles on both sides of the median, such as
        ``QuantileLoss([0.05, 0.5, 0.95])`` for a coverage of 0.9, the ends lie about the two that
        leave out as much as the coverage does, or nearly (Romano et al.): the interval is wide
        where the target spreads.

        References
        ----------
        Barber, Candès, Ramdas and Tibshirani, Predictive inference with the jackknife+, 2021,
        theorems 1 and 4; Kim, Xu and Barber, Predictive inference is free with the
        jackknife+-after-bootstrap, 2020; Gasparin and Ramdas, Merging uncertainty sets via
        majority vote, 2024 (the median); Romano, Patterson and Candès, Conformalized quantile
        regression, 2019; ``mapie.regression.CrossConformalRegressor`` with ``method="plus"``.

        Examples
        --------
        >>> from estimators import LinearRegressor
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = LinearRegressor(members=5, random_state=0).fit(X[::2], y[::2])
        >>> lower, upper = model.predict_interval(X[1::2]).T
        >>> bool(0.85 < ((lower <= y[1::2]) & (y[1::2] <= upper)).mean() < 0.95)
        True
        """
        coverage, method = checked_coverage(coverage), checked_method(method, (PLUS, MEDIAN))
        held = held_out_of(self, "predict_interval")
        outputs = self._member_outputs(X)
        return prediction_intervals(self.head_, held, outputs, coverage, method)

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
        _check_dense(y)
        return super().score(X, y, sample_weight)

    def _check_y(self, y: Any, *, reset: bool) -> np.ndarray:
        _check_given(self, y)
        _check_no_times(y)
        return _check_y(y, multi_output=True, y_numeric=True, estimator=self)

    def _new_head(self, y: np.ndarray, weight: np.ndarray, classes: Any) -> Head:
        if self.class_weight is not None:
            raise ValueError("class_weight is for classifiers; use sample_weight for regression.")
        kind = kind_of(self.loss)
        if kind == ORDINAL:
            raise ValueError(
                "loss='ordinal' is for the classes of a classifier; leave it out here, where "
                "numbers are predicted."
            )
        if kind == COUNTS:
            return CountHead().fit(y, weight)
        if kind == POSITIVE:
            return head_of_positive(find_loss(self.loss)).fit(y, weight)
        loss = "squared_error" if self.loss is None else self.loss
        head = QuantilesHead if kind == QUANTILES else RegressionHead
        return head(loss, standardize=self.standardize_target).fit(y, weight)

    def __sklearn_tags__(self):  # noqa: ANN204
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.positive_only = False
        return tags


class ClassificationTask(OutOfFold, ClassifierMixin):
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

    @advises_on_names
    def predict_set(self, X: Any, coverage: float = 0.9) -> np.ndarray:
        """Return a set of classes for each row that holds the true one with a chosen probability.

        The sets come from how probable the members found the classes of rows that they had not
        seen, so the fit needs ``members=`` or rows set aside by ``validation_fraction=``.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
        coverage : float, default=0.9
            Share of new rows whose class shall be in its set; above 0 and below 1.

        Returns
        -------
        ndarray of bool, shape (rows, classes)
            Whether each class is in the set, in the order of ``classes_``. A set may be empty:
            where the network is right in more than `coverage` of the rows, sets of one class
            everywhere would cover too much. Every class, with a warning, where too few rows were
            held out for the coverage: it takes ``coverage / (1 - coverage)`` of them.

        Raises
        ------
        ValueError
            For a coverage that is none, for several labels a row, or where no rows were held out.

        Notes
        -----
        What holds, whatever the network and the distribution, where the rows of the fit and the
        new ones are exchangeable (drawn alike; not a time series, not repeats of one subject), as
        a mean over fits and new rows, not for every class by itself:

        - One network with rows set aside (split conformal): at least `coverage`.
        - Members by folds (CV+): at least ``1 - 2 * (1 - coverage)``, less ``sqrt(2 / rows)``
          where the folds are few, in the worst case; about `coverage` in practice. Members by
          bootstrap likewise.

        A network that was stopped by the very rows that are held out has seen them a little, and
        its sets are slightly too small: the guarantee is exact with ``validation_data=`` at fit
        or with ``early_stopping=False``. Sample weights weigh the held-out rows, and a new row
        counts as one of mean weight.

        The method lets chance decide on the last class of a set, so that sets cover no more than
        was asked. The number it takes for chance is a hash of the row's own rounded outputs: the
        same row has the same set every time and whatever rows are beside it, but for one row in
        some thousand where the last bits of outputs differ (as told at ``predict_proba``).

        References
        ----------
        Romano, Sesia and Candès, Classification with valid and adaptive coverage, 2020, theorems
        1 to 3; ``mapie.classification.CrossConformalClassifier`` with
        ``conformity_score="aps"``.

        Examples
        --------
        >>> import numpy as np
        >>> from estimators import LinearClassifier
        >>> from sklearn.datasets import load_breast_cancer
        >>> X, y = load_breast_cancer(return_X_y=True)
        >>> model = LinearClassifier(members=5, random_state=0).fit(X[::2], y[::2])
        >>> sets = model.predict_set(X[1::2])
        >>> bool(0.85 < sets[np.arange(len(sets)), y[1::2]].mean() < 0.95)
        True
        """
        coverage = checked_coverage(coverage)
        held = held_out_of(self, "predict_set")
        if isinstance(self.head_, MultiLabelHead):
            raise ValueError(
                "predict_set is for rows of one class each, and y has several labels a row; fit "
                "one classifier a label, for example with "
                "sklearn.multioutput.MultiOutputClassifier."
            )
        return prediction_sets(self.head_, held, self._member_outputs(X), coverage)

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
            is_kept = kind_of(self.loss) == ORDINAL and len(unique_labels(y)) > 2
            tell_of_order(given, y, is_kept=is_kept)
        elif hasattr(self, "head_"):
            _check_known(y, self.head_)
        return y

    def _ordered_classes(self, given: Any, y: np.ndarray) -> np.ndarray | None:
        return classes_in_order(given, y) if kind_of(self.loss) == ORDINAL else None

    def _new_head(self, y: np.ndarray, weight: np.ndarray, classes: Any) -> Head:
        is_ordinal = kind_of(self.loss) == ORDINAL
        if y.ndim == 2 and is_ordinal:
            raise ValueError(
                "loss='ordinal' is for one class a row, and y has several columns; pass the one "
                "column of classes in order."
            )
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
        if is_ordinal and len(labels) > 2:
            return OrdinalHead().fit(y, classes)
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
        tags.classifier_tags.multi_label = self.loss != ORDINAL
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
    _check_dense(y)


def _check_dense(y: Any) -> None:
    if issparse(y):
        what = ".ravel()" if y.ndim == 2 and y.shape[1] == 1 else ""
        raise ValueError(
            f"y is a sparse {type(y).__name__}, and a target is dense; pass y.toarray(){what}."
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
