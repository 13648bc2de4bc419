"""What a deep network is given of a number beside the number itself."""

from __future__ import annotations

from numbers import Integral

from sklearn.utils._param_validation import Interval, StrOptions

from estimators.base.parameters import Parameter
from feature_specs.networks.numeric_embeddings import BY_NAME, Periodic, PiecewiseLinear

NUMERIC_EMBEDDING = (
    Parameter(
        "numeric_embedding",
        annotation="Any",
        default="auto",
        constraints=[
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto", *BY_NAME}),
            list,
            PiecewiseLinear,
            Periodic,
            None,
        ],
        kind="str, int, object, list or None",
        text="What stands beside each number: for ``'piecewise_linear'`` how far it has come "
        "through each of 16 intervals between quantiles of the training rows, from 0 to 1, for an "
        "integer through as many intervals, for ``'periodic'`` 6 combinations of 16 cosines, for "
        "`feature_specs.PiecewiseLinear` and `feature_specs.Periodic` what these say, for None "
        "nothing. Beside a number of two values in the training rows stands nothing. ``'auto'`` "
        "is None for a sparse matrix and for more than 100 other numbers, else piecewise linear.",
    ),
)
