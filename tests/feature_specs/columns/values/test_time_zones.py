"""Clocks of time zones: those of Python, at any instant, on the host and in a graph."""

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feature_specs.columns.values.time_zones import clock_seconds, is_clock, zone_name, zone_of

EPOCH = datetime.datetime(1970, 1, 1)
SECOND = datetime.timedelta(seconds=1)
# Summer time in the north and in the south, by half an hour, by two; Ramadan; a day that was left
# out; changes by a government's whim; clocks that go back in "summer"; a mean time of seconds.
ZONES = [
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Gaza",
    "Europe/Dublin",
    "America/St_Johns",
    "UTC",
    "+05:45",
    "-00:00:01",
]
MOMENTS = st.datetimes(datetime.datetime(1, 1, 3), datetime.datetime(9999, 12, 29))
RECENT = st.datetimes(datetime.datetime(1850, 1, 1), datetime.datetime(2120, 1, 1))


class Nameless(datetime.tzinfo):
    """A zone that only its owner knows."""

    def utcoffset(self, moment):
        return None


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.lists(MOMENTS | RECENT, min_size=1, max_size=20))
@example("Pacific/Apia", [datetime.datetime(2011, 12, 30, 10)])
def test_clocks_show_what_those_of_python_show(zone, moments):
    instants = np.array([(moment - EPOCH) // SECOND for moment in moments])
    clock = zone_of(zone)
    shown = [m.replace(tzinfo=datetime.UTC).astimezone(clock) for m in moments]
    expected = [(moment.replace(tzinfo=None) - EPOCH) // SECOND for moment in shown]
    assert clock_seconds(instants, zone).tolist() == expected
    assert clock_seconds(tf.constant(instants), zone, tf).numpy().tolist() == expected


@pytest.mark.parametrize("zone", ZONES[:4])
def test_clocks_change_at_the_second_of_python(zone):
    hours = np.arange("1970", "2050", dtype="datetime64[h]").astype("datetime64[s]").astype(int)
    shown = clock_seconds(hours, zone)
    changed = hours[1:][np.diff(shown) != 3_600]
    assert len(changed) > 40
    for instant in changed.tolist():
        for near in (instant - 3_601, instant - 3_600, instant - 1, instant):
            moment = datetime.datetime.fromtimestamp(near, ZoneInfo(zone)).replace(tzinfo=None)
            assert clock_seconds(np.array([near]), zone)[0] == (moment - EPOCH) // SECOND


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        (ZoneInfo("Asia/Tokyo"), "Asia/Tokyo"),
        (datetime.UTC, "UTC"),
        (datetime.timezone(-datetime.timedelta(hours=3, minutes=30)), "-03:30"),
        (pd.Timestamp("2020-01-01T00:00:00+05:45").tz, "+05:45"),
        (pd.Timestamp("2020-01-01", tz="Europe/Rome").tz, "Europe/Rome"),
        (Nameless(), None),
    ],
)
def test_zones_have_names(zone, name):
    assert zone_name(zone) == name
    assert name is None or zone_name(zone_of(name)) == name


@pytest.mark.parametrize("name", ["Europe/Berln", "", "+25:00", "../etc/passwd", "Europe", "x\0"])
def test_what_is_no_zone_is_told(name):
    assert not is_clock(name)
    with pytest.raises(ValueError, match="There is no time zone"):
        zone_of(name)
