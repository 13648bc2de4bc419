"""The contestants, one module each; a module is imported only in the process that measures it.

A contestant module offers

- ``fit(work, table, seed)``: a fitted model, built from nothing;
- ``predict(model, X)``: the library's own prediction, which is what is timed;
- ``values(model, X)``: the same as labels or values, for the test score;
- ``estimator(work, table, seed)`` and ``SEARCH``, where there is such a thing: an unfitted
  estimator for ``GridSearchCV``, and its names for ``hidden_units`` and ``learning_rate``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True)
class Contestant:
    """A line of the table: its module, what that needs, and the settings of its processes."""

    name: str
    title: str
    module: str
    requires: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    # Whether a process that is not counted goes ahead of the others and leaves what they find.
    goes_ahead: bool = False

    def missing(self) -> list[str]:
        """The required packages that are not installed."""
        return [package for package in self.requires if find_spec(package) is None]

    def load(self) -> ModuleType:
        os.environ.update(self.environment)
        return import_module(f"benchmarks.contestants.{self.module}")


def _skorch(threads: int) -> Contestant:
    title = f"skorch, {threads} thread{'s' if threads > 1 else ''}"
    environment = {"OMP_NUM_THREADS": str(threads)}
    return Contestant(f"skorch-{threads}", title, "skorch_net", ("skorch", "torch"), environment)


_OURS = ("ours", ("estimators", "feature_specs"))
_PROGRAMS = "KERAS_ESTIMATORS_PROGRAM_CACHE"
_KEPT = str(Path(__file__).resolve().parents[1] / "output" / "programs")
CONTESTANTS = {
    contestant.name: contestant
    for contestant in (
        Contestant("ours", "ours", *_OURS, {_PROGRAMS: _KEPT}, goes_ahead=True),
        Contestant("ours-cold", "ours, no programs on disk", *_OURS, {_PROGRAMS: "off"}),
        Contestant("floor", "a loop by hand, XLA", "handwritten_loop", ("tensorflow",)),
        Contestant("keras", "Keras `Model.fit`", "keras_fit", ("keras", "tensorflow")),
        Contestant("scikeras", "scikeras", "scikeras_wrapper", ("scikeras", "tensorflow")),
        _skorch(1),
        _skorch(2),
        Contestant("sklearn", "scikit-learn MLP", "sklearn_mlp", ("sklearn",)),
    )
}
