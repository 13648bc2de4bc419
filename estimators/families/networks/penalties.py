"""Penalties on the weights of kernels."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

from sklearn.utils._param_validation import Interval

from estimators.base.parameters import Parameter

if TYPE_CHECKING:
    import keras

PENALTIES = (
    Parameter(
        "l1",
        annotation="float",
        default=0.0,
        constraints=[Interval(Real, 0, None, closed="left")],
        kind="float",
        text="Penalty on the absolute size of kernel weights.",
    ),
    Parameter(
        "l2",
        annotation="float",
        default=0.0,
        constraints=[Interval(Real, 0, None, closed="left")],
        kind="float",
        text="Penalty on the squared size of kernel weights.",
    ),
)


def penalty(l1: float, l2: float) -> keras.regularizers.Regularizer | None:
    """Return the regularizer of a kernel, None for no penalty."""
    import keras

    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
