"""The figures of all processes, and what may be concluded from them: medians, ratios, agreement."""

from __future__ import annotations

import math
import os
import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.harness.works import WORKS

REFERENCE = "keras"


@dataclass
class Results:
    """Figures by measure, work and contestant, one dict for each process."""

    quick: bool
    repeats: int
    load_average: float = field(default_factory=lambda: os.getloadavg()[0])
    figures: dict[tuple[str, str, str], list[dict]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, measure: str, work: str, contestant: str, figures: dict) -> None:
        self.figures[measure, work, contestant].append(figures)

    def all(self, measure: str, work: str, contestant: str, name: str) -> list[float]:
        """Every value called `name`; lists of values are joined."""
        found = [f[name] for f in self.figures.get((measure, work, contestant), []) if name in f]
        return [v for value in found for v in (value if isinstance(value, list) else [value])]

    def median(self, measure: str, work: str, contestant: str, name: str) -> float | None:
        values = self.all(measure, work, contestant, name)
        return statistics.median(values) if values else None

    def ratio(
        self, measure: str, work: str, contestant: str, name: str, to: str = REFERENCE
    ) -> float | None:
        """How many times as fast as `to`."""
        ours, theirs = (self.median(measure, work, c, name) for c in (contestant, to))
        return theirs / ours if ours and theirs else None

    def trouble(self, measure: str, work: str, contestant: str) -> str | None:
        """Why there are no figures, if a process says why."""
        for figures in self.figures.get((measure, work, contestant), []):
            if "missing" in figures:
                return f"missing: {', '.join(figures['missing'])}"
            if "failed" in figures:
                return "failed"
        return None

    def resident(self, contestant: str) -> dict[int, float]:
        """Resident MB by number of fits."""
        for figures in self.figures.get(("memory", "boston", contestant), []):
            if "resident" in figures:
                return {int(number): mb for number, mb in figures["resident"].items()}
        return {}

    def sources(self) -> list[str]:
        return sorted(
            {f["source"] for many in self.figures.values() for f in many if "source" in f}
        )

    def disagreement(self, work: str, contestant: str) -> str | None:
        """Says by how much the test score is off, when noise does not explain it.

        Noise is the tolerance of the work or three standard errors of the difference of the
        means, whichever is more. Only a score that is off is told, better or worse.
        """
        scores, reference = (self.all("fits", work, c, "scores") for c in (contestant, REFERENCE))
        if not scores or not reference:
            return None
        error = math.hypot(*(_standard_error(values) for values in (scores, reference)))
        difference = statistics.fmean(scores) - statistics.fmean(reference)
        allowed = max(WORKS[work].tolerance, 3 * error)
        if abs(difference) <= allowed:
            return None
        return f"differs by {difference:+.4f}, noise is {allowed:.4f}"

    def disagreements(self) -> list[str]:
        found = []
        for measure, work, contestant in self.figures:
            if measure == "fits" and (text := self.disagreement(work, contestant)):
                found.append(f"{contestant} on {work} {text}")
        return found


def _standard_error(values: list[float]) -> float:
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0


@dataclass(frozen=True)
class Goal:
    """Something promised: in words, and how to look it up (measured, met or None if not run)."""

    words: str
    check: Callable[[Results], tuple[str, bool] | None]


def _ratios(results: Results, name: str, ours: str = "ours") -> list[float] | None:
    ratios = [results.ratio("fits", work, ours, name) for work in WORKS]
    return None if None in ratios else ratios


def _first_fit(results):
    ratios = _ratios(results, "first")
    return ratios and (_times(ratios), all(r >= g for r, g in zip(ratios, (4, 4, 6))))


def _cold_fit(results):
    ratios = _ratios(results, "first", "ours-cold")
    if ratios:
        met = min(ratios) >= 1 and sum(ratio >= 2 for ratio in ratios) >= 2
        return _times(ratios), met
    return None


def _later_fits(results):
    ratios = _ratios(results, "later")
    return ratios and (_times(ratios), all(r >= g for r, g in zip(ratios, (20, 5, 5))))


