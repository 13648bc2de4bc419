"""What members cost: five of them against one network, in turns, in one process.

``python -m benchmarks.members`` writes MEMBERS.md beside itself, with `--quick` under
`benchmarks/output/quick`. The first fits, which compile, are counted apart.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import joblib

from benchmarks.harness.markdown import duration, machine_lines, table
from benchmarks.harness.works import load_boston, load_churn
from estimators import DNNClassifier, DNNRegressor

HERE = Path(__file__).resolve().parent
MEMBERS = 5
MOST_TIMES_ONE = 3.2
MOST_SECONDS_ON_404_ROWS = 0.5
KINDS = {
    "one": {},
    "five": {"members": MEMBERS},
    "five, one thread": {"members": MEMBERS, "n_jobs": 1},
}

HOW = f"""\
Default estimators, which stop by themselves; {MEMBERS} members are folds, each stopped by its own.
Every seed is fitted by all kinds in turn. `(2.1×)` is how many times as long as one network.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.members")
    parser.add_argument("--repeats", type=int, default=9, help="fits of each kind (default 9)")
    parser.add_argument("--quick", action="store_true", help="two fits of each kind")
    options = parser.parse_args()
    load_average = os.getloadavg()[0]
    rows, found = [], {}
    for title, load, kind in (
        ("Boston Housing, 404 rows", load_boston, DNNRegressor),
        ("Telco churn, 7,043 rows", load_churn, DNNClassifier),
    ):
        data = load()
        times = timed(kind, data.X, data.y, 2 if options.quick else options.repeats)
        medians = {name: statistics.median(later) for name, (_, later) in times.items()}
        found[title] = medians
        for name, (first, _) in times.items():
            ratio = f"{medians[name] / medians['one']:.1f}×"
            rows.append([title, name, duration(first), f"{duration(medians[name])} ({ratio})"])
    folder = HERE / "output" / "quick" if options.quick else HERE
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "MEMBERS.md"
    path.write_text(render(rows, found, options, load_average))
    print(f"{path.read_text()}\nwritten to {path}")


def timed(
    kind: Callable, X: object, y: object, repeats: int
) -> dict[str, tuple[float, list[float]]]:
    """Return seconds of the first fit of each kind, and of the later ones."""
    seconds: dict[str, list[float]] = {name: [] for name in KINDS}
    for seed in range(repeats + 1):
        for name, parameters in KINDS.items():
            started = time.perf_counter()
            kind(random_state=seed, **parameters).fit(X, y)
            seconds[name].append(time.perf_counter() - started)
    return {name: (first, later) for name, (first, *later) in seconds.items()}


def render(rows: list, found: dict, options: argparse.Namespace, load_average: float) -> str:
    """The whole of the file."""
    ratios = [medians["five"] / medians["one"] for medians in found.values()]
    small = next(iter(found.values()))["five"]
    goals = [
        [f"five members cost at most {MOST_TIMES_ONE} times one network on two cores",
         ", ".join(f"{ratio:.1f}×" for ratio in ratios), _met(max(ratios) <= MOST_TIMES_ONE)],
        [f"five members on 404 rows take at most {MOST_SECONDS_ON_404_ROWS} s, warm",
         duration(small), _met(small <= MOST_SECONDS_ON_404_ROWS)],
    ]  # fmt: skip
    command = "--quick" if options.quick else f"--repeats {options.repeats}"
    lines = machine_lines(f"threads for members: {joblib.effective_n_jobs(-1)}", load_average)
    return "\n".join(
        [
            "# What members cost\n",
            f"Written by `python -m benchmarks.members {command}`; not edited by hand.\n{HOW}",
            *lines,
            "",
            table(["table", "networks", "first fit", "later fits"], rows),
            table(["goal", "measured", "met"], goals),
        ]
    )


def _met(is_met: bool) -> str:
    return "yes" if is_met else "no"


if __name__ == "__main__":
    main()
