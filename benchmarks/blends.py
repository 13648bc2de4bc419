"""What each kind of model brings to a blend, and what was tried: errors alone and averaged.

python -m benchmarks.blends [--tables NAME ...] [--seeds N] [--only KIND ...] [--folder FOLDER]
[--quick]

Every kind is fitted once for each table and split; what it says of rows held out and of the test
rows is kept in `benchmarks/output`, by the digest of the sources, so that any average of kinds
costs nothing. Writes BLENDS.md beside itself, with other tables, fewer splits or `--quick` beside
the results.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.harness.markdown import machine_lines, table
from benchmarks.quality import score, tables
from benchmarks.quality.contestants import CONTESTANTS
from benchmarks.quality.report import TUNED

HERE = Path(__file__).resolve().parent
QUICK_ROWS, QUICK_TABLES = 400, ("attrition", "boston")
REFERENCES = ("hgb", "catboost")


def kind(family: str, ranks: bool = True, **parameters: Any) -> Callable[[int, bool], Any]:
    """Return what makes a kind of model as a blend has it."""

    def make(seed: int, classes: bool) -> Any:
        import estimators
        from estimators.families.networks.tabular_inputs import tabular_spec
        from feature_specs import FeatureSpec

        cls = getattr(estimators, f"{family}{'Classifier' if classes else 'Regressor'}")
        return cls(
            tabular_spec() if ranks else FeatureSpec(),
            **{"members": 5, "random_state": seed, **parameters},
        )

    return make


KINDS = {
    "linear": kind("Linear"),
    "deep": kind("DNN", ranks=False),
    "network": kind("TabularNetwork"),
    "neighbors": kind("NeighborNetwork"),
}
# Where a blend might have another kind, or the same otherwise.
VARIANTS = {
    "linear, standardised": kind("Linear", ranks=False),
    "deep, ranks": kind("DNN"),
    "neighbors, two layers": kind("NeighborNetwork", hidden_units=(128, 128)),
    "neighbors, dropout .3": kind("NeighborNetwork", dropout=0.3),
    "neighbors, batch 256": kind("NeighborNetwork", batch_size=256),
}
SHOWN = (
    *([name] for name in KINDS),
    *(list(pair) for pair in itertools.combinations(KINDS, 2)),
    *(list(three) for three in itertools.combinations(KINDS, 3)),
    list(KINDS),
)


TRIED = """\
Tried before, by scripts that became this program, on all tables and two splits: linear, deep and
neighbors .886; with networks tuned for tables as well .891, which help values and harm classes;
network, neighbors and linear .893; linear and deep .915. Deep networks on ranks instead of
standardised numbers cost .006, linear models on standardised numbers .008. Categories encoded by
the mean target, out of fold, brought nothing. Two fits of each kind with other folds and seeds,
five members each, are no better in a blend than one (.886), and neither are ranks and standardised
numbers for both linear and deep (.889), averages of log-probabilities (.888), weights by least
squares or by gradients (.886), or weights drawn halfway to equal ones (.907).
"""


@dataclass(frozen=True)
class Kept:
    """What one fit says: of rows held out and of test rows, values or probabilities."""

    held_out: np.ndarray
    test: np.ndarray
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blends")
    parser.add_argument("--tables", nargs="+", default=[], metavar="NAME", help="of these tables")
    parser.add_argument("--seeds", type=int, default=2, help="splits of each table (default 2)")
    parser.add_argument("--only", nargs="+", default=[], choices=[*KINDS, *VARIANTS])
    parser.add_argument("--folder", type=Path, help="other tables, as for benchmarks.quality")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    load_average = os.getloadavg()[0]
    names = options.tables or tables.names(options.folder)
    if options.quick and not options.tables and options.folder is None:
        names = list(QUICK_TABLES)
    seeds = range(1 if options.quick else options.seeds)
    makers = {name: CONTESTANTS[name].make for name in REFERENCES if CONTESTANTS[name].key()}
    wanted = options.only or [*KINDS, *VARIANTS]
    makers |= {name: make for name, make in (KINDS | VARIANTS).items() if name in wanted}
    folder = HERE / "output" / ("quick" if options.quick else "full") / "blends"
    cells = [(name, item, seed) for item in names for seed in seeds for name in makers]
    kept, data = {}, {}
    for name, item, seed in tqdm(cells, unit="fit"):
        loaded = tables.load(item, options.folder)
        data[item, seed] = loaded.head(QUICK_ROWS if options.quick else tables.MOST_ROWS)
        kept[name, item, seed] = fitted(name, makers[name], data[item, seed], seed, folder)
    text = render(kept, data, names, seeds, makers, load_average, command(options))
    whole = not (options.quick or options.tables or options.only or options.folder)
    written = HERE / "BLENDS.md" if whole and options.seeds >= 2 else folder / "BLENDS.md"
    written.write_text(text)
    print(f"\n{text}\nwritten to {written}")
    return 0


def command(options: argparse.Namespace) -> str:
    """Return the command as it is quoted in the file."""
    only = f" --only {' '.join(options.only)}" if options.only else ""
    return f"python -m benchmarks.blends --seeds {options.seeds}{only}"


def fitted(name: str, make: Callable, data: tables.Table, seed: int, folder: Path) -> Kept:
    """Fit a kind, or take what an earlier run of the same sources has kept."""
    version = CONTESTANTS[name if name in CONTESTANTS else "dnn"].key().replace(" ", "-")
    path = folder / version / f"{name}.{data.name}.{seed}.npz"
    if path.exists():
        with np.load(path) as file:
            return Kept(file["held_out"], file["test"], float(file["seconds"]))
    X, X_test, y, _ = data.split(seed)
    model = make(seed, data.classes)
    began = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - began
    test = model.predict_proba(X_test) if data.classes else model.predict(X_test)
    kept = Kept(getattr(model, "oof_prediction_", np.empty(0)), test, seconds)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **vars(kept))
    return kept


def average(parts: Sequence[Kept], data: tables.Table, seed: int) -> np.ndarray:
    """Return the blend of the test predictions, weighed as `estimators.heads.blending` does."""
    from estimators.heads.blending import blend_weights
    from estimators.heads.classification import BinaryHead, MultiClassHead
    from estimators.heads.regression import RegressionHead

    _, _, y, _ = data.split(seed)
    if data.classes:
        head = (BinaryHead if parts[0].test.shape[1] == 2 else MultiClassHead)().fit(y)
    else:
        head = RegressionHead().fit(y, np.ones(len(y)))
    outputs = [_outputs(part.held_out, head, data.classes) for part in parts]
    weights = blend_weights(head, y, np.ones(len(y)), outputs)
    return sum(weight * part.test for weight, part in zip(weights, parts, strict=True))


def _outputs(predicted: np.ndarray, head: Any, classes: bool) -> np.ndarray:
    if not classes:
        return head.averaged(predicted)
    logs = np.log(np.clip(predicted, 1e-12, None))
    return logs[:, 1:] - logs[:, :1] if head.units == 1 else logs


def render(
    kept: dict, data: dict, names: list[str], seeds: range, makers: dict, load: float, command: str
) -> str:
    """Return the whole of BLENDS.md."""
    shown = [each for each in SHOWN if all(name in makers for name in each)]
    others = [[name] for name in VARIANTS if name in makers]
    others += [
        [
            name if name.startswith(f"{known},") else known
            for known in ("linear", "deep", "neighbors")
        ]
        for name in VARIANTS
        if name in makers and name.split(",")[0] in ("linear", "deep", "neighbors")
    ]
    others = [each for each in others if all(name in makers for name in each)]
    ratios = {tuple(each): _ratios(each, kept, data, names, seeds) for each in (*shown, *others)}
    rows = [_row(each, ratios[tuple(each)], kept, data, names, seeds) for each in (*shown, *others)]
    head = ["kinds", "mean", "tuned on", "others", "values", "classes", "worst", "log loss", "s"]
    return "\n".join(
        [
            "# What each kind of model brings to a blend\n",
            f"Errors as ratios to HGB, as in QUALITY.md, splits of each table: {len(seeds)}; five "
            "members each; several kinds are averaged by greedy selection on rows held out. Tuned "
            f"on: {', '.join(TUNED)}. Log loss: of CatBoost's. Seconds: of all fits on a table, in "
            "the mean, first fits with what they compile.\n",
            f"Written by `{command}`; not edited by hand.\n",
            *machine_lines("one process", load),
            "",
            table(head, rows),
            TRIED,
        ]
    )


def _ratios(
    each: Sequence[str], kept: dict, data: dict, names: list[str], seeds: range
) -> dict[str, tuple[list[float], list[float]]]:
    """Return by table the ratios to HGB and those of log losses to CatBoost's."""
    found = {}
    for item in names:
        errors, losses = [], []
        for seed in seeds:
            of_table = data[item, seed]
            *_, y_test = of_table.split(seed)
            parts = [kept[name, item, seed] for name in each]
            test = parts[0].test if len(parts) == 1 else average(parts, of_table, seed)
            own, loss = _scored(of_table, y_test, test)
            reference, _ = _scored(of_table, y_test, kept["hgb", item, seed].test)
            errors.append(score.error_ratio(own, reference))
            if loss is not None and ("catboost", item, seed) in kept:
                losses.append(
                    loss / _scored(of_table, y_test, kept["catboost", item, seed].test)[1]
                )
        found[item] = errors, losses
    return found


def _scored(data: tables.Table, y: np.ndarray, test: np.ndarray) -> tuple[float, float | None]:
    if not data.classes:
        return score.value_error(y, test), None
    error, loss, _ = score.class_errors(y, test, sorted(set(data.y)))
    return error, loss


def _row(
    each: Sequence[str], ratios: dict, kept: dict, data: dict, names: list[str], seeds: range
) -> list[str]:
    def mean(chosen: list[str], which: int = 0) -> str:
        values = {name: ratios[name][which] for name in chosen if ratios[name][which]}
        return f"{score.mean_ratio(values):.3f}" if values else "-"

    classes = [name for name in names if data[name, seeds[0]].classes]
    worst = max(names, key=lambda name: np.mean(np.log(ratios[name][0])))
    seconds = [
        sum(kept[name, item, seed].seconds for name in each) for item in names for seed in seeds
    ]
    return [
        " + ".join(each),
        mean(names),
        mean([name for name in names if name in TUNED]),
        mean([name for name in names if name not in TUNED]),
        mean([name for name in names if name not in classes]),
        mean(classes),
        f"{worst} {score.mean_ratio({worst: ratios[worst][0]}):.3f}",
        mean(classes, 1),
        f"{np.mean(seconds):.0f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
