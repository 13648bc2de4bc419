"""Numbers in pieces: what a deep network is given of a number beside the number."""

from __future__ import annotations

from numbers import Integral

from sklearn.utils._param_validation import Interval, StrOptions

from estimators.base.parameters import Parameter

NUMERIC_PIECES = (
    Parameter(
        "numeric_pieces",
        annotation="int | str",
        default="auto",
        constraints=[Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
        kind="int or 'auto'",
        text="Into how many pieces each number is cut, beside itself: how far it has come through "
        "every interval between quantiles of the training rows, from 0 to 1. ``'auto'`` is 16, or "
        "0 for a sparse matrix and for more than 100 columns of numbers.",
    ),
)
