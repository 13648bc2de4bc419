"""What every method that adds a step does in the end: it returns a new spec."""

from __future__ import annotations

from typing import Self

from sklearn.base import clone

from feature_specs.steps import Step


class StepMethods:
    """Adds steps to a spec; ``columns`` is a selector, a name or a list of names throughout."""

    def _with(self, step: Step, name: str | None) -> Self:
        """Return an unfitted copy with `step` appended under a name of its own."""
        taken = {taken_name for taken_name, _ in self.steps}
        if name is None:
            kinds = sum(1 for _, other in self.steps if other.kind == step.kind)
            name = step.kind if kinds == 0 else f"{step.kind}_{kinds + 1}"
        if name in taken:
            raise ValueError(f"A step is called {name!r} already; give this one another name=.")
        copy = clone(self)
        copy.steps = (*copy.steps, (name, step))
        return copy
