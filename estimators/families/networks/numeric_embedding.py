"""What a deep network is given of a number beside the number itself."""

from __future__ import annotations

from numbers import Integral

from sklearn.utils._param_validation import Interval, StrOptions

from estimators.base.parameters import Parameter

NUMERIC_EMBEDDING = (
    Parameter(
        "numeric_embedding",
        annotation="int | str | None",
        default="auto",
        constraints=[
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto", "piecewise_linear"}),
            None,
        ],
        kind="'auto', 'piecewise_linear', int or None",
        text="What stands beside each number: for ``'piecewise_linear'`` how far it has come "
        "through each of 16 intervals between quantiles of the training rows, from 0 to 1, for an "
        "integer through as many intervals, for None nothing. A number of two values in the "
        "training rows has none. ``'auto'`` is None for a sparse matrix and for more than 100 "
        "other numbers, else piecewise linear.",
    ),
)
