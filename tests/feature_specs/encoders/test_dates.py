"""Dates, whichever way a table holds them: read as at fit, each by itself, alike in a graph."""

import datetime
import warnings

import keras
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from feature_specs import ColumnWarning, FeatureSpec
from feature_specs.encoders.dates import PART_SIZES, DateEncoder, _parts
from feature_specs.encoders.encoder import Encoder

# Not every format has seconds.
PARTS = ("year", *(part for part in PART_SIZES if part != "second"))


def fitted(column, **parameters):
    spec = FeatureSpec().step_datetime_column("d", parts=PARTS, **parameters)
    return spec.fit(pd.DataFrame({"d": column}))


def texts(*values, dtype=object):
    return pd.Series(values, dtype=dtype)


# What the fit has, how it is read, what comes later, and which moments these are.
READ = {
    "day first": (["01/02/2020", "31/01/2020"], {}, ["01/02/2020"], ["2020-02-01"]),
    "month first": (["01/02/2020", "01/31/2020"], {}, ["01/02/2020"], ["2020-01-02"]),
    "asked for": (["01/02/2020"], {"datetime_format": "%m/%d/%Y"}, ["01/01/2020"], ["2020-01-01"]),
    "no zeros": (["31/1/99 9:05 PM"], {}, [" 1/2/20 9:05 pm"], ["2020-02-01 21:05"]),
    "ISO": (
        ["2020-01-01", "2020-12-31T23:00:00Z"],
        {},
        ["2020-06-30 23:30:00.9-05:00", "2020-02-29"],
        ["2020-06-30 23:30", "2020-02-29"],
    ),
    "gaps": (["31/12/2020", None, ""], {}, ["01/02/2020", None, np.nan, "", " "], ["2020-02-01"]),
    "gaps later": (["31/12/2020", "30/11/2020"], {}, ["01/02/2020"], ["2020-02-01"]),
    "categories": (
        texts("31/12/2020", "01/02/2020", None, dtype="category"),
        {},
        texts("01/02/2020", dtype="category"),
        ["2020-02-01"],
    ),
    "Arrow texts": (
        texts("31/12/2020", dtype=pd.ArrowDtype(pa.string())),
        {},
        texts("01/02/2020", dtype="string"),
        ["2020-02-01"],
    ),
    "Arrow dates": (
        texts(datetime.date(2020, 1, 1), None, dtype=pd.ArrowDtype(pa.date32())),
        {},
        pd.Series(pd.to_datetime(["2020-05-01 02:00"])).astype(pd.ArrowDtype(pa.timestamp("s"))),
        ["2020-05-01 02:00"],
    ),
    "objects": (
        [datetime.date(2020, 1, 1), pd.NaT, np.datetime64("2020-03-04")],
        {},
        [datetime.datetime(2020, 5, 1, 1), pd.Timestamp("2020-05-01")],
        ["2020-05-01 01:00", "2020-05-01"],
    ),
    "texts among dates": (
        [datetime.date(2020, 1, 1), "31/12/2020"],
        {},
        ["01/02/2020", pd.Timestamp("2020-05-01")],
        ["2020-02-01", "2020-05-01"],
    ),
    "ISO texts after dates": (pd.to_datetime(["2020-01-01"]), {}, ["2020-02-01"], ["2020-02-01"]),
    "dates after texts": (["31/12/2020"], {}, pd.to_datetime(["2020-02-01"]), ["2020-02-01"]),
    "seconds": ([1577836800], {"unit": "s"}, [1580515200], ["2020-02-01"]),
    "seconds with gaps": ([1577836800.5, None], {"unit": "s"}, [1580515200], ["2020-02-01"]),
    "milliseconds": ([1577836800000], {"unit": "ms"}, [1580515199999], ["2020-01-31 23:59"]),
    "nanoseconds": (
        pd.array([1577836800 * 10**9, None], "Int64"),
        {"unit": "ns"},
        [1580515200 * 10**9 - 1],
        ["2020-01-31 23:59"],
    ),
    "days": ([18262], {"unit": "D"}, [18293, -1], ["2020-02-01", "1969-12-31"]),
    "dates after seconds": (
        [1577836800, 1580515200],
        {"unit": "s"},
        pd.to_datetime(["2020-02-01"]),
        ["2020-02-01"],
    ),
    "digits": ([20201231.0, None], {"datetime_format": "%Y%m%d"}, [20200201], ["2020-02-01"]),
}


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
@pytest.mark.parametrize("case", READ)
def test_dates_are_read_as_at_fit(case):
    column, parameters, later, moments = READ[case]
    spec = fitted(column, **parameters)
    moments = pd.Series(moments, dtype=object).reindex(range(len(later)))
    moments = pd.to_datetime(moments, format="ISO8601")
    expected = spec.transform(pd.DataFrame({"d": moments}))
    table = pd.DataFrame({"d": later})
    np.testing.assert_array_equal(spec.transform(table), expected)
    in_graph = spec.preprocessing_model()(spec.raw_inputs(table))
    np.testing.assert_array_equal(in_graph["numeric"], expected)


