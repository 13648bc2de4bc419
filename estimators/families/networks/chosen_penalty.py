"""The penalty that the rows choose: generalised cross-validation, folds, or rows held out.

Squared error and cross-entropy have solvers in scikit-learn, which see the columns that the spec
encodes. Any other loss trains a network for every penalty and compares them on rows held out.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, StratifiedKFold

from estimators.heads.classification import ClassHead, MultiLabelHead
from estimators.heads.head import Head
from estimators.heads.regression import RegressionHead
from feature_specs.columns.column_warning import told_once
from feature_specs.encoders.features import (
    NUMERIC,
    categorical_encoders,
    key_of,
    weight_key_of,
)

if TYPE_CHECKING:
    from estimators.base.rows import CheckedRows
    from feature_specs import FeatureSpec

# How many rows and cells are looked at, and how few rows are enough of a wide table.
_MOST_ROWS, _ENOUGH_ROWS, _MOST_CELLS = 10_000, 2_000, 4_000_000
_FOLDS = 5
# Penalties of a sum over rows, as scikit-learn has them.
_ALPHAS = 2.0 ** np.arange(-10, 21)
_CS = 4.0 ** np.arange(-5, 5)
_HELD_OUT_ALPHAS = 8.0 ** np.arange(-1, 4)
_HELD_OUT_SHARE = 0.2


def chosen_penalty(estimator: BaseEstimator, rows: CheckedRows, seed: int) -> float | None:
    """Return the squared penalty that does best on rows it was not fitted on.

    Parameters
    ----------
    estimator : Linear
        With head and spec fitted.
    rows : CheckedRows
        To train on. At most 10,000 are looked at, fewer of a wide table.
    seed : int
        Of the rows looked at, and of folds.

    Returns
    -------
    float or None
        A power of two, so that the folds of a search share a compiled program. None where the
        rows are too few to compare anything: fewer than three, or a class with a single row.

    References
    ----------
    ``sklearn.linear_model.RidgeCV``, ``sklearn.linear_model.LogisticRegressionCV``; Golub, Heath
    and Wahba, Generalized Cross-Validation as a Method for Choosing a Good Ridge Parameter, 1979.
    """
    spec, head = estimator._specs_[""], estimator.head_
    encoders = categorical_encoders(spec.features_).values()
    width = len(spec.get_feature_names_out())
    if len(rows.y) < 3 or not width or not all(e.labels for e in encoders):
        return None
    seen = _some_rows(rows, width, seed)
    alpha = _solver(head)(estimator, seen, seed)
    if alpha is None:
        return None
    # The sum over rows grows with them, the penalty of a sum does not.
    return 2.0 ** round(math.log2(alpha / len(rows.y)))


def _some_rows(rows: CheckedRows, width: int, seed: int) -> CheckedRows:
    most = min(_MOST_ROWS, max(_ENOUGH_ROWS, _MOST_CELLS // width))
    if len(rows.y) <= most:
        return rows
    chosen = np.random.default_rng(seed).choice(len(rows.y), most, replace=False)
    return rows.taken(np.sort(chosen))


def _solver(head: Head) -> Callable[[BaseEstimator, CheckedRows, int], float | None]:
    if isinstance(head, RegressionHead) and head.is_squared:
        return _of_squared_error
    if isinstance(head, ClassHead) and head.loss is None and not isinstance(head, MultiLabelHead):
        return _of_cross_entropy
    return _of_own_loss


def _of_squared_error(estimator: BaseEstimator, rows: CheckedRows, seed: int) -> float | None:
    head, weight = estimator.head_, _mean_one(rows.weight)
    folds = None
    if rows.groups is not None:
        count = min(_FOLDS, len(np.unique(rows.groups)))
        if count < 2:
            return None
        folds = list(GroupKFold(count).split(rows.y, groups=rows.groups))
    target = head.encode(rows.y).astype(np.float64)
    ridge = RidgeCV(_ALPHAS, cv=folds)
    ridge.fit(design_matrix(estimator._specs_[""], rows.X), target, sample_weight=weight)
    # Our loss is a mean over outputs as well.
    return ridge.alpha_ / head.units


def _of_cross_entropy(estimator: BaseEstimator, rows: CheckedRows, seed: int) -> float | None:
    codes = estimator.head_.encode(rows.y).ravel().astype(int)
    folds = _class_folds(codes, rows.groups, seed)
    if folds is None:
        return None
    logistic = LogisticRegressionCV(
        Cs=_CS,
        cv=folds,
        scoring="neg_log_loss",
        l1_ratios=(0.0,),
        max_iter=1_000,
        use_legacy_attributes=False,
    )
    with warnings.catch_warnings():
        # Penalties near 0 of classes that a line separates; none of them is chosen for it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        X = design_matrix(estimator._specs_[""], rows.X)
        logistic.fit(X, codes, sample_weight=_mean_one(rows.weight))
    return 1 / (2 * float(logistic.C_))


def _class_folds(codes: np.ndarray, groups: Any, seed: int) -> Sequence[Any] | None:
    """Return folds each of which knows every class, None where there are none."""
    _, counts = np.unique(codes, return_counts=True)
    count = min(_FOLDS, counts.min())
    if groups is not None:
        count = min(count, len(np.unique(groups)))
    if count < 2 or len(counts) < 2:
        return None
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    folds = list(kind(count, shuffle=True, random_state=seed).split(codes, codes, groups))
    is_whole = all(len(np.unique(codes[part])) == len(counts) for fold in folds for part in fold)
    return folds if is_whole else None


def _of_own_loss(estimator: BaseEstimator, rows: CheckedRows, seed: int) -> float | None:
    count = len(rows.y)
    if count < 2 / _HELD_OUT_SHARE or estimator.epochs == 0:
        return None
    parts = rows.split(_HELD_OUT_SHARE, seed, stratify=estimator.head_.stratifies)
    penalties = _HELD_OUT_ALPHAS / len(parts[0].y)
    losses = [_held_out_loss(estimator, parts, float(l2), seed) for l2 in penalties]
    return float(_HELD_OUT_ALPHAS[np.argmin(losses)])


def _held_out_loss(
    estimator: BaseEstimator, parts: tuple[CheckedRows, CheckedRows], l2: float, seed: int
) -> float:
    from estimators.base.fit import FitRequest, Origin, SplitRows, encode_fits, plan_training
    from estimators.engine.training import train

    trial = copy(estimator)
    trial.l2, trial.early_stopping = 2.0 ** round(math.log2(l2)), False
    request = FitRequest(None, None, None, None, epochs=estimator.epochs, continued=False)
    origin = Origin(None, seed)
    (fit,) = encode_fits(trial, SplitRows(*parts), request, origin)
    (trained,) = train([plan_training(fit, request, origin, (), trial._optimizers())])
    return trained.history["val_loss"][-1]


def design_matrix(spec: FeatureSpec, X: Any) -> Any:
    """Return the columns that have a coefficient each, in the order of the spec's names.

    Parameters
    ----------
    spec : FeatureSpec
        Fitted.
    X : DataFrame, dict of columns, or array or sparse matrix of shape (rows, columns)

    Returns
    -------
    ndarray or sparse matrix of shape (rows, features), float64
        What ``spec.transform`` returns, in compressed sparse rows where it is large.

    Examples
    --------
    >>> import pandas as pd
    >>> from estimators.families.networks.chosen_penalty import design_matrix
    >>> from feature_specs import FeatureSpec
    >>> table = pd.DataFrame({"city": ["Bonn", "Rome", "Bonn"]})
    >>> design_matrix(FeatureSpec().fit(table), table).tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    with told_once():
        encoded = spec.encode(X)
    blocks = [csr_matrix(encoded[NUMERIC], dtype=np.float64)] if NUMERIC in encoded else []
    for name, encoder in categorical_encoders(spec.features_).items():
        codes = encoded[key_of(name)]
        weight = encoded.get(weight_key_of(name), np.ones(codes.shape))
        codes, weight = codes.reshape(len(codes), -1), weight.reshape(len(codes), -1)
        place = np.arange(0, codes.size + 1, codes.shape[1])
        shape = (len(codes), encoder.cardinality)
        counted = csr_matrix((weight.ravel().astype(np.float64), codes.ravel(), place), shape)
        blocks.append(counted[:, encoder.kept])
    X = hstack(blocks, format="csr")
    return X.toarray() if np.prod(X.shape, dtype=float) <= _MOST_CELLS else X


def _mean_one(weight: np.ndarray) -> np.ndarray:
    return weight * (len(weight) / weight.sum())
