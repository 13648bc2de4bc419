"""Metrics that a caller asks for, of Keras or of scikit-learn, measured on a network's outputs."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names

from estimators.heads.classification import BinaryHead, ClassHead
from estimators.heads.head import Head
from feature_specs.columns.did_you_mean import did_you_mean

_UP = "up"
# What grows with the quality of a model, where a metric of Keras does not say so itself.
_UPWARDS = ("accuracy", "auc", "precision", "recall", "f1", "fbeta", "r2", "sensitivity")
_UPWARDS += ("specificity", "iou", "cosine", "true_positives", "true_negatives")


class GivenMetrics:
    """Metrics by their names.

    Parameters
    ----------
    metrics : str, metric, scorer, function, or a list or dict of these
    head : Head
        Fitted.

    Raises
    ------
    ValueError
        For a name that neither Keras nor scikit-learn has, or one that stands there twice.
    """

    def __init__(self, metrics: Any, head: Head) -> None:
        self._head = head
        self._metrics: dict[str, _KerasMetric | _Scorer] = {}
        for name, given in _named(metrics):
            found = _metric(given, head)
            name = found.name if name is None else name
            if isinstance(given, str) and given in (*head.objective.measure_names, "acc"):
                # It is measured anyway.
                continue
            if name in head.objective.measure_names or name.startswith("val_"):
                raise ValueError(
                    f"metrics calls one {name!r}, as other measures of an epoch are called; give "
                    "it another name, as in {'name': metric}."
                )
            if name in self._metrics:
                raise ValueError(f"metrics holds {name!r} twice; leave one out.")
            self._metrics[name] = found

    def __len__(self) -> int:
        return len(self._metrics)

    @property
    def directions(self) -> dict[str, bool]:
        """Whether more is better, by name."""
        return {name: metric.more_is_better for name, metric in self._metrics.items()}

    def of(self, y: np.ndarray, outputs: np.ndarray, weight: np.ndarray) -> dict[str, float]:
        """Return the metrics of a network's outputs.

        Parameters
        ----------
        y : ndarray
            Target in the caller's labels or units.
        outputs : ndarray of shape (rows, units)
        weight : ndarray of shape (rows,)

        Raises
        ------
        ValueError
            Naming the metric that cannot be measured of these.
        """
        found = {}
        for name, metric in self._metrics.items():
            try:
                found[name] = float(metric.of(self._head, y, outputs, weight))
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                raise ValueError(
                    f"metrics holds {name!r}, which cannot be measured here: {error}"
                ) from error
        return found

    def check(self, y: np.ndarray, weight: np.ndarray) -> None:
        """Raise where a metric cannot be measured of a target, before a network is trained."""
        start = self._head.start(y, weight)
        outputs = np.broadcast_to(np.float32(start), (len(y), self._head.units))
        with warnings.catch_warnings():
            # Of a constant some are not defined.
            warnings.simplefilter("ignore")
            self.of(y, outputs, weight)


def given_metrics(estimator: Any, head: Head) -> GivenMetrics:
    """Return the metrics that an estimator was asked for, none where it knows of none."""
    given = getattr(estimator, "metrics", None)
    return GivenMetrics([] if given is None else given, head)


def measured_of(head: Head, metrics: GivenMetrics) -> dict[str, bool]:
    """Return what an epoch measures of rows: whether more is better, by name."""
    own = {name: name == "accuracy" for name in head.objective.measure_names}
    return own | metrics.directions


def _named(metrics: Any) -> Iterable[tuple[str | None, Any]]:
    if isinstance(metrics, Mapping):
        return metrics.items()
    several = metrics if isinstance(metrics, list | tuple) else [metrics]
    return ((None, given) for given in several)


def _metric(given: Any, head: Head) -> _KerasMetric | _Scorer:
    if isinstance(given, str):
        return _by_name(given)
    if isinstance(given, keras.metrics.Metric):
        return _KerasMetric(given)
    if hasattr(given, "_score_func"):
        return _Scorer(given._score_func.__name__, given)
    if isinstance(given, type) or not callable(given):
        raise ValueError(
            f"metrics holds {given!r}; give names of Keras or scikit-learn, metrics of Keras, "
            "scorers, or functions of target and predictions."
        )
    return _KerasMetric(_mean_of(given, getattr(given, "__name__", type(given).__name__)))


def _by_name(name: str) -> _KerasMetric | _Scorer:
    try:
        found = keras.metrics.get(name)
    except ValueError:
        if name in get_scorer_names():
            return _Scorer(name, get_scorer(name))
        of_keras = (each for each in dir(keras.metrics) if each[0] != "_")
        snake_case = [re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", each).lower() for each in of_keras]
        advice = did_you_mean(name, [*snake_case, *get_scorer_names()])
        raise ValueError(f"metrics holds {name!r}, which is no metric; {advice}") from None
    if isinstance(found, keras.metrics.Metric):
        return _KerasMetric(found, name)
    return _KerasMetric(_mean_of(found, name))


def _mean_of(function: Callable, name: str) -> keras.metrics.Metric:
    return keras.metrics.MeanMetricWrapper(function, name=name)


class _KerasMetric:
    """A metric of Keras, which sees targets and predictions in columns, classes one-hot."""

    def __init__(self, metric: keras.metrics.Metric, name: str | None = None) -> None:
        self.name = metric.name if name is None else name
        self._metric = deepcopy(metric)

    @property
    def more_is_better(self) -> bool:
        direction = getattr(self._metric, "_direction", None)
        if direction is not None:
            return direction == _UP
        return any(word in self.name.lower() for word in _UPWARDS)

    def of(self, head: Head, y: np.ndarray, outputs: np.ndarray, weight: np.ndarray) -> Any:
        target, predicted = _columns(head, y, outputs, takes_codes=self._takes_codes)
        self._metric.reset_state()
        self._metric.update_state(target, predicted, sample_weight=np.float32(weight))
        return np.mean(self._metric.result())

    @property
    def _takes_codes(self) -> bool:
        function = getattr(self._metric, "_fn", None)
        names = (type(self._metric).__name__.lower(), getattr(function, "__name__", ""))
        return any(name.startswith("sparse") for name in names)


def _columns(
    head: Head, y: np.ndarray, outputs: np.ndarray, *, takes_codes: bool
) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(head, ClassHead):
        target, predicted = np.float32(y), np.float32(head.predict(outputs))
        return target.reshape(len(y), -1), predicted.reshape(len(y), -1)
    probabilities = np.float32(head.probabilities(outputs))
    target = head.encode(y)
    if isinstance(head, BinaryHead):
        return target, probabilities[:, 1:]
    if head.exclusive and not takes_codes:
        target = head.indicators(y)
    return target, probabilities


class _Scorer:
    """A scorer of scikit-learn, which asks an estimator."""

    more_is_better = True

    def __init__(self, name: str, scorer: Callable) -> None:
        self.name = name
        self._scorer = scorer

    def of(self, head: Head, y: np.ndarray, outputs: np.ndarray, weight: np.ndarray) -> Any:
        asked = (_Classifier if isinstance(head, ClassHead) else _Regressor)(head)
        # Some scorers take no weights.
        given = {} if (weight == weight[0]).all() else {"sample_weight": weight}
        return self._scorer(asked, outputs, y, **given)


class _Asked(BaseEstimator):
    """What a scorer takes for an estimator; its X are outputs of a network."""

    def __init__(self, head: Head) -> None:
        self.head = head

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.head.predict(X)


class _Regressor(RegressorMixin, _Asked):
    pass


class _Classifier(ClassifierMixin, _Asked):
    @property
    def classes_(self) -> np.ndarray:
        return self.head.classes_

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return self.head.probabilities(X)

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        return self.head.decision(X)
