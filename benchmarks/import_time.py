"""How long an import takes: new processes, in turns, medians; another checkout beside this one.

python -m benchmarks.import_time [--repeats N] [--quick] [--against FOLDER]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.markdown import duration, machine_lines, table

HERE = Path(__file__).resolve().parent
THIS = HERE.parent

HEAD = """\
# Imports

Seconds from the start of a process to its end, the interpreter's own included: the median of
processes that take turns, after one each that is not counted. They start in an empty folder, each
with its checkout first on the path.
"""


@dataclass(frozen=True)
class Entry:
    """A line of the table: a statement, or the arguments of the command ``keras-estimators``."""

    code: str = ""
    arguments: tuple[str, ...] | None = None
    is_ours: bool = True  # what is not is measured once for all checkouts

    @property
    def title(self) -> str:
        if self.arguments is None:
            return f"`{self.code}`" if self.code else "`python -c ''`"
        return f"`keras-estimators {' '.join(self.arguments)}`"

    def command(self, checkout: Path) -> list[str]:
        """Return the command of a process."""
        if self.arguments is None:
            return [sys.executable, "-c", self.code]
        module, _, function = _script(checkout).partition(":")
        code = f"import sys; sys.argv[0] = 'keras-estimators'; from {module} import {function}; "
        return [sys.executable, "-c", f"{code}sys.exit({function}())", *self.arguments]


def _script(checkout: Path) -> str:
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["scripts"]["keras-estimators"]


ENTRIES = (
    Entry("", is_ours=False),
    Entry("import sklearn, pandas", is_ours=False),
    Entry("from sklearn.neural_network import MLPClassifier", is_ours=False),
    Entry("import feature_specs"),
    Entry("from feature_specs import FeatureSpec"),
    Entry("import estimators"),
    Entry("from estimators import DNNClassifier"),
    Entry("import keras", is_ours=False),
    Entry(arguments=("--help",)),
    Entry(arguments=("runs", "ls")),
)

Measured = dict[tuple[Path, Entry], list[float]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_time")
    parser.add_argument("--repeats", type=int, default=9, help="processes of each (default 9)")
    parser.add_argument("--quick", action="store_true", help="three processes of each")
    parser.add_argument(
        "--against", type=Path, metavar="FOLDER", help="a checkout to measure beside this one"
    )
    options = parser.parse_args()
    repeats = 3 if options.quick else options.repeats
    checkouts = {"this checkout": THIS}
    if options.against:
        checkouts["the other"] = options.against.resolve()

    about = [
        *machine_lines(f"processes for each line: {repeats}", os.getloadavg()[0]),
        *(f"- {name}: {_commit(checkout)}" for name, checkout in checkouts.items()),
    ]
    measured: Measured = {pair: [] for pair in _pairs(checkouts)}
    with tempfile.TemporaryDirectory() as folder:
        for checkout in checkouts.values():
            check_is_imported(checkout, folder)
        for repeat in range(-1, repeats):
            for checkout, entry in _in_turn(list(measured), repeat):
                seconds = run(checkout, entry, folder)
                if repeat >= 0:
                    measured[checkout, entry].append(seconds)
            print(f"[{repeat + 1}/{repeats}]", flush=True)

    text = render(checkouts, measured, about, options)
    path = HERE / ("output/quick" if options.quick else "") / "IMPORT_TIME.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"\n{text}\nwritten to {path}")
    return 0


def _pairs(checkouts: dict[str, Path]) -> Iterator[tuple[Path, Entry]]:
    for entry in ENTRIES:
        for checkout in checkouts.values() if entry.is_ours else [THIS]:
            yield checkout, entry


def _in_turn(pairs: list[tuple[Path, Entry]], repeat: int) -> list[tuple[Path, Entry]]:
    """Return all of them, each time with another first."""
    first = repeat % len(pairs)
    return pairs[first:] + pairs[:first]


def check_is_imported(checkout: Path, folder: str) -> None:
    """Raise ValueError unless a process imports the packages of that checkout."""
    code = "import estimators, feature_specs; print(estimators.__file__, feature_specs.__file__)"
    process = _start([sys.executable, "-c", code], checkout, folder)
    found = [Path(path).resolve() for path in process.stdout.split()]
    if not found or not all(path.is_relative_to(checkout) for path in found):
        raise ValueError(f"{checkout} is no checkout of this project: {process.stderr or found}")


def run(checkout: Path, entry: Entry, folder: str) -> float:
    """Return the seconds of one process."""
    command = entry.command(checkout)
    began = time.perf_counter()
    process = _start(command, checkout, folder)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{entry.title} of {checkout} failed: {process.stderr}")
    return seconds


def _start(command: list[str], checkout: Path, folder: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(checkout)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def render(
    checkouts: dict[str, Path], measured: Measured, about: list[str], options: argparse.Namespace
) -> str:
    """The whole of IMPORT_TIME.md."""
    rows = []
    for entry in ENTRIES:
        times = [
            measured.get((checkout, entry), measured[THIS, entry])
            for checkout in checkouts.values()
        ]
        medians = list(map(statistics.median, times))
        cells = [
            f"{duration(median)} ({duration(min(all_of))} to {duration(max(all_of))})"
            for median, all_of in zip(medians, times)
        ]
        if len(checkouts) > 1:
            cells[1:] = (
                [cells[1], f"{medians[1] / medians[0]:.1f}×"] if entry.is_ours else ["-"] * 2
            )
        rows.append([entry.title, *cells])
    columns = [*checkouts, *["times as fast as the other"] * (len(checkouts) > 1)]
    return "\n".join(
        [
            HEAD,
            f"Written by `{_call(options)}`; not edited by hand.\n",
            *["Few processes: no figures to quote.\n"] * options.quick,
            *about,
            "",
            table(["", *columns], rows),
        ]
    )


def _call(options: argparse.Namespace) -> str:
    how = "--quick" if options.quick else f"--repeats {options.repeats}"
    return f"python -m benchmarks.import_time {how}" + " --against FOLDER" * bool(options.against)


def _commit(checkout: Path) -> str:
    """Return the commit of a checkout, and whether its files are those of the commit."""
    git = ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--exclude=*"]
    process = subprocess.run(git, capture_output=True, text=True, check=False)
    return process.stdout.strip() or "no commit"


if __name__ == "__main__":
    sys.exit(main())
