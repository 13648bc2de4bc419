"""Tests of columns as arrays: durations are seconds, wherever a number may stand."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_specs import FeatureSpec, all_numeric
from feature_specs.columns.column_info import in_seconds

SECONDS = [90.0, None, -0.5, 86400.0]
DURATIONS = [None if s is None else datetime.timedelta(seconds=s) for s in SECONDS]
TABLES = {
    "pandas": pd.DataFrame({"x": pd.to_timedelta(SECONDS, "s")}),
    "pandas, ms": pd.DataFrame({"x": pd.Series(DURATIONS).astype("timedelta64[ms]")}),
    "objects": pd.DataFrame({"x": pd.Series(DURATIONS, dtype=object)}),
    "Arrow": pd.DataFrame({"x": pd.Series(DURATIONS, dtype=pd.ArrowDtype(pa.duration("us")))}),
    "Arrow table": pa.table({"x": pa.array(DURATIONS, pa.duration("ms"))}),
    "polars": pl.DataFrame({"x": DURATIONS}),
    "array": np.array(DURATIONS, "timedelta64[ms]")[:, None],
    "array of objects": np.array(DURATIONS, object)[:, None],
}


@pytest.mark.parametrize("kind", TABLES)
def test_durations_are_seconds(kind):
    table = TABLES[kind]
    name = "x0" if isinstance(table, np.ndarray) else "x"
    numbers = pd.DataFrame({name: SECONDS})
    for spec in (
        FeatureSpec(),
        FeatureSpec().step_numeric_column(all_numeric(), normalizer="robust"),
        FeatureSpec().step_bucketized_column(name, num_bins=2),
    ):
        expected = spec.fit(numbers).transform(numbers)
        np.testing.assert_array_equal(spec.fit(table).transform(table), expected)


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=9))
def test_durations_are_those_of_python_in_any_unit(microseconds):
    given = np.array(microseconds, "timedelta64[us]")
    expected = [duration.total_seconds() for duration in given.tolist()]
    for unit in ("us", "ns"):
        kept = pd.Series(given.astype(f"timedelta64[{unit}]"))
        assert in_seconds(kept).tolist() == expected
    whole = pd.Series(given.astype("timedelta64[s]"))
    for unit in ("ms", "us", "ns"):
        assert in_seconds(whole.astype(f"timedelta64[{unit}]")).equals(in_seconds(whole))


def test_durations_can_be_categories_where_they_are_whole_seconds():
    table = pd.DataFrame({"x": pd.to_timedelta([60, None, 30, 60], "s")})
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x").fit(table)
    assert spec.features_["x"].vocabulary == [30, 60]
    with pytest.raises(ValueError, match="'x' holds 0.5 where whole numbers"):
        spec.fit(table / 60)
