"""How often intervals and sets of 90 % hold the truth: five members with defaults, ten splits.

``python -m benchmarks.intervals`` takes every table of 1,000 rows or more, splits it into training
and test rows ten times and writes INTERVALS.md beside itself; beside each width stands that of
MAPIE's CV+ over the same members. What was measured is kept in a file, so that a run that was
interrupted goes on; `--quick` measures one split of few rows under `benchmarks/output/quick`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import PredefinedSplit
from tqdm import tqdm

from benchmarks.harness.markdown import machine_lines, table
from benchmarks.quality.tables import Table, load, names
from estimators import DNNClassifier, DNNRegressor

HERE = Path(__file__).resolve().parent
COVERAGE = 0.9
LEAST, MOST = 0.88, 0.93
FEWEST_ROWS = 1_000
MEMBERS = 5

HOW = f"""\
`DNNRegressor(members={MEMBERS})` and `DNNClassifier(members={MEMBERS})` with defaults; three
quarters of the rows train, the rest is asked with `coverage={COVERAGE}`. Means over splits; widths
are medians over test rows, as shares of the target's standard deviation. `plus` is
`method="plus"`, which is CV+ as MAPIE has it.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intervals")
    parser.add_argument("--splits", type=int, default=10, help="of each table (default 10)")
    parser.add_argument("--tables", type=Path, help="folder of NAME.parquet, instead of packages")
    parser.add_argument("--only", nargs="+", help="names of tables")
    parser.add_argument("--quick", action="store_true", help="one split of 1,000 rows a table")
    options = parser.parse_args()
    load_average = os.getloadavg()[0]
    folder = HERE / "output" / ("quick" if options.quick else "full") / "intervals"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "measured.jsonl"
    chosen = [load(name, options.tables) for name in options.only or names(options.tables)]
    chosen = [each for each in chosen if len(each.X) >= FEWEST_ROWS]
    splits = 1 if options.quick else options.splits
    found = _read(kept)
    todo = [(t, s) for s in range(splits) for t in chosen if (t.name, s) not in found]
    for each, seed in tqdm(todo):
        few = each.head(FEWEST_ROWS) if options.quick else each
        found[each.name, seed] = measured(few, seed)
        with kept.open("a") as file:
            file.write(json.dumps([each.name, seed, found[each.name, seed]]) + "\n")
    rows = {t.name: [found[t.name, s] for s in range(splits)] for t in chosen}
    path = (folder.parent if options.quick else HERE) / "INTERVALS.md"
    path.write_text(render(chosen, rows, splits, load_average))
    print(f"{path.read_text()}\nwritten to {path}")


def _read(path: Path) -> dict[tuple[str, int], dict]:
    lines = path.read_text().splitlines() if path.exists() else []
    return {(name, seed): figures for name, seed, figures in map(json.loads, lines)}


def measured(each: Table, seed: int) -> dict[str, float]:
    """Return what one split says of intervals, or of sets."""
    X, X_test, y, y_test = each.split(seed)
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if each.classes:
            model = DNNClassifier(members=MEMBERS, random_state=seed).fit(X, y)
            sets = model.predict_set(X_test, coverage=COVERAGE)
            place = np.searchsorted(model.classes_, y_test)
            figures = {
                "coverage": sets[np.arange(len(sets)), place].mean(),
                "classes": sets.sum(axis=1).mean(),
                "empty": (~sets.any(axis=1)).mean(),
            }
        else:
            model = DNNRegressor(members=MEMBERS, random_state=seed).fit(X, y)
            figures = {}
            for name, method in (("", "median"), (" plus", "plus")):
                ends = model.predict_interval(X_test, coverage=COVERAGE, method=method)
                figures |= _of_intervals(name, ends, y_test)
            figures |= _of_intervals(" mapie", mapie_intervals(model, y, X_test), y_test)
    return {name: float(value) for name, value in figures.items()} | {
        "seconds": time.perf_counter() - started
    }


def _of_intervals(name: str, ends: np.ndarray, y: np.ndarray) -> dict[str, float]:
    low, high = ends.T
    return {
        f"coverage{name}": ((low <= y) & (y <= high)).mean(),
        f"width{name}": np.median(high - low) / y.std(),
    }


def mapie_intervals(model: DNNRegressor, y: np.ndarray, X_test: object) -> np.ndarray:
    """Return the intervals of MAPIE's CV+ over the members of a fitted model."""
    from mapie.regression import CrossConformalRegressor

    held = model.held_out_
    told = np.stack([member.predict(X_test) for member in model.members_])
    fold = np.empty(len(y), int)
    fold[held.rows] = held.patterns[held.pattern_of].argmax(axis=1)
    peer = CrossConformalRegressor(
        _Member(fold, model.oof_prediction_, told),
        confidence_level=COVERAGE,
        cv=PredefinedSplit(fold),
        method="plus",
    )
    places = np.arange(len(y))[:, None]
    new = len(y) + np.arange(told.shape[1])[:, None]
    return peer.fit_conformalize(places, y).predict_interval(new)[1][..., 0]


class _Member(RegressorMixin, BaseEstimator):
    """Answers for the member that is fitted on all rows but those of one fold.

    Rows are known by their places; those beyond the training rows are new ones.
    """

    def __init__(self, fold: np.ndarray, oof: np.ndarray, told: np.ndarray) -> None:
        self.fold = fold
        self.oof = oof
        self.told = told

    def fit(self, X: np.ndarray, y: np.ndarray) -> _Member:
        absent = np.setdiff1d(self.fold, self.fold[X[:, 0]])
        # MAPIE fits one on all rows as well, which CV+ does not ask.
        self.member_ = int(absent[0]) if len(absent) else None
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        new = self.told.mean(axis=0) if self.member_ is None else self.told[self.member_]
        return np.concatenate([self.oof, new])[X[:, 0]]


def render(chosen: list[Table], found: dict, splits: int, load_average: float) -> str:
    """The whole of the file."""

    def mean(name: str, figure: str) -> float:
        return float(np.mean([figures[figure] for figures in found[name]]))

    values = [
        [
            t.name,
            *(f"{mean(t.name, f'coverage{kind}'):.3f}" for kind in ("", " plus", " mapie")),
            *(f"{mean(t.name, f'width{kind}'):.3f}" for kind in ("", " plus", " mapie")),
        ]
        for t in chosen
        if not t.classes
    ]
    sets = [
        [
            t.name,
            f"{mean(t.name, 'coverage'):.3f}",
            f"{mean(t.name, 'classes'):.2f}",
            f"{100 * mean(t.name, 'empty'):.1f} %",
        ]
        for t in chosen
        if t.classes
    ]
    outside = [t.name for t in chosen if not LEAST <= mean(t.name, "coverage") <= MOST]
    return "\n".join(
        [
            "# How often intervals and sets hold the truth\n",
            "Written by `python -m benchmarks.intervals"
            f"{'' if splits == 10 else f' --splits {splits}'}`; not edited by hand.\n{HOW}",
            *machine_lines(f"splits of each table: {splits}", load_average),
            "",
            table(["values", "coverage", "plus", "MAPIE", "median width", "plus", "MAPIE"], values),
            table(["classes", "coverage", "classes in a set", "empty sets"], sets),
            f"Between {LEAST} and {MOST}: {len(chosen) - len(outside)} of {len(chosen)} tables"
            f"{'' if not outside else '; not ' + ', '.join(outside)}.\n",
        ]
    )


if __name__ == "__main__":
    main()
