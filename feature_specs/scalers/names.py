"""Which scaler a step means by a name, a transformer or a function."""

from __future__ import annotations

from typing import Any

from sklearn.base import clone

from feature_specs.columns.did_you_mean import did_you_mean
from feature_specs.scalers.affine import Identity, MaxAbs, MinMax, Robust, Standard
from feature_specs.scalers.functions import Function, Log1p
from feature_specs.scalers.quantile import Quantile
from feature_specs.scalers.scaler import Scaler
from feature_specs.scalers.wrapped import Wrapped

_NAMED = {
    "identity": Identity,
    "standard": Standard,
    "min_max": MinMax,
    "robust": Robust,
    "max_abs": MaxAbs,
    "log1p": Log1p,
    "quantile": Quantile,
}


def as_scaler(spec: Any) -> Scaler:
    """Return an unfitted scaler for what a step was given.

    Parameters
    ----------
    spec : str, Scaler, scikit-learn transformer, callable or None
        A name ("identity", "standard", "min_max", "robust", "max_abs", "log1p", "quantile"), a
        scaler or its class, a transformer, a function of one column, or None for no scaling.

    Returns
    -------
    Scaler
        A new one: `spec` itself is never fitted.

    Examples
    --------
    >>> from feature_specs.scalers import as_scaler
    >>> as_scaler("min_max"), as_scaler(None)
    (MinMax(), Identity())
    """
    if spec is None:
        return Identity()
    if isinstance(spec, str):
        if spec not in _NAMED:
            raise ValueError(f"There is no scaler named {spec!r}; {did_you_mean(spec, _NAMED)}")
        return _NAMED[spec]()
    if isinstance(spec, type) and issubclass(spec, Scaler):
        return spec()
    if isinstance(spec, Scaler):
        return clone(spec)
    if hasattr(spec, "fit") and hasattr(spec, "transform") and not isinstance(spec, type):
        return Wrapped(spec)
    if callable(spec) and not isinstance(spec, type):
        return Function(spec)
    raise TypeError(
        "A scaler is a name, a scaler, a scikit-learn transformer, a function or None, not "
        f"{spec!r}."
    )
