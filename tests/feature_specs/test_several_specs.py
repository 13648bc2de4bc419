"""Specs of the same columns read a table once, and encode it as each does alone."""

import numpy as np
import pandas as pd
import pytest

from feature_specs import FeatureSpec
from feature_specs.columns.table import Table
from feature_specs.several_specs import encode_by_each

TABLE = pd.DataFrame(
    {
        "age": [20.0, np.nan, 40.0, 31.0],
        "city": ["Bonn", "Rome", None, "Bonn"],
        "when": pd.to_datetime(["2020-01-01", "2021-02-03", "2022-03-04", "2020-09-09"]),
        "whole": [3, 1, 2, 2],
    }
)
SAME = {"a": FeatureSpec(), "b": FeatureSpec(normalizer="quantile")}
OTHER = {"a": FeatureSpec("~ age + city"), "b": FeatureSpec()}


@pytest.mark.parametrize(("specs", "readings"), [(SAME, 1), (OTHER, 2)], ids=["same", "other"])
def test_specs_encode_together_as_alone(specs, readings, monkeypatch):
    fitted = {name: spec.fit(TABLE) for name, spec in specs.items()}
    alone = {name: spec.encode(TABLE) for name, spec in fitted.items()}
    read = []
    floats = Table._floats
    monkeypatch.setattr(Table, "_floats", lambda *given: read.append(1) or floats(*given))
    together = encode_by_each(fitted, TABLE)
    assert len(read) == readings
    for name, encoded in alone.items():
        assert together[name].keys() == encoded.keys()
        for key, array in encoded.items():
            np.testing.assert_array_equal(together[name][key], array)


def test_the_order_of_columns_is_that_of_the_fit():
    fitted = {name: spec.fit(TABLE) for name, spec in SAME.items()}
    turned = encode_by_each(fitted, TABLE[TABLE.columns[::-1]])
    for name, encoded in encode_by_each(fitted, TABLE).items():
        np.testing.assert_array_equal(turned[name]["numeric"], encoded["numeric"])
