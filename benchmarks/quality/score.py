"""From predictions to errors, from errors to ratios, from ratios to a mean and its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import bootstrap, gmean
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

# Keeps a table that everybody solves from deciding the mean.
OFFSET = 0.01
COVERED = 0.9


def value_error(y: np.ndarray, prediction: np.ndarray) -> float:
    """Return the root mean squared error in standard deviations of the true values."""
    return float(root_mean_squared_error(y, np.asarray(prediction).reshape(-1)) / np.std(y))


def class_errors(
    y: np.ndarray, probabilities: np.ndarray, classes: Sequence[str]
) -> tuple[float, float, float]:
    """Return 1 - AUC (one against the rest, the mean of the classes), log loss and Brier score."""
    P = np.asarray(probabilities, "float64")
    # Sums of float32 miss 1 by more than scikit-learn's metrics let pass.
    P = P / P.sum(axis=1, keepdims=True)
    if len(classes) == 2:
        auc = roc_auc_score(y == classes[1], P[:, 1])
    else:
        auc = roc_auc_score(y, P, multi_class="ovr", average="macro", labels=classes)
    is_class = np.asarray(y)[:, None] == np.asarray(classes)
    brier = float(((P - is_class) ** 2).sum(axis=1).mean())
    return float(1 - auc), float(log_loss(y, P, labels=classes)), brier


def coverage(
    model: Any, X: pd.DataFrame, y: np.ndarray, classes: bool
) -> tuple[float, float] | tuple[None, None]:
    """Return how often sets or intervals of 90 % hold the truth, and how wide they are.

    That is the mean number of classes, or the median width in standard deviations of the target;
    None for a model that held no rows out.
    """
    if not hasattr(model, "oof_score_"):
        return None, None
    if classes:
        sets = model.predict_set(X, coverage=COVERED)
        holds = sets[np.arange(len(sets)), np.searchsorted(model.classes_, y)]
        return float(holds.mean()), float(sets.sum(axis=1).mean())
    low, high = model.predict_interval(X, coverage=COVERED).T
    return float(((low <= y) & (y <= high)).mean()), float(np.median(high - low) / np.std(y))


def error_ratio(error: float, reference: float) -> float:
    """Return how much larger an error is than the reference's on the same split."""
    return (error + OFFSET) / (reference + OFFSET)


def mean_ratio(ratios: Mapping[str, Sequence[float]]) -> float:
    """Return the geometric mean over tables of the geometric mean over their splits."""
    return float(gmean([gmean(values) for values in ratios.values()]))


def interval(ratios: Mapping[str, Sequence[float]], confidence: float = 0.95) -> tuple | None:
    """Return the percentile bootstrap interval of `mean_ratio`, tables drawn with replacement."""
    logs = np.log([gmean(values) for values in ratios.values()])
    if np.ptp(logs) == 0:  # one table alone, or the reference itself
        return None
    result = bootstrap(
        (logs,), np.mean, confidence_level=confidence, method="percentile", rng=0
    ).confidence_interval
    return float(np.exp(result.low)), float(np.exp(result.high))
