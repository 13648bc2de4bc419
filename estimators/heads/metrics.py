"""The metrics of ``evaluate``, under the names and definitions of ``tf.estimator`` (version 2)."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import precision_score, recall_score

from estimators.heads.classification import BinaryHead, MultiClassHead, MultiLabelHead
from estimators.heads.head import Head
from estimators.heads.ordinal import OrdinalHead


def evaluate_outputs(
    head: Head,
    y: np.ndarray,
    outputs: np.ndarray,
    weight: np.ndarray,
    batch_size: int,
    pos_label: Any = None,
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
    pos_label : object, optional
        Of two classes the one that counts as positive; the second by default.

    Returns
    -------
    dict of str to float
        ``average_loss`` is the weighted mean over rows. The keys of two classes are those of
        ``tf.estimator.BinaryClassHead``, and so on. Of classes in order ``mean_absolute_error``
        is by how many places predictions miss.

    Raises
    ------
    ValueError
        For a `pos_label` that is neither of two classes.
    """
    positive = None if pos_label is None else _place_of(head, pos_label)
    target = head.encode(y)
    losses = _row_losses(head, target, outputs)
    metrics = {
        "average_loss": _mean(losses, weight),
        "loss": _mean_over_batches(losses * weight, batch_size),
    }
    if isinstance(head, BinaryHead):
        metrics |= _binary(head, target[:, 0], outputs, weight, 1 if positive is None else positive)
    elif isinstance(head, MultiClassHead):
        metrics["accuracy"] = _mean(outputs.argmax(axis=1) == target, weight)
    elif isinstance(head, OrdinalHead):
        codes = head.log_probabilities(outputs).argmax(axis=1)
        metrics |= {
            "accuracy": _mean(codes == target, weight),
            "mean_absolute_error": _mean(np.abs(codes - target), weight),
        }
    elif isinstance(head, MultiLabelHead):
        right = (head.predict(outputs) == target).all(axis=1)
        metrics |= {"accuracy": _mean(right, weight)} | _areas(
            target, head.probabilities(outputs), weight
        )
    else:
        values = head.predict(outputs)
        metrics |= {
            "label/mean": _mean(_per_row(y), weight),
            "mean_absolute_error": _mean(_per_row(np.abs(values - y)), weight),
            "prediction/mean": _mean(_per_row(values), weight),
        }
    return dict(sorted(metrics.items()))


def _place_of(head: Head, pos_label: Any) -> int:
    if not isinstance(head, BinaryHead):
        raise ValueError(f"pos_label={pos_label!r} is for two classes; leave it out here.")
    places = np.flatnonzero(head.classes_ == pos_label)
    if len(places) != 1:
        known = " and ".join(map(repr, head.classes_.tolist()))
        raise ValueError(f"pos_label={pos_label!r} is no class of the fit; these are {known}.")
    return int(places[0])


def _binary(
    head: BinaryHead, target: np.ndarray, outputs: np.ndarray, weight: np.ndarray, positive: int
) -> dict[str, float]:
    is_positive = target == positive
    predicted = (head.logits(outputs)[:, 0] > 0) == positive
    probabilities = head.probabilities(outputs)[:, positive]
    label_mean = _mean(is_positive, weight)
    scored = {"sample_weight": weight, "zero_division": 0}
    return {
        "accuracy": _mean(predicted == is_positive, weight),
        "accuracy_baseline": max(label_mean, 1 - label_mean),
        "label/mean": label_mean,
        "precision": precision_score(is_positive, predicted, **scored),
        "prediction/mean": _mean(probabilities, weight),
        "recall": recall_score(is_positive, predicted, **scored),
        **_areas(is_positive, probabilities, weight),
    }


def _areas(target: np.ndarray, probabilities: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    if target.ndim == 2:
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
