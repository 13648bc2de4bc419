"""Labels of an ordered dtype, whose order `classes_` follows where a loss asks for it."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from feature_specs.columns.column_warning import some_of, warn_of_column


def tell_of_order(y: Any, checked: np.ndarray, *, is_kept: bool) -> None:
    """Warn where labels have an order that is not the sorted one.

    scikit-learn's measures sort the labels by themselves: with `classes_` in another order its
    ``log_loss(y, model.predict_proba(X))`` and its area under the ROC curve would be wrong without
    a word.

    Parameters
    ----------
    y : Series or one column of any library, array
    checked : ndarray
        The same as an array.
    is_kept : bool
        Whether `classes_` follows the order all the same, as classes in order must.
    """
    order, labels = _order_of(y, checked), np.unique(checked).tolist()
    if order is None or order == labels:
        return
    if is_kept:
        told = (
            "and so is classes_; for measures of scikit-learn, which want the columns of "
            f"predict_proba by sorted labels, {some_of(labels)}, take "
            "predict_proba(X)[:, numpy.argsort(classes_)]."
        )
    else:
        told = (
            "and classes_ is not: the measures of scikit-learn want sorted labels, "
            f"{some_of(labels)}; classes_ names the columns of predict_proba, and loss='ordinal' "
            "learns the order of three or more."
        )
    warn_of_column(f"The target is ordered, {some_of(order)}, {told}")


def classes_in_order(y: Any, checked: np.ndarray) -> np.ndarray | None:
    """Return the labels in the order of their dtype, None where they are in order when sorted.

    Warns of texts without an order.

    Parameters
    ----------
    y : Series or one column of any library, array
    checked : ndarray
        The same as an array, some rows of it perhaps left out.
    """
    order = _order_of(y, checked)
    if order is not None:
        return np.array(order, dtype=checked.dtype)
    if checked.dtype.kind in "OUS":
        labels = np.unique(checked).tolist()
        warn_of_column(
            "The target holds texts without an order, and loss='ordinal' takes them as sorted, "
            f"{some_of(labels)}; say which comes after which by an ordered dtype, as in "
            "pandas.Categorical(y, categories=[...], ordered=True)."
        )
    return None


def _order_of(y: Any, checked: np.ndarray) -> list | None:
    """Return the labels that there are in the order of their dtype, None where it has none."""
    series = _as_series(y)
    if not isinstance(getattr(series, "dtype", None), nw.Enum):
        return None
    labels = set(np.unique(checked).tolist())
    return [label for label in series.cat.get_categories().to_list() if label in labels]


def _as_series(y: Any) -> Any:
    """Return labels as a narwhals series where they may have an ordered dtype, else as they are."""
    if isinstance(y, pd.Categorical):
        y = pd.Series(y)
    elif isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    elif getattr(getattr(y, "type", None), "ordered", False):
        # An Arrow dictionary; only pandas keeps its order.
        y = pd.Series(y.to_pandas())
    return nw.from_native(y, series_only=True, pass_through=True)
