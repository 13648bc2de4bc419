"""Measures what is missing, a process for each contestant, and writes the table.

python -m benchmarks.quality [--only NAME ...] [--tables NAME ...] [--seeds N] [--folder FOLDER]
[--jobs N] [--any-version NAME ...] [--file NAME] [--quick]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from benchmarks.quality import results, tables
from benchmarks.quality.contestants import CONTESTANTS, REPOSITORY
from benchmarks.quality.report import render

HERE = Path(__file__).resolve().parents[1]
OUTPUT = HERE / "output"
QUALITY = "QUALITY.md"
# OpenMP's threads spin while they wait: on a busy machine that is most of the CPU seconds.
ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}
QUICK_ROWS, QUICK_TABLES = 400, ("attrition", "hpc_data", "boston")


def main() -> int:
    options = parse_arguments()
    load_average = os.getloadavg()[0]
    chosen = options.tables or tables.names(options.folder)
    if options.quick and not options.tables and options.folder is None:
        chosen = list(QUICK_TABLES)
    seeds = range(1 if options.quick else options.seeds)
    path = results_path(options)
    keys = {name: contestant.key() for name, contestant in CONTESTANTS.items()}
    known = results.read(path, keys, options.any_version)

    def missing(name: str) -> list[tuple[str, int]]:
        cells = [(table, seed) for table in chosen for seed in seeds]
        return [cell for cell in cells if keys[name] and (name, *cell) not in known]

    todo = {name: missing(name) for name in options.only or CONTESTANTS}
    failed = {}
    with tqdm(total=sum(map(len, todo.values())), unit="fit") as bar:

        def take_part(name: str) -> None:
            bar.set_description(name)
            for result in fits(name, todo[name], options):
                if result.failed:
                    failed[result.cell] = result.failed
                    bar.write(f"{' '.join(map(str, result.cell))} failed: {result.failed}")
                else:
                    known[result.cell] = result
                    results.append(path, result)
                bar.update()

        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(take_part, [name for name, cells in todo.items() if cells]))

    shown = CONTESTANTS if options.file == QUALITY else options.only
    text = render(
        known, failed, chosen, seeds, keys, command(options), load_average, options.quick, shown
    )
    # Only the whole of it replaces the figures that are published.
    whole = not (options.quick or options.tables or options.folder) and options.seeds >= 3
    written = (HERE if whole else path.parent) / options.file
    written.write_text(text)
    print(f"\n{text}\nwritten to {written}")
    return 1 if failed else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", default=[], choices=CONTESTANTS, metavar="NAME",
        help=f"contestants to measure, of {', '.join(CONTESTANTS)}; the table shows all known ones",
    )  # fmt: skip
    parser.add_argument("--tables", nargs="+", default=[], metavar="NAME", help="of these tables")
    parser.add_argument("--seeds", type=int, default=3, help="splits of each table (default 3)")
    parser.add_argument(
        "--folder", type=Path, help="other tables: NAME.parquet, the target in a column 'target'"
    )
    parser.add_argument("--jobs", type=int, default=1, help="contestants at a time (default 1)")
    parser.add_argument(
        "--any-version", nargs="+", default=[], choices=CONTESTANTS, metavar="NAME",
        help="contestants that keep the figures of other versions of them",
    )  # fmt: skip
    parser.add_argument(
        "--file", default=QUALITY, metavar="NAME",
        help=f"name of the table, of all contestants (default {QUALITY}) or else of --only these",
    )  # fmt: skip
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_ROWS} rows of {len(QUICK_TABLES)} tables"
    )
    options = parser.parse_args()
    if options.folder is not None and not options.folder.is_dir():
        parser.error(f"--folder: there is no folder {options.folder}")
    if options.file != QUALITY and not options.only:
        parser.error(f"--file {options.file} is for some contestants; name them by --only")
    unknown = set(options.tables) - set(tables.names(options.folder))
    if unknown:
        known = ", ".join(tables.names(options.folder))
        parser.error(f"--tables: no table {', '.join(sorted(unknown))}; there are {known}")
    return options


def results_path(options: argparse.Namespace) -> Path:
    """Return the file of results: one for quick runs, one for each folder of tables."""
    folder = OUTPUT / ("quick" if options.quick else "full") / "quality"
    if options.folder is not None:
        folder /= options.folder.resolve().name
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "results.jsonl"


def command(options: argparse.Namespace) -> str:
    """Return the command as it is quoted in the file."""
    parts = ["python -m benchmarks.quality", f"--seeds {options.seeds}"]
    if options.file != QUALITY:
        parts += [f"--only {' '.join(options.only)}", f"--file {options.file}"]
    parts += ["--folder FOLDER"] * bool(options.folder) + ["--quick"] * options.quick
    return " ".join(parts)


def fits(
    name: str, cells: list[tuple[str, int]], options: argparse.Namespace
) -> Iterator[results.Result]:
    """Yield what one process measures, as it comes; then, for each cell left, what it died of."""
    rows = QUICK_ROWS if options.quick else tables.MOST_ROWS
    folder = str(options.folder.resolve()) if options.folder else "-"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "benchmarks.quality.measure", name, folder, str(rows),
            *(f"{table}:{seed}" for table, seed in cells),
        ],
        cwd=REPOSITORY, env=ENVIRONMENT | os.environ,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    left = list(cells)
    with process, contextlib.ExitStack() as stack:
        stack.callback(process.kill)  # where the run is interrupted; an ended one does not mind
        for line in process.stdout:
            if line.startswith('{"contestant"'):
                result = results.Result(**json.loads(line))
                left.remove((result.table, result.seed))
                yield result
        process.wait()
    for table, seed in left:
        reason = f"the process ended with {process.returncode}"
        yield results.Result(name, table, seed, "", failed=reason)


if __name__ == "__main__":
    sys.exit(main())
