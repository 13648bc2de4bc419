"""The metrics of ``evaluate``, under the names and definitions of ``tf.estimator`` (version 2)."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import precision_score, recall_score

from estimators.heads.classification import BinaryHead, ClassHead, MultiClassHead, MultiLabelHead
from estimators.heads.head import Head


def evaluate_outputs(
    head: Head, y: np.ndarray, outputs: np.ndarray, weight: np.ndarray, batch_size: int
) -> dict[str, float]:
    """Return the metrics of `head` for the network's outputs.

    Parameters
    ----------
    head : Head
    y : ndarray
        Target in the caller's labels or units.
    outputs : ndarray of shape (rows, units)
    weight : ndarray of shape (rows,)
    batch_size : int
        ``loss`` is the mean over batches of this size, each counted once.

    Returns
    -------
    dict of str to float
        ``average_loss`` is the weighted mean over rows. The keys of two classes are those of
        ``tf.estimator.BinaryClassHead``, and so on.
    """
    target = head.encode(y)
    losses = _row_losses(head, target, outputs)
    metrics = {
        "average_loss": _mean(losses, weight),
        "loss": _mean_over_batches(losses * weight, batch_size),
    }
    if isinstance(head, BinaryHead):
        metrics |= _binary(head, target[:, 0], outputs, weight)
    elif isinstance(head, MultiClassHead):
        metrics["accuracy"] = _mean(outputs.argmax(axis=1) == target, weight)
    elif isinstance(head, MultiLabelHead):
        right = (head.predict(outputs) == target).all(axis=1)
        metrics |= {"accuracy": _mean(right, weight)} | _areas(head, target, outputs, weight)
    else:
        values = head.predict(outputs)
        metrics |= {
            "label/mean": _mean(_per_row(y), weight),
            "mean_absolute_error": _mean(_per_row(np.abs(values - y)), weight),
            "prediction/mean": _mean(_per_row(values), weight),
        }
    return dict(sorted(metrics.items()))


def _binary(
    head: BinaryHead, target: np.ndarray, outputs: np.ndarray, weight: np.ndarray
) -> dict[str, float]:
    predicted = head.logits(outputs)[:, 0] > 0
    label_mean = _mean(target, weight)
    return {
        "accuracy": _mean(predicted == target, weight),
        "accuracy_baseline": max(label_mean, 1 - label_mean),
        "label/mean": label_mean,
        "precision": precision_score(target, predicted, sample_weight=weight, zero_division=0),
        "prediction/mean": _mean(head.probabilities(outputs)[:, 1], weight),
        "recall": recall_score(target, predicted, sample_weight=weight, zero_division=0),
        **_areas(head, target, outputs, weight),
    }


def _areas(
    head: ClassHead, target: np.ndarray, outputs: np.ndarray, weight: np.ndarray
) -> dict[str, float]:
    probabilities = head.probabilities(outputs)
    if isinstance(head, BinaryHead):
        probabilities = probabilities[:, 1]
    else:
        weight = np.repeat(weight[:, None], target.shape[1], axis=1)
    areas = {}
    for name, curve in (("auc", "ROC"), ("auc_precision_recall", "PR")):
        area = keras.metrics.AUC(200, curve=curve)
        area.update_state(target.ravel(), probabilities.ravel(), weight.ravel())
        areas[name] = float(area.result())
    return areas


def _row_losses(head: Head, target: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    constants = {name: tf.constant(value) for name, value in head.constants.items()}
    measures = head.objective.measures(tf.constant(target), tf.constant(outputs), constants)
    return measures[0].numpy().astype(np.float64)


def _mean_over_batches(weighted: np.ndarray, batch_size: int) -> float:
    starts = np.arange(0, len(weighted), batch_size)
    sizes = np.diff(np.append(starts, len(weighted)))
    return float(np.mean(np.add.reduceat(weighted, starts) / sizes))


def _mean(values: np.ndarray, weight: np.ndarray) -> float:
    return float(np.average(values, weights=weight))


def _per_row(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    return values if values.ndim == 1 else values.mean(axis=1)
