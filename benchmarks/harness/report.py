"""RESULTS.md: the tables, the machine they were measured on, and the goals."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from benchmarks.contestants import CONTESTANTS
from benchmarks.harness.markdown import duration, machine_lines, table
from benchmarks.harness.measure import GRID, MEMORY_SECONDS
from benchmarks.harness.results import GOALS, Results
from benchmarks.harness.works import WORKS

HEAD = """\
# Benchmarks

Written by `python -m benchmarks`; not edited by hand. Same network, optimizer (Adam, 0.001), batch
size and epochs for every contestant, on the same standardised float32 columns. Every measurement
has a process of its own, contestants take turns, and the figures are medians. Importing and
reading data are not counted. Ours find their compiled programs on disk, of a process that went
ahead, but for "no programs on disk". `(3.0×)` means three times as fast as Keras.
"""


def render(results: Results) -> str:
    """The whole of RESULTS.md."""
    parts = [
        HEAD,
        "A quick run, on a tenth of the epochs and at most 5,000 rows: no figures to quote.\n"
        * results.quick,
        _machine(results),
        _goals(results),
        _section("First fit of a process", _fits(results, "first"), "fits", results),
        _section("Later fits, other seeds", _fits(results, "later"), "fits", results),
        _section("`predict`", _predictions(results), "predict", results),
        _section(_search_title(results, 1), _search(results, "search"), "search", results),
        _section(_search_title(results, 2), _search(results, "search-2"), "search-2", results),
        _section("Resident memory over many fits", _memory(results), "memory", results),
        _section("Test scores, mean ± deviation over seeds", _scores(results), "fits", results),
    ]
    return "\n".join(part for part in parts if part)


def _machine(results: Results) -> str:
    lines = machine_lines(
        f"{results.repeats} processes a figure, one for searches and memory", results.load_average
    )
    return "\n".join([*lines, f"- Tables: {', '.join(results.sources())}", ""])


def _goals(results: Results) -> str:
    rows = []
    for goal in GOALS:
        outcome = goal.check(results)
        measured, met = outcome if outcome else ("not measured", None)
        met = None if results.quick else met
        rows.append([goal.words, measured, {True: "yes", False: "**no**", None: "-"}[met]])
    return "## Goals\n\n" + table(["goal", "measured", "met"], rows)


def _section(
    title: str, columns: dict[str, Callable[[str], str | None]], measure: str, results: Results
) -> str:
    """A table with a line for every contestant that took part in the measure."""
    taking_part = [c for c in CONTESTANTS if any((measure, w, c) in results.figures for w in WORKS)]
    if not taking_part:
        return ""
    rows = [
        [CONTESTANTS[name].title, *(cell(name) for cell in columns.values())]
        for name in taking_part
    ]
    return f"## {title}\n\n" + table(["", *columns], rows)


def _fits(results: Results, name: str):
    return {work.title: _timed(results, "fits", work.name, name) for work in WORKS.values()}


def _predictions(results: Results):
    return {
        f"{rows}, {features} columns": _timed(results, "predict", work, name)
        for work, features in (("boston", 13), ("mnist", 784))
        for rows, name in (("one row", "one_row"), ("60,000 rows", "many_rows"))
    }


def _timed(results: Results, measure: str, work: str, name: str):
    def cell(contestant: str) -> str:
        seconds = results.median(measure, work, contestant, name)
        if seconds is None:
            return results.trouble(measure, work, contestant) or "-"
        ratio = results.ratio(measure, work, contestant, name)
        return duration(seconds) + (f" ({ratio:.1f}×)" if ratio else "")

    return cell


def _search_title(results: Results, n_jobs: int) -> str:
    candidates = 1 if results.quick else len(GRID["hidden_units"]) * len(GRID["learning_rate"])
    folds = 2 if results.quick else 5
    return (
        f"`GridSearchCV` on the churn table, {candidates} candidates × {folds} folds and the refit,"
        f" `n_jobs={n_jobs}`" + ", ours by threads and the others by processes" * (n_jobs > 1)
    )


def _search(results: Results, measure: str):
    def seconds(contestant: str) -> str:
        value = results.median(measure, "churn", contestant, "seconds")
        if value is None:
            return results.trouble(measure, "churn", contestant) or "-"
        return duration(value)

    def ratio(contestant: str) -> str:
        value = results.ratio(measure, "churn", contestant, "seconds", to="scikeras")
        return f"{value:.1f}×" if value else "-"

    def best(contestant: str) -> str:
        value = results.median(measure, "churn", contestant, "scores")
        return f"{value:.4f}" if value else "-"

    return {"time": seconds, "times as fast as scikeras": ratio, "best mean accuracy": best}


def _memory(results: Results):
    def at(which: Callable) -> Callable[[str], str]:
        def cell(contestant: str) -> str:
            resident = results.resident(contestant)
            if not resident:
                return results.trouble("memory", "boston", contestant) or "-"
            number = which(resident)
            return f"{resident[number]:.0f} MB after fit {number}"

        return cell

    def growth(contestant: str) -> str:
        resident = results.resident(contestant)
        if len(resident) < 2:
            return "-"
        first, last = min(resident), max(resident)
        return f"{(resident[last] - resident[first]) / (last - first):.3f} MB"

    last = f"last (at most {MEMORY_SECONDS:.0f} s)"
    return {"first": at(min), last: at(max), "growth a fit": growth}


def _scores(results: Results):
    def of(work: str) -> Callable[[str], str]:
        def cell(contestant: str) -> str:
            scores = results.all("fits", work, contestant, "scores")
            if not scores:
                return results.trouble("fits", work, contestant) or "-"
            deviation = statistics.stdev(scores) if len(scores) > 1 else 0.0
            verdict = results.disagreement(work, contestant) or "agrees"
            return f"{statistics.fmean(scores):.4f} ± {deviation:.4f}, {verdict}"

        return cell

    return {f"{work.name}, {work.score_name}": of(work.name) for work in WORKS.values()}
