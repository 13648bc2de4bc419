"""What every step is."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator

from feature_specs.columns.nested_parameters import check_nested
from feature_specs.steps.fitting import Fitting


class Step(BaseEstimator):
    """One sentence of a feature spec.

    Subclasses add encoders or representations to the fit under way.
    """

    kind: str = "step"
    _parameter_constraints: dict[str, list] = {}

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add to `fitting` what this step makes of the columns; `name` is the step's own."""
        raise NotImplementedError

    def set_params(self, **params: Any) -> Step:
        """Set parameters of this step or, as ``normalizer__parameter``, of what it holds.

        Parameters
        ----------
        **params : object

        Returns
        -------
        Step
            Itself.
        """
        check_nested(self, params)
        return super().set_params(**params)
