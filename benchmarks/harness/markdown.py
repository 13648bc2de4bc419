"""What every file of results holds: tables, durations, the machine and its packages."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "tensorflow", "tensorflow-cpu", "keras", "scikit-learn", "numpy", "scikeras", "skorch", "torch"
)  # fmt: skip


def machine_lines(
    processes: str, load_average: float, packages: Iterable[str] = PACKAGES
) -> list[str]:
    """Return the day, the machine and the versions, a line each."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"{name} {_version(name)}" for name in packages if _version(name)]
    return [
        f"- {datetime.date.today()}, {processes}",
        f"- {_processor()}, {cores} cores, {platform.system()} {platform.machine()},"
        f" load {load_average:.1f} before the start",
        f"- Python {platform.python_version()}, {', '.join(versions)}",
    ]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown processor"


def duration(seconds: float) -> str:
    """Return seconds, or milliseconds where they are few."""
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{1e3 * seconds:.2f} ms"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