def test_tables_of_polars_are_read():
    moments = [datetime.datetime(2020, 12, 31, 1), None, datetime.datetime(2020, 2, 1, 2)]
    spec = fitted(moments)
    expected = spec.transform(pd.DataFrame({"d": moments}))
    for column in (pl.Series(moments), pl.Series(moments).dt.strftime("%Y-%m-%d %H:%M")):
        np.testing.assert_array_equal(spec.transform(pl.DataFrame({"d": column})), expected)


# A column of one date says nothing, and is not read.
DATES = pd.to_datetime(["2020-01-01", "2021-02-02"])
WRONG = {
    "either order": (
        ["01/02/2020", "03/04/2020"],
        {},
        None,
        "'d'.*'01/02/2020' is 01 February.*datetime_format",
    ),
    "both orders": (
        ["31/12/2020", "30/12/2020", "12/31/2020"],
        {},
        None,
        "'12/31/2020' in row 2.*'%d/%m/%Y' of most rows",
    ),
    "two formats": (["31/12/2020", "2020-12-31", "30/12/2020"], {}, None, "'2020-12-31' in row 1"),
    "no dates": (["Bonn", "Rome"], {}, None, "'d' holds no dates.*'Bonn' in row 0"),
    "no day": (["2020-02-30", "2020-02-29"], {}, None, "'2020-02-30' in row 0"),
    "unlike what was asked for": (
        ["2020-12-31", "2020-12-30"],
        {"datetime_format": "%d/%m/%Y"},
        None,
        "'2020-12-31' in row 0.*'%d/%m/%Y'",
    ),
    "unlike the fit": (
        ["31/12/2020", "30/11/2020"],
        {},
        ["01/02/2020", "12/31/2020"],
        "'d' holds '12/31/2020' in row 1.*'%d/%m/%Y'",
    ),
    "texts after dates": (DATES, {}, ["01/02/2020"], "'01/02/2020' in row 0.*ISO8601"),
    "seconds": ([1577836800, 1580515200], {}, None, "'d' holds 1577836800 in row 0.*unit='s'"),
    "milliseconds": ([1577836800000.0, None], {}, None, "unit='ms'"),
    "nanoseconds": ([1577836800 * 10**9, 1580515200 * 10**9], {}, None, "unit='ns'"),
    "digits": ([20200131, 20201231], {}, None, "datetime_format='%Y%m%d'"),
    "years": ([2019, 2020], {}, None, "datetime_format='%Y'"),
    "no moment": ([1e300, 1e301], {}, None, r"unit= one of \['D', 's'"),
    "another unit": (
        [1577836800000, 1580515200000],
        {"unit": "s"},
        None,
        "no moment of the years 1 to 9999.*unit='ms'",
    ),
    "parts of days": (
        [18262.5, 18263.5],
        {"unit": "D"},
        None,
        "'d' holds 18262.5 in row 0.*whole days",
    ),
    "numbers after dates": (DATES, {}, [1577836800], "1577836800 in row 0.*unit='s'"),
    "numbers after texts": (
        ["31/12/2020", "30/11/2020"],
        {},
        [1577836800],
        "1577836800 in row 0.*'%d/%m/%Y'",
    ),
    "texts after seconds": (
        [1577836800, 1580515200],
        {"unit": "s"},
        ["01/02/2020"],
        "'01/02/2020' in row 0.*ISO8601",
    ),
    "truths": ([True, False], {}, None, "no dates but True in row 0"),
    "durations": (pd.to_timedelta([1, 2]), {}, None, "'d' holds no dates"),
    "lists": ([["2020-01-01"], ["2020-01-02"]], {}, None, "'d' holds no dates"),
    "unknown directive": (["2020"], {"datetime_format": "%Q"}, None, "'%Q' holds '%Q'"),
    "unknown unit": ([1], {"unit": "h"}, None, "unit.*'h'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_date_is_told(case):
    column, parameters, later, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        fitted(column, **parameters).transform(pd.DataFrame({"d": later}))


FORMATS = [
    "%d/%m/%Y %H:%M",
    "%m-%d-%Y %I:%M %p",
    "%d.%m.%y %H:%M",
    "%m/%d/%y %H:%M:%S",
    "%y/%m/%d %H:%M",
    "%Y/%m/%d, %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y%m%dT%H%M%S",
    "%b %d, %Y %I:%M:%S %p",
    "%A, %d %B %Y %H:%M",
    "%d-%b-%y %H:%M",
]
MOMENTS = st.datetimes(datetime.datetime(1969, 1, 1), datetime.datetime(2068, 12, 31))


@given(st.data(), st.sampled_from(FORMATS), st.lists(MOMENTS, min_size=1, max_size=6))
def test_rendered_moments_are_read_as_the_moments_in_any_company(data, format, moments):
    # A day that no other order has, so that nothing need be asked for.
    moments = pd.Series([datetime.datetime(1999, 12, 31, 17, 45), *moments])
    rendered = moments.map(lambda moment: moment.strftime(format))
    spec = fitted(rendered)
    truth = fitted(moments).transform(pd.DataFrame({"d": moments}))
    rows = data.draw(st.lists(st.sampled_from(range(len(moments))), min_size=1, max_size=6))
    found = spec.transform(pd.DataFrame({"d": rendered[rows]}))
    np.testing.assert_array_equal(found, truth[rows])
    in_graph = spec.features_["d"].in_graph({"d": tf.constant(rendered[rows].tolist())})
    np.testing.assert_array_equal(in_graph, truth[rows])


def test_what_is_no_date_is_missing_in_the_graph():
    spec = fitted(["31/12/2020", "01/02/2020", None])
    model = spec.preprocessing_model()
    given = np.array(["31/12/2020", "12/31/2020", "30/02/2020", "2020-12-31", "x", ""], object)
    missing = model({"d": given})["numeric"][:, -1]
    assert missing.numpy().tolist() == [0, 1, 1, 1, 1, 1]
    numbers = fitted(pd.array([1577836800000, None], "Int64"), unit="ms").preprocessing_model()
    missing = numbers({"d": np.array([0, 10**18, -(10**18), -(2**63)])})["numeric"][:, -1]
    assert missing.numpy().tolist() == [0, 1, 1, 1]


def test_a_saved_encoder_reads_what_it_read(tmp_path):
    table = pd.DataFrame({"d": ["Jan 5, 2020 3:04 PM", None]})
    spec = fitted(table["d"])
    encoder = Encoder.from_config(spec.features_["d"].to_config())
    assert vars(encoder) == vars(spec.features_["d"])
    spec.preprocessing_model().save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(spec.raw_inputs(table))["numeric"], spec.transform(table))


# Years beyond those of the fit, and gaps


def test_years_beyond_the_fit_are_clipped_and_told():
    spec = FeatureSpec().step_datetime_column(["d", "e"], parts=["year"])
    spec = spec.fit(pd.DataFrame({c: pd.to_datetime(["2010", "2012", "2019"]) for c in "de"}))
    later = pd.DataFrame({c: pd.to_datetime(["2010", "1999", "2030", None]) for c in "de"})
    told = r"'d' \(50.0% of the rows; the fit had 2010 to 2019\), 'e' .* nearest year"
    with pytest.warns(ColumnWarning, match=told) as warned:
        found = spec.transform(later)
    assert len(warned) == 1
    least, most = spec.transform(pd.DataFrame({c: pd.to_datetime(["2010", "2019"]) for c in "de"}))
    np.testing.assert_array_equal(found, [least, least, most, [0, 0]])
    in_graph = spec.preprocessing_model()(spec.raw_inputs(later))["numeric"]
    np.testing.assert_array_equal(in_graph, found)


def test_no_years_are_told_where_years_are_left_out():
    spec = FeatureSpec().step_datetime_column("d", parts=["month"])
    spec = spec.fit(pd.DataFrame({"d": pd.to_datetime(["2010-01-01"])}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spec.transform(pd.DataFrame({"d": pd.to_datetime(["2030-01-01"])}))


@pytest.mark.parametrize("cyclic", [True, False])
def test_a_gap_that_the_fit_had_none_of_is_an_average_row(cyclic):
    table = pd.DataFrame({"d": pd.to_datetime(["2010-02-03", "2012-07-09", "2019-12-31"])})
    spec = FeatureSpec().step_datetime_column("d", cyclic=cyclic).fit(table)
    gap = pd.DataFrame({"d": pd.to_datetime([None])})
    (found,) = spec.transform(gap)
    np.testing.assert_allclose(found, spec.transform(table).mean(axis=0), atol=1e-6)
    in_graph = spec.preprocessing_model()(spec.raw_inputs(gap))["numeric"]
    np.testing.assert_array_equal(in_graph, [found])


def test_encoders_of_0_1_0_neither_clip_nor_fill():
    encoder = DateEncoder.__new__(DateEncoder)
    vars(encoder).update(
        name="d",
        source="d",
        parts=["year"],
        cyclic=True,
        center_=2000.0,
        inv_scale_=1.0,
        has_gaps_=False,
    )
    spec = FeatureSpec().step_datetime_column("d").fit(pd.DataFrame({"d": DATES}))
    spec.features_ = {"d": encoder}
    table = pd.DataFrame({"d": ["2030-01-01", None]})
    assert spec.transform(table).tolist() == [[30.0], [0.0]]
    in_graph = spec.preprocessing_model()(spec.raw_inputs(table))["numeric"]
    assert in_graph.numpy().tolist() == [[30.0], [0.0]]


@given(st.lists(st.datetimes(), min_size=1, max_size=20))
def test_parts_are_those_of_the_calendar(moments):
    first, second = datetime.datetime(1970, 1, 1), datetime.timedelta(seconds=1)
    seconds = [(moment - first) // second for moment in moments]
    calendar = {
        "quarter": [(m.month - 1) // 3 for m in moments],
        "month": [m.month - 1 for m in moments],
        "week": [m.isocalendar().week - 1 for m in moments],
        "dayofyear": [m.timetuple().tm_yday - 1 for m in moments],
        "day": [m.day - 1 for m in moments],
        "dayofweek": [m.weekday() for m in moments],
        "hour": [m.hour for m in moments],
        "minute": [m.minute for m in moments],
        "second": [m.second for m in moments],
    }
    assert calendar.keys() == PART_SIZES.keys()
    for module, array in ((np, np.array(seconds)), (tf, tf.constant(seconds, tf.int64))):
        found = _parts(array, module, PARTS)
        for part, expected in calendar.items():
            np.testing.assert_array_equal(np.asarray(found[part]), expected, err_msg=part)
