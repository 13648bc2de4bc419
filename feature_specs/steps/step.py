"""What every step is."""

from __future__ import annotations

from feature_specs.columns.nested_parameters import CheckedParameters
from feature_specs.steps.fitting import Fitting


class Step(CheckedParameters):
    """One sentence of a feature spec.

    Subclasses add encoders or representations to the fit under way.
    """

    kind: str = "step"
    _parameter_constraints: dict[str, list] = {}

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add to `fitting` what this step makes of the columns; `name` is the step's own."""
        raise NotImplementedError
