"""What networks tuned for tables see of the columns, unless they are told otherwise."""

from __future__ import annotations

from feature_specs import FeatureSpec, Periodic, PiecewiseLinear, Quantile

SPEC_TEXT = (
    "How columns become inputs; by default as for `DNNClassifier`, but numbers by their ranks as a "
    "normal distribution, up to 3.5 from 0."
)
EMBEDDING_TEXT = (
    "What stands beside each number, as for `DNNClassifier`. ``'auto'`` is 6 combinations of 16 "
    "cosines and 6 of 32 pieces, or nothing for a sparse matrix and for more than 100 numbers."
)
# What numeric_embedding='auto' means.
EMBEDDED = (
    Periodic(dimension=6, learning_rate_multiplier=0.3),
    PiecewiseLinear(intervals=32, dimension=6, learning_rate_multiplier=0.3),
)


def tabular_spec() -> FeatureSpec:
    """Return the spec that takes numbers by their ranks."""
    return FeatureSpec(normalizer=Quantile("auto", limit=3.5))
