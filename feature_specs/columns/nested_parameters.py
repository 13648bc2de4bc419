"""Parameters of parameters: whose value has none is told in one sentence."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any, Self

from sklearn.base import BaseEstimator


class CheckedParameters(BaseEstimator):
    """Parameters as scikit-learn has them, nested ones checked before they are set."""

    def set_params(self, **params: Any) -> Self:
        """Set parameters, or as ``name__parameter`` those of what a parameter holds.

        Parameters
        ----------
        **params : object

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For a parameter that there is not.
        """
        check_nested(self, params)
        return super().set_params(**params)


def check_nested(estimator: Any, params: Mapping[str, Any]) -> None:
    """Raise where ``name__parameter`` asks for a parameter of what has no parameters.

    Parameters
    ----------
    estimator : object
        With scikit-learn's ``get_params``.
    params : mapping
        As given to ``set_params``.

    Raises
    ------
    ValueError
        Naming the parameter and what it holds.

    Examples
    --------
    >>> from feature_specs import FeatureSpec
    >>> FeatureSpec("y ~ .").set_params(formula__steps=1)
    Traceback (most recent call last):
    ...
    ValueError: formula__steps cannot be set: formula is 'y ~ .', which has no parameters; ...
    """
    held: dict[str, Any] | None = None
    for key in params:
        name, nested, _ = key.partition("__")
        if not nested:
            continue
        held = estimator.get_params(deep=True) if held is None else held
        value = params.get(name, held.get(name))
        is_known = name in held
        if is_known and (isinstance(value, type) or not hasattr(value, "set_params")):
            raise ValueError(
                f"{key} cannot be set: {name} is {reprlib.repr(value)}, which has no parameters; "
                f"set {name} itself, to an object that has them."
            )
