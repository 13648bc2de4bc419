"""QUALITY.md: errors as ratios to the reference, table by table, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from scipy.stats import gmean

from benchmarks.harness.markdown import PACKAGES, machine_lines, table
from benchmarks.quality.contestants import CONTESTANTS, REFERENCE
from benchmarks.quality.results import Result
from benchmarks.quality.score import COVERED, error_ratio, interval, mean_ratio

HEAD = """\
# Quality of default models

Error of every contestant with its default settings, as a ratio to scikit-learn's
`HistGradientBoosting*` (HGB) on the same split: below 1 is better. The error is 1 - AUC (several
classes: each against the rest, the mean), or the root mean squared error in standard deviations of
the held-out target; the ratio is (error + .01) / (error of HGB + .01). A quarter of the rows is
held out, {seeds} splits of each table, stratified for classes. The recipes that
`Tabular*` began from had been tuned on all of these tables; what it blends was decided on {tuned}.

Only the seed is set. HGB reads categories `from_dtype`, LightGBM from pandas, XGBoost with
`enable_categorical`, CatBoost as `cat_features` in texts; all four take missing numbers as they
are. scikit-learn's MLP, `Ridge` and `LogisticRegression` (`max_iter=1000`) follow a median imputer
with a `StandardScaler`, and a `OneHotEncoder`; the MLP's target is not scaled, as by default. Ours
are given the table as it is. OpenMP has one thread in every process.
"""

# By these the kinds of a blend were chosen; the others tell how much that flatters.
TUNED = ("attrition", "credit_data", "mlc_churn", "digits", "ames", "concrete", "diamonds")

LEGEND = """\
The mean is the geometric mean over tables of the geometric mean over splits; its interval (95 %) is
the bootstrap's over tables. Log loss is the geometric mean of the ratios of log losses, on tables
with classes. CPU seconds are those of all threads, in `fit`, for all tables once; the first fit of
a network compiles, and that is counted.
"""

OF_INTERVALS = f"""\
How often sets and intervals with `coverage={COVERED}` hold the truth, means over splits, and in
brackets how wide they are: the mean number of classes, or the median width in standard deviations
of the target. For the members that hold rows out.
"""

SHOWN = ("scikit-learn", "lightgbm", "catboost", "xgboost", "pytabkit", "torch")
# Mean and worst ratio that our contestants are to keep within.
GOALS = {
    "dnn": (1.00, 1.12),
    "wide_deep": (1.00, 1.12),
    "dnn_5": (0.97, None),
    "wide_deep_5": (0.97, None),
    "tabular_fast": (0.95, None),
    "tabular": (0.90, 1.05),
    "tabular_best": (0.88, None),
}
# Of the default blend: on tables that nothing was chosen on, and beside CatBoost.
BESIDE, PEER = "tabular", "catboost"
GOALS_BESIDE = {
    "mean of tables not tuned on": 0.92,
    "values, of CatBoost's error": 0.97,
    "classes, of CatBoost's error": 0.93,
    "log loss, of CatBoost's": 0.95,
    "Brier score, of CatBoost's": 0.97,
}


@dataclass
class Figures:
    """What a contestant has come to; `ratios` by table, one for each split."""

    ratios: dict[str, list[float]] = field(default_factory=dict)
    losses: dict[str, list[float]] = field(default_factory=dict)
    briers: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    covered: dict[str, tuple[float, float]] = field(default_factory=dict)

    def worst(self) -> tuple[float, str]:
        return max((float(gmean(values)), name) for name, values in self.ratios.items())


def render(
    known: dict[tuple, Result], failed: dict[tuple, str], names: list[str], seeds: Iterable[int],
    keys: dict[str, str | None], command: str, load_average: float, quick: bool,
    shown: Iterable[str] = CONTESTANTS,
) -> str:  # fmt: skip
    """Return the whole of QUALITY.md, or of a file that tells of some contestants alone."""
    seeds = list(seeds)
    shown = [name for name in CONTESTANTS if name == REFERENCE or name in shown]
    figures = {name: collect(name, known, names, seeds) for name in shown}
    parts = [
        HEAD.format(seeds=len(seeds), tuned=", ".join(TUNED)),
        f"Written by `{command}`; not edited by hand.\n",
        "A quick run on few rows: no figures to quote.\n" if quick else None,
        *machine_lines(
            "a process for each contestant", load_average, dict.fromkeys(PACKAGES[:5] + SHOWN)
        ),
        "",
        _by_table(figures, names),
        LEGEND,
        _summary(figures, names, len(seeds)),
        *_coverage(figures, names),
        _goals(figures, names, len(seeds), quick),
        _trouble(failed, keys, figures),
    ]
    return "\n".join(part for part in parts if part is not None)


def collect(name: str, known: dict[tuple, Result], names: list[str], seeds: list[int]) -> Figures:
    """Return a contestant's figures on the splits that it and the reference have."""
    figures = Figures()
    for item in names:
        cells = [(known.get((name, item, s)), known.get((REFERENCE, item, s))) for s in seeds]
        pairs = [(result, reference) for result, reference in cells if result and reference]
        if not pairs:
            continue
        figures.ratios[item] = [error_ratio(a.error, b.error) for a, b in pairs]
        figures.cpu[item] = [result.fit_cpu for result, _ in pairs]
        if all(result.coverage is not None for result, _ in pairs):
            own = [(result.coverage, result.width) for result, _ in pairs]
            figures.covered[item] = tuple(sum(values) / len(values) for values in zip(*own))
        if all(result.log_loss is not None for result, _ in pairs):
            figures.losses[item] = [a.log_loss / b.log_loss for a, b in pairs]
        if all(a.brier is not None and b.brier is not None for a, b in pairs):
            figures.briers[item] = [a.brier / b.brier for a, b in pairs]
    return figures


