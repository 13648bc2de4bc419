"""Holidays that a caller names: marked where rows fall on them, with a name where they have one."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.tseries.holiday import USFederalHolidayCalendar

from feature_specs import ColumnWarning, FeatureSpec

DAYS = pd.date_range("2020-12-20", "2021-01-05", freq="6h")
CHRISTMAS = ["2020-12-25", "2020-12-26"]
NAMED = {"Christmas": CHRISTMAS, "New Year": datetime.date(2021, 1, 1)}
NAMED_MARKS = {
    "day_holiday_Christmas": CHRISTMAS,
    "day_holiday_New Year": ["2021-01-01"],
}
FEDERAL = USFederalHolidayCalendar()
FEDERAL_MARKS = {"day_holiday": ["2020-12-25", "2021-01-01"]}


def fitted(holidays, days=DAYS, parts=()):
    spec = FeatureSpec().step_datetime_column("day", parts=list(parts), holidays=holidays)
    return spec.fit(pd.DataFrame({"day": days}))


@pytest.mark.parametrize(
    ("holidays", "marks"),
    [
        (CHRISTMAS, {"day_holiday": CHRISTMAS}),
        (pd.to_datetime(CHRISTMAS), {"day_holiday": CHRISTMAS}),
        (pd.Series(pd.to_datetime(CHRISTMAS)), {"day_holiday": CHRISTMAS}),
        (pd.to_datetime(CHRISTMAS).tz_localize("Asia/Tokyo"), {"day_holiday": CHRISTMAS}),
        (np.array(CHRISTMAS, "datetime64[D]"), {"day_holiday": CHRISTMAS}),
        ([datetime.datetime(2020, 12, 25, 18), "2020-12-26"], {"day_holiday": CHRISTMAS}),
        (FEDERAL.holidays("2020", "2022"), FEDERAL_MARKS),
        (NAMED, NAMED_MARKS),
        (
            {
                datetime.date(2020, 12, 26): "Christmas",
                datetime.date(2020, 12, 25): "Christmas",
                datetime.date(2021, 1, 1): "New Year",
            },
            {"day_holiday_Christmas": CHRISTMAS, "day_holiday_New Year": ["2021-01-01"]},
        ),
    ],
)
def test_rows_on_holidays_are_marked(holidays, marks):
    spec, table = fitted(holidays), pd.DataFrame({"day": DAYS})
    found = pd.DataFrame(spec.transform(table), columns=spec.get_feature_names_out())
    assert found.columns.tolist() == list(marks)
    for name, days in marks.items():
        expected = DAYS.normalize().isin(pd.to_datetime(days))
        np.testing.assert_array_equal(found[name], expected)
    in_graph = spec.preprocessing_model()(spec.raw_inputs(table))
    np.testing.assert_array_equal(in_graph["numeric"], spec.transform(table))
    assert spec.features_["day"].two_valued == [True] * len(marks)


def test_calendars_of_pandas_tell_names():
    with pytest.warns(ColumnWarning, match="holidays 'Birthday of Martin.* are left out"):
        spec = fitted(FEDERAL.holidays("2020", "2022", return_name=True))
    assert spec.get_feature_names_out().tolist() == [
        "day_holiday_New Year's Day",
        "day_holiday_Christmas Day",
    ]


def test_holidays_stand_beside_parts_and_gaps():
    days = [*DAYS, None]
    with_holidays = fitted(CHRISTMAS, days, ["month"])
    table = pd.DataFrame({"day": days})
    found, parts = with_holidays.transform(table), fitted(None, days, ["month"]).transform(table)
    np.testing.assert_array_equal(found[:, [0, 1, 3]], parts)
    assert found[-1].tolist() == [0, 0, 0, 1]


def test_a_gap_that_the_fit_had_none_of_is_an_average_holiday():
    (found,) = fitted(CHRISTMAS).transform(pd.DataFrame({"day": pd.to_datetime([None])}))
    assert found == pytest.approx(8 / len(DAYS), abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-700_000, 700_000), min_size=1, max_size=9), st.data())
def test_holidays_are_as_near_as_their_days(holidays, data):
    near = st.sampled_from(holidays).flatmap(lambda day: st.integers(day - 400, day + 400))
    last = max(holidays)
    days = np.unique([last, last + 1, *data.draw(st.lists(near, max_size=9))])
    table = pd.DataFrame({"day": days.astype("datetime64[D]").astype("datetime64[s]")})
    dates = np.array(holidays, "datetime64[D]")
    spec = fitted(dates, table["day"], ["to_holiday", "since_holiday"])
    found = spec.transform(table)
    for column, sign in ((0, 1), (1, -1)):
        for day, nearness in zip(days.tolist(), found[:, column], strict=True):
            apart = [gap for h in holidays if 0 <= (gap := sign * (h - day)) < 366]
            assert nearness == (np.float32(1 / (1 + min(apart))) if apart else 0)
    in_graph = spec.preprocessing_model()(spec.raw_inputs(table))
    np.testing.assert_array_equal(in_graph["numeric"], found)


def test_holidays_that_no_row_falls_on_are_left_out_and_told():
    with pytest.warns(ColumnWarning, match="'Easter' of column 'day', which are left out"):
        spec = fitted({**NAMED, "Easter": ["2020-04-12"]})
    assert spec.get_feature_names_out().tolist() == list(NAMED_MARKS)


@pytest.mark.parametrize(
    ("holidays", "message"),
    [
        ([], "holidays holds no date"),
        ({}, "holidays holds no name"),
        ({"Easter": []}, r"holidays\['Easter'\] holds no date"),
        (["2020-12-25", "soon"], "holidays holds 'soon', which is no date"),
        ([pd.NaT], "holidays holds NaT, which is no date"),
        ([20201225], "holidays holds 20201225, which is no date"),
        ({"Easter": [None]}, r"holidays\['Easter'\] holds None, which is no date"),
        (["2020-02-30"], "'2020-02-30', which is no date"),
        ("2020-12-25", "'holidays' parameter"),
    ],
)
def test_what_is_no_holiday_is_told(holidays, message):
    with pytest.raises(ValueError, match=message):
        fitted(holidays)


def test_nearness_needs_holidays():
    with pytest.raises(ValueError, match="'to_holiday' needs holidays"):
        fitted(None, parts=["to_holiday"])
