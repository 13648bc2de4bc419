"""Runs every measurement in a process of its own, contestants interleaved, and writes the table.

python -m benchmarks [--only NAME ...] [--repeats N] [--quick] [--resume]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.contestants import CONTESTANTS
from benchmarks.harness import report
from benchmarks.harness.results import Results
from benchmarks.harness.works import REPOSITORY, WORKS

HERE = Path(__file__).resolve().parent
OUTPUT = HERE / "output"


@dataclass(frozen=True)
class Plan:
    """Which works and contestants a measure is for, and how often it is worth repeating."""

    measure: str
    works: tuple[str, ...]
    contestants: tuple[str, ...]
    most_repeats: int = 99


PLANS = (
    Plan("fits", tuple(WORKS), tuple(CONTESTANTS)),
    Plan(
        "predict",
        ("boston", "mnist"),
        tuple(c for c in CONTESTANTS if c not in ("ours-cold", "floor")),
    ),
    # A search has 61 fits, and takes a peer minutes.
    Plan("search", ("churn",), ("ours", "ours-cold", "scikeras", "skorch-1", "sklearn"), 1),
    Plan("search-2", ("churn",), ("ours", "ours-cold", "scikeras", "skorch-1", "sklearn"), 1),
    Plan("memory", ("boston",), ("ours", "keras", "scikeras", "skorch-1", "sklearn"), 1),
)


@dataclass(frozen=True)
class Job:
    """One process to run."""

    measure: str
    work: str
    contestant: str
    repeat: int

    @property
    def name(self) -> str:
        return f"{self.measure}-{self.work}-{self.contestant}-{self.repeat}"


def jobs(only: list[str], repeats: int) -> Iterator[Job]:
    """Every job of the plans; each repeat starts with the next contestant."""

    def wanted(names, candidate):
        chosen = [name for name in only if name in names]
        return not chosen or candidate in chosen

    measures = [plan.measure for plan in PLANS]
    for repeat in range(repeats):
        for plan in PLANS:
            if repeat >= plan.most_repeats or not wanted(measures, plan.measure):
                continue
            first = repeat % len(plan.contestants)
            order = plan.contestants[first:] + plan.contestants[:first]
            for work in filter(lambda name: wanted(WORKS, name), plan.works):
                for contestant in filter(lambda name: wanted(CONTESTANTS, name), order):
                    yield Job(plan.measure, work, contestant, repeat)


def run(job: Job, path: Path, quick: bool) -> dict:
    """The figures of one process, left in `path`, or what kept it from having any."""
    missing = CONTESTANTS[job.contestant].missing()
    if missing:
        return {"missing": missing}
    command = [
        sys.executable,
        "-m",
        "benchmarks.harness.measure",
        job.contestant,
        job.work,
        job.measure,
    ]
    command += [str(job.repeat), str(path)] + ["--quick"] * quick
    # Set before the interpreter starts: a thread pool reads its size once.
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= CONTESTANTS[job.contestant].environment
    process = subprocess.run(
        command, cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True, check=False
    )
    if process.returncode:
        sys.stderr.write(process.stderr)
        return {"failed": (process.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(path.read_text())


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [*CONTESTANTS, *WORKS, *(plan.measure for plan in PLANS)]
    parser.add_argument(
        "--only", nargs="+", default=[], choices=names, metavar="NAME",
        help=f"contestants, works and measures to run, of {', '.join(names)}",
    )  # fmt: skip
    parser.add_argument("--repeats", type=int, default=3, help="processes of each kind (default 3)")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the epochs, few rows, one repeat"
    )
    parser.add_argument("--resume", action="store_true", help="keep figures of an earlier run")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    repeats = 1 if arguments.quick else arguments.repeats
    folder = OUTPUT / ("quick" if arguments.quick else "full") / "speed"
    if not arguments.resume:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(quick=arguments.quick, repeats=repeats)
    todo = list(jobs(arguments.only, repeats))
    started = time.perf_counter()
    for job in dict.fromkeys(replace(job, repeat=repeats) for job in todo):
        if CONTESTANTS[job.contestant].goes_ahead:
            run(job, folder / "ahead.json", arguments.quick)
    for number, job in enumerate(todo, 1):
        path = folder / f"{job.name}.json"
        figures = json.loads(path.read_text()) if path.exists() else {}
        if not figures:
            figures = run(job, path, arguments.quick)
        results.add(job.measure, job.work, job.contestant, figures)
        minutes = (time.perf_counter() - started) / 60
        print(f"[{number}/{len(todo)}, {minutes:.1f} min] {job.name}", flush=True)

    partial = arguments.quick or arguments.only
    path = folder / "RESULTS.md" if partial else HERE / "RESULTS.md"
    text = report.render(results)
    path.write_text(text)
    print(f"\n{text}\nwritten to {path}")
    return 1 if results.disagreements() and not arguments.quick else 0


if __name__ == "__main__":
    sys.exit(main())
