"""Feature specs: how the columns of a table become the inputs of a network, said in words."""

from feature_specs.feature_spec import FeatureSpec
from feature_specs.selectors import (
    all_boolean,
    all_datetime,
    all_nominal,
    all_numeric,
    cols,
    contains,
    derived,
    ends_with,
    everything,
    has_dtype,
    matches,
    num_range,
    one_of,
    starts_with,
)

__all__ = [
    "FeatureSpec",
    "all_boolean",
    "all_datetime",
    "all_nominal",
    "all_numeric",
    "cols",
    "contains",
    "derived",
    "ends_with",
    "everything",
    "has_dtype",
    "matches",
    "num_range",
    "one_of",
    "starts_with",
]
