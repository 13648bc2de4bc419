"""Parts are read on the clock of the fit, whichever zone a later table has."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_specs import FeatureSpec
from feature_specs.encoders.encoder import Encoder

# In winter and in summer.
UTC = pd.Series(pd.to_datetime(["2020-01-31 12:00", "2020-07-31 18:00"]).tz_localize("UTC"))
BERLIN = UTC.dt.tz_convert("Europe/Berlin")
PLAIN = UTC.dt.tz_localize(None)
TEXTS = ["2020-01-31T12:00Z", "2020-07-31 18:00:00.5 UTC"]
TEXTS_OF_BERLIN = ["2020-01-31T13:00+01:00", "2020-07-31T20:00+02:00"]
IN_FORMAT = ["31/01/2020 13:00 +0100", "31/07/2020 20:00 +0200"]
PLAIN_TEXTS = ["2020-01-31T12:00", "2020-07-31T18:00"]
SECONDS = [1580472000, 1596218400]
ARROW = pd.ArrowDtype(pa.timestamp("ms", "Europe/Berlin"))
OFFSETS = [datetime.timezone(datetime.timedelta(hours=h)) for h in (1, 2)]
PYTHON = [at.to_pydatetime() for at in UTC]
BY_OFFSET = [at.astimezone(zone) for at, zone in zip(PYTHON, OFFSETS, strict=True)]


class Nameless(datetime.tzinfo):
    """A zone that only its owner knows."""

    def utcoffset(self, moment):
        return None if moment is None else datetime.timedelta(hours=3)

    def dst(self, moment):
        return None


NAMELESS = [at.astimezone(datetime.UTC).replace(tzinfo=Nameless()) for at in PYTHON]


def fitted(column, parts=("hour",), **parameters):
    spec = FeatureSpec().step_datetime_column("d", parts=parts, cyclic=False, **parameters)
    return spec.fit(pd.DataFrame({"d": column}))


def hours(spec, table):
    return (24 * spec.transform(table)).round().ravel().tolist()


# What the fit has, how it is read, what comes later, and the hours of that.
READ = {
    "its own zone": (BERLIN, {}, BERLIN, [13, 20]),
    "UTC after a zone": (BERLIN, {}, UTC, [13, 20]),
    "a zone after UTC": (UTC, {}, BERLIN, [12, 18]),
    "another unit": (BERLIN.dt.as_unit("ns"), {}, UTC.dt.as_unit("s"), [13, 20]),
    "Arrow after pandas": (BERLIN, {}, UTC.astype(ARROW), [13, 20]),
    "pandas after Arrow": (BERLIN.astype(ARROW), {}, UTC, [13, 20]),
    "objects after a zone": (BERLIN, {}, pd.Series(PYTHON, dtype=object), [13, 20]),
    "texts after a zone": (BERLIN, {}, TEXTS, [13, 20]),
    "a zone without a name, later": (UTC, {}, NAMELESS, [9, 15]),
    "texts of UTC": (TEXTS, {}, TEXTS_OF_BERLIN, [12, 18]),
    "objects of UTC": (pd.Series(PYTHON, dtype=object), {}, BY_OFFSET, [12, 18]),
    "one offset": (BY_OFFSET[:1] * 2 + [PYTHON[1].astimezone(OFFSETS[0])], {}, UTC, [13, 19]),
    "a format with offsets": (IN_FORMAT, {"time_zone": "UTC"}, IN_FORMAT, [12, 18]),
    "a zone after such a format": (IN_FORMAT, {"time_zone": "UTC"}, BERLIN, [12, 18]),
    # Several of them meet: each by its own clock.
    "texts of two offsets": (TEXTS_OF_BERLIN, {}, [*TEXTS_OF_BERLIN, *TEXTS], [13, 20, 12, 18]),
    "objects of two offsets": (BY_OFFSET, {}, UTC, [12, 18]),
    "a zone without a name": (NAMELESS, {}, [*NAMELESS, *BERLIN], [12, 18, 13, 20]),
    "some without a zone": ([*TEXTS, "2020-07-31"], {}, TEXTS_OF_BERLIN, [13, 20]),
    # A zone is asked for.
    "UTC in a zone": (UTC, {"time_zone": "Europe/Berlin"}, UTC, [13, 20]),
    "texts in a zone": (TEXTS_OF_BERLIN, {"time_zone": "Asia/Kolkata"}, TEXTS, [17, 23]),
    "numbers in a zone": (SECONDS, {"unit": "s", "time_zone": "Europe/Berlin"}, SECONDS, [13, 20]),
    "a zone after numbers": (SECONDS, {"unit": "s", "time_zone": "UTC"}, BERLIN, [12, 18]),
    "an offset": (UTC, {"time_zone": "-05:00"}, BERLIN, [7, 13]),
    "without a name, in a zone": (NAMELESS, {"time_zone": "UTC"}, BERLIN, [12, 18]),
}


@pytest.mark.parametrize("case", READ)
def test_hours_are_those_of_the_clock_of_the_fit(case):
    column, parameters, later, expected = READ[case]
    spec, table = fitted(column, **parameters), pd.DataFrame({"d": later})
    assert hours(spec, table) == expected
    in_graph = spec.preprocessing_model()(spec.raw_inputs(table))
    np.testing.assert_array_equal(in_graph["numeric"], spec.transform(table))
    encoder = Encoder.from_config(spec.features_["d"].to_config())
    assert vars(encoder) == vars(spec.features_["d"])


def test_tables_of_polars_and_arrow_have_zones():
    for fit, later, expected in ((BERLIN, UTC, [13, 20]), (UTC, BERLIN, [12, 18])):
        for table in (pl.DataFrame, pa.table):
            assert hours(fitted(fit), table({"d": pa.array(later)})) == expected
            spec = FeatureSpec().step_datetime_column("d", parts=["hour"], cyclic=False)
            spec.fit(table({"d": pa.array(fit)}))
            assert hours(spec, pd.DataFrame({"d": later})) == expected
            assert spec.features_["d"].clock_ == str(fit.dt.tz)


def test_a_zone_needs_no_step():
    table = pd.DataFrame({"d": BERLIN, "x": [1.0, 2.0]})
    spec = FeatureSpec().fit(table)
    expected = spec.transform(table)
    np.testing.assert_array_equal(spec.transform(table.assign(d=UTC)), expected)
    with pytest.raises(ValueError, match="'d' holds moments without a time zone"):
        spec.transform(table.assign(d=PLAIN))


WRONG = {
    "a zone after none": (PLAIN, {}, BERLIN, "'d' holds moments with a time zone, where the fit"),
    "none after a zone": (BERLIN, {}, PLAIN, "moments without a time zone.*'Europe/Berlin'"),
    "dates after a zone": (BERLIN, {}, [datetime.date(2020, 1, 1)], "in row 0 without a time zone"),
    "Arrow after none": (PLAIN, {}, UTC.astype(ARROW), "moments with a time zone"),
    "objects after none": (
        PLAIN,
        {},
        pd.Series([None, PYTHON[0]], dtype=object),
        "'d' holds datetime.* in row 1 with a",
    ),
    "texts after none": (PLAIN_TEXTS, {}, TEXTS, "'2020-01-31T12:00Z' in row 0 with a time zone"),
    "none after texts": (TEXTS, {}, PLAIN_TEXTS, "'2020-01-31T12:00' in row 0 without.*'UTC'"),
    "a zone after numbers": (SECONDS, {"unit": "s"}, UTC, "moments with a time zone"),
    "asked for, and none": (PLAIN, {"time_zone": "UTC"}, None, "without a time zone.*'UTC'"),
    "unknown": (UTC, {"time_zone": "Europe/Berln"}, None, "no time zone.*mean 'Europe/Berlin'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_zone_that_the_fit_had_not_is_told(case):
    column, parameters, later, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        fitted(column, **parameters).transform(pd.DataFrame({"d": later}))


def test_what_the_host_refuses_is_missing_in_the_graph():
    for fit, text, is_missing in (
        ([*TEXTS, None], PLAIN_TEXTS[0], 1),
        ([*TEXTS, None], TEXTS_OF_BERLIN[0], 0),
        ([*PLAIN_TEXTS, None], TEXTS[0], 1),
        ([*PLAIN_TEXTS, None], PLAIN_TEXTS[0], 0),
    ):
        model = fitted(fit).preprocessing_model()
        assert model({"d": np.array([text], object)})["numeric"][0, -1] == is_missing


@given(
    st.lists(
        st.datetimes(
            datetime.datetime(2, 1, 1), datetime.datetime(9998, 12, 31), timezones=st.timezones()
        ),
        min_size=1,
        max_size=5,
    )
)
def test_hours_are_those_of_python(moments):
    spec = fitted(BERLIN)
    expected = [m.astimezone(BERLIN.dt.tz).hour for m in moments]
    assert hours(spec, pd.DataFrame({"d": pd.Series(moments, dtype=object)})) == expected


def test_two_steps_on_two_clocks_have_no_common_input():
    spec = FeatureSpec().step_datetime_column("d", parts=["hour"], time_zone="Asia/Tokyo")
    spec = spec.step_elapsed_time_column("d", since="2020-01-01").fit(pd.DataFrame({"d": UTC}))
    with pytest.raises(ValueError, match="'d' is read as moments in two ways.*same.*time_zone="):
        spec.preprocessing_model()
