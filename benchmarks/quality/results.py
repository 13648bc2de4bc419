"""The file that a run goes on with: a JSON line for every contestant, table and seed measured."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What one fit gave, and the version of what was fitted."""

    contestant: str
    table: str
    seed: int
    key: str
    error: float | None = None
    log_loss: float | None = None
    fit_cpu: float | None = None
    fit_wall: float | None = None
    predict_cpu: float | None = None
    failed: str | None = None
    brier: float | None = None
    coverage: float | None = None
    width: float | None = None

    @property
    def cell(self) -> tuple[str, str, int]:
        return self.contestant, self.table, self.seed


def append(path: Path, result: Result) -> None:
    """Add a line; a run that is killed loses the fit in progress and no other."""
    with path.open("a") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def read(path: Path, keys: dict[str, str], any_key: Iterable[str] = ()) -> dict[tuple, Result]:
    """Return the latest result of every cell, of the present versions alone.

    Contestants in `any_key` keep what other versions of them have left. A fit that failed is
    tried again.
    """
    results = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            result = Result(**json.loads(line))
        except ValueError:  # the line that a killed run was writing
            continue
        present = result.key == keys.get(result.contestant) or result.contestant in any_key
        if present and not result.failed:
            results[result.cell] = result
    return results
