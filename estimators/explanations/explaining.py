"""From rows of a table to what every column adds to their predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import _num_samples, check_is_fitted

from estimators.base.encoding import encode
from estimators.engine.forks import check_not_forked
from estimators.explanations.column_shares import column_shares
from estimators.explanations.explanation import Explanation
from estimators.heads.classification import BinaryHead
from feature_specs.columns.table import as_frame, is_table
from feature_specs.encoders.features import NUMERIC

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator
    from estimators.heads.head import Head


def explanation_of(model: KerasEstimator, X: Any, background: Any) -> Explanation:
    """Return what every column of `X` adds to the predictions of a fitted model.

    Parameters
    ----------
    model : KerasEstimator
        Whose networks see columns by feature specs alone.
    X : DataFrame, or array or sparse matrix of shape (rows, columns)
    background : table or array like `X`, or None
    """
    check_is_fitted(model)
    check_not_forked()
    X = model._columns_of_fit(X)
    columns = _columns_of(model)
    told = _told(_added(model, X, background, columns), model.head_)
    head, is_single = model.head_, _has_one_number_a_row(model.head_)
    return Explanation(
        told.added[..., 0] if is_single else told.added,
        told.base[:, 0] if is_single else told.base,
        _cells_of(X),
        columns,
        None if is_single else head.output_names,
        f"{head.told_as} of {head.classes_[-1]}" if isinstance(head, BinaryHead) else head.told_as,
    )


class _Sum(NamedTuple):
    """Outputs as a sum.

    Attributes
    ----------
    base : ndarray of shape (units,) or (rows, units)
    added : ndarray of shape (rows, columns, units)
    whole : ndarray of shape (rows, units)
    """

    base: np.ndarray
    added: np.ndarray
    whole: np.ndarray


def _added(model: KerasEstimator, X: Any, background: Any, columns: list[str]) -> _Sum:
    specs, trained, architecture = model._specs_, model.trained_, model._predicting()
    inputs = encode(specs, X)
    numbers = [f"{side}{NUMERIC}" for side in specs if f"{side}{NUMERIC}" in inputs]
    integral = architecture.path_integral(numbers, model.head_.averaging)
    predictor = architecture.predictor()
    members = [member.placed(architecture, predictor) for member in trained.members]
    if background is None:
        baseline = integral.zero_features(len(members))
    else:
        baseline = integral.mean_features(members, encode(specs, _checked(model, background)))
    base, added = integral.attributions(members, inputs, baseline)
    shares = column_shares(integral.groups, specs, columns)
    added = np.stack([of_unit @ shares for of_unit in np.moveaxis(added, -1, 0)], axis=-1)
    return _Sum(base, added, model.head_.average(trained.outputs(architecture, inputs)))


def _told(outputs: _Sum, head: Head) -> _Sum:
    """Return the sum in the units of predictions, without what rounding leaves over."""
    factor, offset = head.output_units
    base, added = outputs.base * factor + offset, outputs.added.astype(np.float64) * factor
    whole = outputs.whole.astype(np.float64) * factor + offset
    sizes = np.abs(added)
    total = sizes.sum(axis=1, keepdims=True)
    left = (whole - base - added.sum(axis=1))[:, None]
    added += np.divide(sizes, total, out=np.zeros_like(sizes), where=total > 0) * left
    return _Sum(np.broadcast_to(base, whole.shape).copy(), added, whole)


def _checked(model: KerasEstimator, background: Any) -> Any:
    if _num_samples(background) == 0:
        raise ValueError(
            "background has no row; give rows whose mean is the baseline, or None for zeros."
        )
    return model._columns_of_fit(background)


def _columns_of(model: KerasEstimator) -> list[str]:
    of_array = next(iter(model._specs_.values())).columns_
    return list(getattr(model, "feature_names_in_", of_array))


def _cells_of(X: Any) -> np.ndarray:
    if issparse(X):
        return X.toarray()
    return as_frame(X).to_numpy() if is_table(X) else np.asarray(X)


def _has_one_number_a_row(head: Head) -> bool:
    return head.units == 1 and head.predict(np.zeros((1, 1))).ndim == 1