def _by_table(figures: dict[str, Figures], names: list[str]) -> str:
    shown = [name for name, own in figures.items() if name != REFERENCE and own.ratios]

    def cell(name: str, item: str) -> str:
        values = figures[name].ratios.get(item)
        return f"{gmean(values):.3f}" if values else "-"

    rows = [[item, *(cell(name, item) for name in shown)] for item in names]
    return table(["ratio", *(CONTESTANTS[name].title for name in shown)], rows)


def _title(name: str, own: Figures, names: list[str], splits: int) -> str:
    """Return how a contestant is called, with what was not measured of it."""
    title = CONTESTANTS[name].title
    if own.ratios and len(own.ratios) < len(names):
        title += f", {len(own.ratios)} of {len(names)} tables"
    fewest = min(map(len, own.ratios.values()), default=splits)
    return title if fewest == splits else f"{title}, {fewest} of {splits} splits"


def _summary(figures: dict[str, Figures], names: list[str], splits: int) -> str:
    head = ["", "mean", "interval", "wins", "worst table", "log loss", "CPU s"]
    rows = []
    for name, own in figures.items():
        title = _title(name, own, names, splits)
        if not own.ratios:
            rows.append([title, "not measured", *["-"] * 5])
            continue
        bounds = interval(own.ratios)
        wins = sum(gmean(values) < 1 for values in own.ratios.values())
        ratio, worst = own.worst()
        seconds = sum(sum(values) / len(values) for values in own.cpu.values())
        compared = name != REFERENCE
        rows.append(
            [
                title,
                f"{mean_ratio(own.ratios):.3f}",
                f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else "-",
                f"{wins} of {len(own.ratios)}" if compared else "-",
                f"{worst} {ratio:.3f}" if compared else "-",
                f"{mean_ratio(own.losses):.3f}" if own.losses else "-",
                f"{seconds:,.0f}",
            ]
        )
    return table(head, rows)


def _coverage(figures: dict[str, Figures], names: list[str]) -> list[str]:
    shown = [name for name, own in figures.items() if own.covered]

    def cell(name: str, item: str) -> str:
        covered = figures[name].covered.get(item)
        return "{:.3f} ({:.2f})".format(*covered) if covered else "-"

    rows = [[item, *(cell(name, item) for name in shown)] for item in names]
    titles = [CONTESTANTS[name].title for name in shown]
    return [OF_INTERVALS, table(["coverage", *titles], rows)] if shown else []


def _goals(figures: dict[str, Figures], names: list[str], splits: int, quick: bool) -> str:
    rows = []
    for name, (mean_goal, worst_goal) in GOALS.items():
        if name not in figures:
            continue
        own = figures[name]
        title = _title(name, own, names, splits)
        complete = len(own.ratios) == len(names)
        mean = mean_ratio(own.ratios) if complete else None
        rows.append([f"{title}: mean", *_judged(mean, mean_goal, quick)])
        if worst_goal:
            worst = own.worst()[0] if complete else None
            rows.append([f"{title}: worst table", *_judged(worst, worst_goal, quick)])
    if BESIDE in figures and PEER in figures:
        rows += _goals_beside(figures, names, quick)
    return table(["goal", "at most", "measured", "met"], rows)


def _goals_beside(figures: dict[str, Figures], names: list[str], quick: bool) -> list[list[str]]:
    own, peer = figures[BESIDE], figures[PEER]
    title = CONTESTANTS[BESIDE].title
    complete = all(len(each.ratios) == len(names) for each in (own, peer))
    of_classes = [name for name in names if name in own.losses]
    of_values = [name for name in names if name not in own.losses]

    def beside(what: str, chosen: list[str]) -> float:
        mine, theirs = (getattr(each, what) for each in (own, peer))
        return gmean([gmean(mine[name]) / gmean(theirs[name]) for name in chosen])

    if not complete or not of_classes or not of_values or len(own.briers) < len(of_classes):
        measured = [None] * len(GOALS_BESIDE)
    else:
        others = {name: own.ratios[name] for name in names if name not in TUNED}
        measured = [
            mean_ratio(others or own.ratios),
            beside("ratios", of_values),
            beside("ratios", of_classes),
            beside("losses", of_classes),
            beside("briers", of_classes),
        ]
    return [
        [f"{title}: {what}", *_judged(value, goal, quick)]
        for (what, goal), value in zip(GOALS_BESIDE.items(), measured, strict=True)
    ]


def _judged(measured: float | None, goal: float, quick: bool) -> list[str]:
    if measured is None:
        return [f"{goal:.2f}", "not measured", "-"]
    met = "-" if quick else "yes" if measured <= goal else "**no**"
    return [f"{goal:.2f}", f"{measured:.3f}", met]


def _trouble(
    failed: dict[tuple, str], keys: dict[str, str | None], figures: dict[str, Figures]
) -> str | None:
    lines = [f"- {name} {item}, seed {s}: {why}" for (name, item, s), why in failed.items()]
    lines += [
        f"- {CONTESTANTS[name].title}: {CONTESTANTS[name].package} is not installed."
        for name, key in keys.items()
        if key is None and name in figures and not figures[name].ratios
    ]
    return "\n".join(["What could not be measured:\n", *lines, ""]) if lines else None
