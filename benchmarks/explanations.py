"""What every column adds to 1,000 predictions: how long it takes beside shap and permutations.

python -m benchmarks.explanations [--quick] [--repeats N]

shap takes part where it is installed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from benchmarks.harness.markdown import duration, machine_lines, table
from benchmarks.serving import mixed_table

HERE = Path(__file__).resolve().parent
ROWS, BACKGROUND, FEW = 1_000, 50, 20
HEAD = """\
# What every column adds to a prediction

A table of ten columns: five of measurements, a whole number, a truth, three of categories; two
classes that the first measurement and one category decide. `explain` integrates gradients for
{rows:,} rows. shap's permutation explainer, which knows the model by its predictions alone, does
so for {few} rows against {background} others; its time a row is given for {rows:,}. scikit-learn's
`permutation_importance` gives one figure a column for all {rows:,} rows, over five shuffles.
Agreement is the rank correlation, over columns, of mean sizes with those that `explain` finds from
the mean of the same {background} rows on.
"""


def with_shap(model: Any, X: pd.DataFrame, background: pd.DataFrame) -> np.ndarray:
    """What shap finds; its own maskers take numbers alone, so this one mixes cells."""
    import shap

    def masked(mask: np.ndarray, row: np.ndarray) -> tuple[np.ndarray]:
        return (np.where(mask, row, background.to_numpy(object)),)

    masked.shape = (len(background), X.shape[1])

    def log_odds(rows: np.ndarray) -> np.ndarray:
        return model.decision_function(pd.DataFrame(rows, columns=X.columns))

    explainer = shap.explainers.Permutation(log_odds, masked, seed=0)
    return explainer(X.to_numpy(object), max_evals=2 * X.shape[1] + 1, silent=True).values


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    started = time.perf_counter()
    made = work()
    return time.perf_counter() - started, made


def main() -> None:
    """Time all contestants and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explanations")
    parser.add_argument("--repeats", type=int, default=5, help="calls after the first (default 5)")
    parser.add_argument(
        "--quick", action="store_true", help="one call after the first, of few rows"
    )
    options = parser.parse_args()
    repeats, count = (1, 100) if options.quick else (options.repeats, ROWS)
    load_average = os.getloadavg()[0]
    from sklearn.inspection import permutation_importance

    from estimators import DNNClassifier

    X, y = mixed_table()
    X, y, background = X[:count], y[:count], X[count : count + BACKGROUND]
    rows = []
    for members in (1, 5):
        model = DNNClassifier(members=members, epochs=10, random_state=0).fit(X, y)
        model.predict(X)
        first, explanation = timed(lambda model=model: model.explain(X))
        later = [timed(lambda model=model: model.explain(X))[0] for _ in range(repeats)]
        whole = explanation.base_values + explanation.values.sum(axis=1)
        np.testing.assert_allclose(whole, model.decision_function(X), rtol=1e-5, atol=1e-9)
        sizes = np.abs(model.explain(X, background).values).mean(axis=0)

        def add(name: str, first: str, later: float, found: np.ndarray) -> None:
            agreement = spearmanr(sizes, found).statistic  # noqa: B023
            of = f"{members} members" if members > 1 else "one network"  # noqa: B023
            rows.append([f"{name}, {of}", first, duration(later), f"{agreement:.2f}"])

        own = np.abs(explanation.values).mean(axis=0)
        add("ours, `explain`", duration(first), statistics.median(later), own)
        if find_spec("shap"):
            with_shap(model, X[:1], background)
            seconds, found = timed(lambda model=model: with_shap(model, X[:FEW], background))
            add("shap, permutations", "-", seconds / FEW * count, np.abs(found).mean(axis=0))
        seconds, found = timed(
            lambda model=model: permutation_importance(
                model, X, y, scoring="neg_log_loss", random_state=0
            )
        )
        add("scikit-learn, `permutation_importance`", "-", seconds, found.importances_mean)
    command = "--quick" if options.quick else f"--repeats {options.repeats}"
    packages = ("tensorflow", "keras", "scikit-learn", "shap", "pandas", "numpy")
    machine = machine_lines(f"medians of {repeats} calls", load_average, packages)
    head = ["", "first call", f"{count:,} rows", "agreement"]
    intro = HEAD.format(rows=count, few=FEW, background=BACKGROUND)
    written = f"Written by `python -m benchmarks.explanations {command}`; not edited by hand.\n"
    text = "\n".join([intro, written, *machine, "", table(head, rows)])
    path = (HERE / "output" / "quick" if options.quick else HERE) / "EXPLANATIONS.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(f"{text}\nwritten to {path}")


if __name__ == "__main__":
    main()
