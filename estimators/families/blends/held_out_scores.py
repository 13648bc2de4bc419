"""How good each estimator of a blend is, their average and a constant, by rows held out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from estimators.heads.averages import LOG_ODDS, LOG_PROBABILITIES, LOGARITHMS
from estimators.heads.blending import mean_loss
from estimators.heads.classification import ClassHead, MultiLabelHead
from estimators.heads.held_out import score_of

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator
    from estimators.heads.head import Head
    from estimators.heads.held_out import HeldOutRows

BLEND, CONSTANT = "blend", "constant"
# Rather than probabilities of 0 and 1, where all rows held out are of one class.
_LEAST = 1e-7


def score_name(head: Head) -> str:
    """Return the name of what ``score`` measures."""
    return "accuracy" if isinstance(head, ClassHead) else "r2"


def held_out_scores(blend: KerasEstimator) -> pd.DataFrame:
    """Return a row for each estimator, the blend and a constant.

    Parameters
    ----------
    blend : TabularClassifier or TabularRegressor
        Fitted.
    """
    held, head = blend.held_out_, blend.head_
    outputs = {name: e.held_out_.outputs for name, e in blend.estimators_.items()}
    loss = mean_loss(head, held.y, held.weight, in_units=True)
    rows = [
        {
            "weight": blend.weights_[name],
            **_measures(head, held, of_one, loss),
            "epochs": [len(m.epoch) for m in blend.estimators_[name].history_.members],
        }
        for name, of_one in outputs.items()
    ]
    rows.append({"weight": 1.0, **_measures(head, held, held.outputs, loss)})
    rows.append(_measures(head, held, _constant_outputs(head, held), loss))
    index = pd.Index([*outputs, BLEND, CONSTANT], name="estimator")
    frame = pd.DataFrame(rows, index=index)
    frame["epochs"] = frame["epochs"].astype(object).where(frame["epochs"].notna(), None)
    return frame[[*(name for name in frame if name != "epochs"), "epochs"]]


def _measures(
    head: Head, held: HeldOutRows, outputs: np.ndarray, loss: Callable[[np.ndarray], float]
) -> dict[str, Any]:
    score = score_of(head)(held.y, head.predict(outputs), sample_weight=held.weight)
    measures = {"loss": loss(outputs), score_name(head): float(score)}
    if isinstance(head, ClassHead):
        truth, probability = head.indicators(held.y), head.probabilities(outputs)
        probability = probability[:, -truth.shape[1] :]
        measures["roc_auc"] = _roc_auc(truth, probability, held.weight)
        measures["brier"] = _brier(head, truth, probability, held.weight)
    return measures


def _roc_auc(truth: np.ndarray, probability: np.ndarray, weight: np.ndarray) -> float:
    """Return the mean over classes or labels, of those that some rows have and others have not."""
    areas = [
        roc_auc_score(of_one, scores, sample_weight=weight)
        for of_one, scores in zip(truth.T, probability.T, strict=True)
        if 0 < of_one.sum() < len(of_one)
    ]
    return float(np.mean(areas)) if areas else np.nan


def _brier(head: Head, truth: np.ndarray, probability: np.ndarray, weight: np.ndarray) -> float:
    """Return the mean squared error of probabilities as scikit-learn scales it.

    Of one probability for two classes and for labels, of all summed for several classes.
    """
    squared = (probability - truth) ** 2
    is_summed = truth.shape[1] > 2 and not isinstance(head, MultiLabelHead)
    of_rows = squared.sum(axis=1) if is_summed else squared.mean(axis=1)
    return float(np.average(of_rows, weights=weight))


def _constant_outputs(head: Head, held: HeldOutRows) -> np.ndarray:
    """Return the outputs of a network that gives every row the mean, or the shares of classes."""
    mean = np.average(head.averaged(held.y), axis=0, weights=held.weight)
    if head.averaging in (LOGARITHMS, LOG_PROBABILITIES):
        mean = np.log(np.maximum(mean, _LEAST))
    elif head.averaging == LOG_ODDS:
        mean = logit(np.clip(mean, _LEAST, 1 - _LEAST))
    return np.tile(mean.astype(np.float32), (len(held.y), 1))
