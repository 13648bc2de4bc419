"""What every example does: read its options, save its plots, print its result."""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib
import numpy as np

from estimators.datasets import load_mnist

matplotlib.use("Agg")

OUTPUT = Path(__file__).parent / "output"


def read_options(description: str) -> argparse.Namespace:
    """Read the command line: ``--quick`` for a run of seconds, ``--seed`` for another draw."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a run of seconds on less data")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


Images = tuple[np.ndarray, np.ndarray]


def read_digits(options: argparse.Namespace) -> tuple[Images, Images, int]:
    """Return images and labels to train with and to test with, and the number of epochs."""
    (images, labels), test = load_mnist()
    if options.quick:
        few = (images[:1_000], labels[:1_000])
        return few, tuple(array[:1_000] for array in test), 2
    return (images, labels), test, 10


def save_plot(figure: matplotlib.figure.Figure, name: str) -> None:
    """Write a figure to ``examples/output`` and say where."""
    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / f"{name}.png"
    figure.savefig(path, dpi=120)
    print(f"plot: {path.relative_to(OUTPUT.parents[1])}")


def print_result(metric: str, value: float, document: float | None = None) -> None:
    """Print the example's last line: its figure beside the document's."""
    beside = "-" if document is None else f"{document:g}"
    print(f"result: {metric}={value:.4f} document={beside}")