def _faster_than_peers(results):
    margins = []
    for work in WORKS:
        peers = [
            results.ratio("fits", work, "ours", "later", to=contestant)
            for measure, of, contestant in results.figures
            if measure == "fits" and of == work and contestant not in ("ours", "ours-cold", "floor")
        ]
        margins += [min(filter(None, peers), default=None)]
    return None if None in margins else (_times(margins), min(margins) > 1)


def _beside_the_floor(results):
    ratios = [results.ratio("fits", work, "ours", "later", to="floor") for work in WORKS]
    if None in ratios:
        return None
    return ", ".join(f"{1 / ratio:.2f}" for ratio in ratios), ratios[-1] >= 1 / 1.1


def _search(results):
    ratio = results.ratio("search", "churn", "ours", "seconds", to="scikeras")
    return ratio and (_times([ratio]), ratio >= 8)


def _search_in_two(results):
    """Ours with two jobs beside each peer's better number of jobs."""
    ours = results.median("search-2", "churn", "ours", "seconds")
    best = {
        peer: min(filter(None, _searches(results, peer)), default=None)
        for peer in ("scikeras", "skorch-1", "sklearn")
    }
    if ours is None or None in best.values():
        return None
    ratios = {peer: seconds / ours for peer, seconds in best.items()}
    words = ", ".join(f"{peer} {ratio:.1f}×" for peer, ratio in ratios.items())
    return words, ratios["scikeras"] >= 15 and min(ratios.values()) > 1


def _searches(results, contestant):
    measures = ("search", "search-2")
    return [results.median(measure, "churn", contestant, "seconds") for measure in measures]


def _same_scores(results):
    one, two = (
        results.all(measure, "churn", "ours", "means") for measure in ("search", "search-2")
    )
    count = min(len(one), len(two))
    return (f"{count} searches", one[:count] == two[:count]) if count else None


def _one_row(results):
    seconds = [results.median("predict", work, "ours", "one_row") for work in ("boston", "mnist")]
    if None in seconds:
        return None
    return ", ".join(f"{1e3 * s:.2f} ms" for s in seconds), max(seconds) < 2e-3


def _many_rows(results):
    ratios = [results.ratio("predict", work, "ours", "many_rows") for work in ("boston", "mnist")]
    return None if None in ratios else (_times(ratios), min(ratios) > 1)


def _memory(results):
    resident = results.resident("ours")
    if not resident:
        return None
    growth = resident[max(resident)] - resident[min(resident)]
    words = f"{growth:+.1f} MB from fit {min(resident)} to fit {max(resident)}"
    return words, growth <= 50 and max(resident) >= 500


def _agree(results):
    if not any(measure == "fits" for measure, *_ in results.figures):
        return None
    found = results.disagreements()
    return "; ".join(found) or "all within noise", not found


def _times(ratios):
    return ", ".join(f"{ratio:.1f}×" for ratio in ratios)


GOALS = (
    Goal("first fit, programs on disk: 4, 4 and 6 times as fast as `Model.fit`", _first_fit),
    Goal("first fit without: never slower than `Model.fit`, twice as fast on two", _cold_fit),
    Goal("later fits: 20, 5 and 5 times as fast as `Model.fit`", _later_fits),
    Goal("later fits: faster than the fastest peer on every work", _faster_than_peers),
    Goal("later fits take 1.1 times a loop by hand on the largest", _beside_the_floor),
    Goal("`GridSearchCV`: 8 times as fast as scikeras", _search),
    Goal("with two jobs: 15 times scikeras at its best, ahead of the others", _search_in_two),
    Goal("with two jobs: the scores of one, to the last bit", _same_scores),
    Goal("`predict` of one row: under 2 ms", _one_row),
    Goal("`predict` of 60,000 rows: faster than `Model.predict`", _many_rows),
    Goal("500 fits in one process: within 50 MB of fit 50", _memory),
    Goal("test scores of all contestants agree within noise", _agree),
)
