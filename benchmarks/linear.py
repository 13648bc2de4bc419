"""Linear models beside ridge and logistic regression on the same encoded columns.

python -m benchmarks.linear [--tables FOLDER] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Ridge, RidgeCV
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from benchmarks.harness.markdown import machine_lines, table

TARGETS = {
    "attrition": "Attrition",
    "breast_cancer": "target",
    "credit_data": "Status",
    "mlc_churn": "churn",
    "wa_churn": "churn",
    "digits": "target",
    "hpc_data": "class",
    "ames": "Sale_Price",
    "boston": "MEDV",
    "car_prices": "Price",
    "concrete": "compressive_strength",
    "diabetes": "target",
    "diamonds": "price",
    "hotel_rates": "avg_price_per_room",
}
FOLDER = Path(__file__).parents[2] / "shared" / "tables"
HEAD = """\
# Linear models

`Linear*` beside scikit-learn's solvers, which see the very columns that our spec encodes. Error is
1 - AUC for classes and RMSE by the target's standard deviation for values, on a quarter of the rows
(seed 0). Ratios are (ours + .01) / (theirs + .01). *Fixed*: `alpha=1` of `Ridge`, `C=1` of
`LogisticRegression`, and that penalty for ours. *Chosen*: `l2="auto"` beside `RidgeCV()` and
`LogisticRegressionCV()` as they come. Seconds are those of one process, compilation included.

"""
COLUMNS = [
    "table", "rows", "columns", "fixed: ours", "theirs", "ratio", "chosen: ours", "theirs", "ratio",
    "l2_ x rows", "s ours fixed", "s ours chosen", "s theirs chosen",
]  # fmt: skip


class Split(NamedTuple):
    """A table, in rows to train on and rows to test on."""

    X: pd.DataFrame
    y: np.ndarray
    X_test: pd.DataFrame
    y_test: np.ndarray

    @property
    def is_classes(self) -> bool:
        """Whether the target names classes."""
        return self.y.dtype == object


def load(folder: Path, name: str) -> Split:
    """Return a table by its name."""
    X = pd.read_parquet(folder / f"{name}.parquet")
    y = X.pop(TARGETS[name])
    y = y.to_numpy() if y.dtype.kind == "f" else y.astype(str).to_numpy(object)
    stratify = y if y.dtype == object else None
    train, test = train_test_split(
        np.arange(len(y)), test_size=0.25, random_state=0, stratify=stratify
    )
    return Split(X.iloc[train], y[train], X.iloc[test], y[test])


def row(name: str, split: Split) -> tuple[list[str], tuple[float, float]]:
    """Return the line of one table, and its two ratios."""
    from estimators import LinearClassifier, LinearRegressor
    from estimators.families.networks.chosen_penalty import design_matrix

    kind = LinearClassifier if split.is_classes else LinearRegressor
    count = len(split.y)
    l2 = (0.5 if split.is_classes else 1.0) / count
    ours = {"random_state": 0}
    fixed, fixed_seconds = timed(kind(l2=l2, **ours).fit, split.X, split.y)
    spec = fixed.feature_spec_
    chosen, chosen_seconds = timed(kind(spec, l2="auto", **ours).fit, split.X, split.y)
    X, X_test = design_matrix(spec, split.X), design_matrix(spec, split.X_test)
    if split.is_classes:
        peers = (
            LogisticRegression(max_iter=10_000),
            LogisticRegressionCV(max_iter=10_000, use_legacy_attributes=False, l1_ratios=(0.0,)),
        )
    else:
        peers = Ridge(alpha=1.0), RidgeCV()
    (same, _), (searched, their_seconds) = (timed(peer.fit, X, split.y) for peer in peers)
    errors = [
        error(model, rows, split.y_test)
        for model, rows in (
            (fixed, split.X_test), (same, X_test), (chosen, split.X_test), (searched, X_test)
        )
    ]  # fmt: skip
    ratios = tuple((errors[i] + 0.01) / (errors[i + 1] + 0.01) for i in (0, 2))
    line = [name, f"{count}", f"{X.shape[1]}"]
    for i, ratio in zip((0, 2), ratios, strict=True):
        line += [f"{errors[i]:.4f}", f"{errors[i + 1]:.4f}", f"{ratio:.4f}"]
    seconds = (fixed_seconds, chosen_seconds, their_seconds)
    return [*line, f"{chosen.l2_ * count:.3g}", *(f"{s:.1f}" for s in seconds)], ratios


def timed(fit: Callable, X: Any, y: np.ndarray) -> tuple[Any, float]:
    """Return a fitted model and the seconds of this process that it took."""
    start = time.process_time()
    return fit(X, y), time.process_time() - start


def error(model: Any, X: Any, y: np.ndarray) -> float:
    """Return 1 - AUC of classes, RMSE by the standard deviation of values."""
    if not hasattr(model, "predict_proba"):
        return float(np.sqrt(np.mean((model.predict(X) - y) ** 2)) / y.std())
    p = model.predict_proba(X)
    return 1 - roc_auc_score(y, p[:, 1] if p.shape[1] == 2 else p, multi_class="ovr")


def main() -> None:
    """Measure the tables and write LINEAR.md beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, default=FOLDER, help="folder of NAME.parquet")
    parser.add_argument("--only", nargs="*", choices=TARGETS, default=list(TARGETS))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    load_average = os.getloadavg()[0]
    lines, ratios = [], []
    for name in given.only:
        line, of_table = row(name, load(given.tables, name))
        lines.append(line)
        ratios.append(of_table)
        print(" ".join(line), flush=True)
    means = np.exp(np.log(ratios).mean(axis=0))
    blank = ["", ""]
    lines.append(
        ["geometric mean", *blank, *blank, f"{means[0]:.4f}", *blank, f"{means[1]:.4f}"]
        + [""] * (len(COLUMNS) - 9)
    )
    text = HEAD + table(COLUMNS, lines) + "\n"
    text += "\n".join(machine_lines("one process", load_average)) + "\n"
    Path(__file__).with_name("LINEAR.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
