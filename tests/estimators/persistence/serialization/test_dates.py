"""Dates that a person names in a step, and what a fit knows of them, in a file."""

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from estimators import LinearRegressor, load_model
from feature_specs import FeatureSpec

AT = pd.Series(pd.date_range("2020-12-20", periods=40, freq="12h", tz="Europe/Berlin"))
TABLE = pd.DataFrame({"at": AT, "day": AT.dt.tz_localize(None)})
BERLIN = ZoneInfo("Europe/Berlin")
# In the hour that comes twice.
AGAIN = datetime.datetime(2020, 10, 25, 2, 30, fold=1)
DATES = {
    "index": pd.to_datetime(["2020-12-25", "2020-12-26"]).tz_localize("Europe/Berlin"),
    "series": pd.Series(pd.to_datetime(["2020-12-25"])),
    "names": {"Christmas": [datetime.date(2020, 12, 25)], "New Year": ["2021-01-01"]},
    "names by date": {datetime.date(2020, 12, 25): "Christmas"},
    "timestamps": [pd.Timestamp("2020-12-25 00:00:00.123456789"), np.datetime64("2020-12-26")],
    "zones": [
        AGAIN.replace(tzinfo=BERLIN),
        pd.Timestamp(AGAIN, tz=BERLIN),
        datetime.datetime(2020, 12, 25, tzinfo=datetime.timezone(datetime.timedelta(hours=-3))),
    ],
}


@pytest.mark.parametrize("kind", DATES)
def test_it_predicts_the_same_and_names_the_same_dates(kind, tmp_path):
    spec = FeatureSpec().step_datetime_column("at", time_zone="Asia/Tokyo")
    spec = spec.step_datetime_column("day", holidays=DATES[kind])
    spec = spec.step_elapsed_time_column("day", since=datetime.date(2020, 12, 24))
    model = LinearRegressor(spec, epochs=2, random_state=0, jit_compile=False)
    model.fit(TABLE, np.arange(40.0)).save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(TABLE), model.predict(TABLE))
    steps = again.feature_spec.get_params()
    assert steps["elapsed_time__since"] == datetime.date(2020, 12, 24)
    holidays = steps["datetime_2__holidays"]
    assert type(holidays) is type(DATES[kind])
    assert str(holidays) == str(DATES[kind])
    assert repr(list(holidays)) == repr(list(DATES[kind]))


def test_a_zone_without_a_name_is_told(tmp_path):
    class Nameless(datetime.tzinfo):
        def utcoffset(self, moment):
            return None

    day = datetime.datetime(2020, 12, 25, tzinfo=Nameless())
    model = LinearRegressor(FeatureSpec().step_datetime_column("day", holidays=[day]))
    with pytest.raises(TypeError, match="time zone without a name; convert it to UTC"):
        model.save(tmp_path / "model")
