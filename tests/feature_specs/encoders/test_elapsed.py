"""Time that has passed since a moment: in any unit and library, by one clock, alike in a graph."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_specs import FeatureSpec, all_datetime, all_numeric
from feature_specs.encoders.encoder import Encoder

MOMENTS = st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31))
ORDER = pd.Series(pd.to_datetime(["2020-03-01 12", "2020-03-11 00", None, "1969-12-31 00"]))
SIGNUP = pd.Series(pd.to_datetime(["2020-02-29", None, "2020-01-01", "2020-02-29"]))
TABLE = pd.DataFrame({"order": ORDER, "signup": SIGNUP})
DAYS = [1.5, np.nan, np.nan, -18322.0]


def step(since="signup", columns="order", **parameters):
    parameters = {"normalizer": None, **parameters}
    return FeatureSpec().step_elapsed_time_column(columns, since=since, **parameters)


def elapsed(spec, table):
    """Return the feature, NaN where it is marked as missing, and see that the graph agrees."""
    found = spec.transform(table)
    in_graph = spec.preprocessing_model()(spec.raw_inputs(table))
    np.testing.assert_array_equal(in_graph["numeric"], found)
    return np.where(found[:, 1] == 1, np.nan, found[:, 0]) if found.shape[1] > 1 else found[:, 0]


@given(st.lists(st.tuples(MOMENTS, MOMENTS), min_size=2, max_size=9), st.sampled_from("Dhms"))
def test_it_is_the_difference_of_python(pairs, unit):
    table = pd.DataFrame(pairs, columns=["order", "signup"], dtype=object)
    whole = [[moment.replace(microsecond=0) for moment in pair] for pair in pairs]
    seconds = np.array([(order - signup).total_seconds() for order, signup in whole])
    spec = step(output_unit=unit)
    if len(set(seconds)) > 1:
        expected = seconds / {"D": 86_400, "h": 3_600, "m": 60, "s": 1}[unit]
        np.testing.assert_allclose(spec.fit_transform(table)[:, 0], expected, rtol=1e-7)


def test_whatever_holds_them_they_are_the_same_bits():
    spec = step().fit(TABLE)
    np.testing.assert_array_equal(elapsed(spec, TABLE), np.float32(DAYS))
    assert spec.get_feature_names_out().tolist() == [
        "order_since_signup",
        "order_since_signup_missing",
    ]
    expected = spec.transform(TABLE)
    texts = TABLE.astype(object).where(TABLE.notna(), None).astype("string")
    others = [
        *(TABLE.astype(f"datetime64[{unit}]") for unit in ("s", "ms", "us", "ns")),
        TABLE.astype(object),
        texts,
        TABLE.astype(pd.ArrowDtype(pa.timestamp("us"))),
        pl.from_pandas(TABLE),
        pa.Table.from_pandas(TABLE),
    ]
    for table in others:
        np.testing.assert_array_equal(spec.transform(table), expected)
        np.testing.assert_array_equal(step().fit(table).transform(TABLE), expected)


SINCE = {
    "text": "2020-02-29",
    "text with a time": "2020-02-29T00:00:00",
    "date": datetime.date(2020, 2, 29),
    "datetime": datetime.datetime(2020, 2, 29),
    "timestamp": pd.Timestamp("2020-02-29"),
    "NumPy's": np.datetime64("2020-02-29"),
}


@pytest.mark.parametrize("since", SINCE)
def test_since_a_fixed_moment(since):
    spec = step(SINCE[since]).fit(TABLE)
    np.testing.assert_array_equal(elapsed(spec, TABLE), [1.5, 11, np.nan, -18322])
    assert spec.get_feature_names_out()[0].startswith("order_since_2020-02-29")


def test_numbers_are_standardised_like_any():
    (feature, mark) = step(normalizer="standard").fit(TABLE).transform(TABLE).T
    numbers = pd.DataFrame({"x": DAYS})
    spec = FeatureSpec().step_numeric_column("x", normalizer="standard")
    np.testing.assert_array_equal([feature, mark], spec.fit_transform(numbers).T)


def test_a_gap_that_the_fit_had_none_of_is_the_mean():
    whole = TABLE.dropna()
    spec = step(normalizer="standard").fit(whole)
    assert spec.transform(TABLE).shape == (4, 1)
    np.testing.assert_allclose(elapsed(spec, TABLE)[1:3], 0, atol=1e-6)


def test_a_selector_takes_all_others():
    table = TABLE.assign(paid=ORDER + pd.Timedelta("1D"), x=1.0)
    spec = step(columns=all_datetime()).step_numeric_column(all_numeric()).fit(table)
    names = [name for name in spec.features_ if "since" in name]
    assert names == ["order_since_signup", "paid_since_signup"]


def test_of_one_day_and_another_each_may_be_the_same_in_all_rows():
    table = pd.DataFrame({"order": pd.Timestamp("2020-03-01"), "signup": SIGNUP})
    spec = step().fit(table)
    assert elapsed(spec, table)[[0, 2]].tolist() == [1, 60]
    assert spec.left_out_ == {}
    table = pd.DataFrame({"order": ORDER, "signup": pd.Timestamp("2020-02-29")})
    assert elapsed(step().fit(table), table)[:2].tolist() == [1.5, 11]


def test_time_is_counted_by_the_clock():
    # The clocks of Berlin were put forward in between.
    days = pd.Series(pd.to_datetime(["2020-03-28", "2020-03-30"]).tz_localize("Europe/Berlin"))
    table = pd.DataFrame({"order": days, "signup": days[0]})
    assert elapsed(step().fit(table), table).tolist() == [0, 2]
    in_utc = table.assign(order=table["order"].dt.tz_convert("UTC"))
    assert elapsed(step().fit(table), in_utc).tolist() == [0, 2]
    assert elapsed(step(time_zone="UTC", output_unit="h").fit(in_utc), in_utc).tolist() == [0, 47]
    assert elapsed(step("2020-03-27T23:00Z").fit(table), table).tolist() == [0, 2]
    assert elapsed(step("2020-03-28").fit(table), table).tolist() == [0, 2]


def test_numbers_count_from_1970():
    table = pd.DataFrame({"order": [86_400_000, 172_800_000], "signup": ["1970-01-01"] * 2})
    assert elapsed(step(unit="ms").fit(table), table).tolist() == [1, 2]


def test_an_encoder_is_what_its_configuration_says():
    encoder = step(since="2020-02-29T00:00").fit(TABLE).features_["order_since_2020-02-29T00:00"]
    copy = Encoder.from_config(encoder.to_config())
    assert {**vars(copy), "normalizer": None, "scaler_": encoder.scaler_} == vars(encoder)


ZONED = TABLE.assign(order=ORDER.dt.tz_localize("Europe/Berlin"))
WRONG = {
    "neither column nor date": (step("sign_up"), TABLE, "since='sign_up'.*did you mean 'signup'"),
    "no moment": (step(pd.NaT), TABLE, "since=NaT is no date"),
    "one with a zone": (step(), ZONED, "'order' and 'signup'.* 'Europe/Berlin' and no time zone"),
    "two zones": (
        step(),
        ZONED.assign(signup=SIGNUP.dt.tz_localize("UTC")),
        "are on two clocks, 'Europe/Berlin' and 'UTC'.*time_zone=",
    ),
    "a zone and none": (step("2020-01-01T00:00Z"), TABLE, "since= has a time zone"),
    "several": (
        step("2020-01-01"),
        TABLE.assign(order=["2020-01-01T00:00Z", "2020-01-02T00:00+02:00", None, None]),
        "'order' has moments of several time zones.*time_zone=",
    ),
    "no row with both": (step(), TABLE[1:3], "'order_since_signup' is missing in every row"),
    "another unit": (step(output_unit="W"), TABLE, "'output_unit' parameter"),
    "no dates": (step(), TABLE.assign(signup=["a", "b", "c", "d"]), "'signup' holds no dates"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_counted_is_told(case):
    spec, table, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        spec.fit(table)
