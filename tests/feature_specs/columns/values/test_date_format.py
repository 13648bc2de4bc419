"""Tests of the formats of dates: found over all rows, read strictly, the same in a graph."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_specs.columns.values.date_format import (
    AmbiguousDateFormat,
    DateFormat,
    common_format,
    find_date_format,
)

FOUND = [
    (["01/02/2020", "31/01/2020"], "%d/%m/%Y"),
    (["01/02/2020", None, "", "01/31/2020"], "%m/%d/%Y"),
    (["1/2/20", "31/1/20"], "%d/%m/%y"),
    (["31.12.2020 10:15", "1.2.2020 00:00"], "%d.%m.%Y %H:%M"),
    (["12/31/2020, 11:59:59 PM"], "%m/%d/%Y, %I:%M:%S %p"),
    (["2020-01-31"], "ISO8601"),
    (["2020-01-31", "2020-01-31T10:00Z", "2020-01-31 10:00:00.123456+05:30"], "ISO8601"),
    (["2020-01-31", "2020-2-1"], "%Y-%m-%d"),
    (["2020/01/31"], "%Y/%m/%d"),
    (["20200131T101500Z"], "%Y%m%dT%H%M%S%z"),
    (["2020-01"], "%Y-%m"),
    (["5 Jan 2020", "28 December 2020"], "%d %b %Y"),
    (["05-Jan-20"], "%d-%b-%y"),
    (["May 2020"], "%b %Y"),
    (["January 5, 2020 3:04 PM"], "%b %d, %Y %I:%M %p"),
    (["Mon, 05 Jan 2020 10:00:00 GMT"], "%a, %d %b %Y %H:%M:%S %Z"),
    # Plain numbers, texts, days that no calendar has, mixed formats, nothing.
    (["2020"], None),
    (["20200131"], None),
    (["12.5", "1.5"], None),
    (["10:15"], None),
    (["Bonn", "2020-01-31"], None),
    (["2020-02-30"], None),
    (["0000-01-01"], None),
    (["31/01/2020", "01/31/2020"], None),
    (["31/01/2020", "2020-01-31"], None),
    (["now", "today"], None),
    ([None, ""], None),
    ([], None),
]


@pytest.mark.parametrize(("texts", "format"), FOUND)
def test_the_format_is_what_all_texts_follow(texts, format):
    assert find_date_format(pd.Series(texts, dtype=object)) == format


@pytest.mark.parametrize("texts", [["01/02/2020"], ["01/01/2020"], ["03.04.05", "01.01.01"]])
def test_two_orders_that_fit_every_row_are_asked_for(texts):
    with pytest.raises(AmbiguousDateFormat, match=texts[0]) as error:
        find_date_format(pd.Series(texts))
    assert len(error.value.formats) > 1


def test_the_format_of_most_is_known_where_not_all_follow_one():
    assert common_format(["31/01/2020", "01/02/2020", "2020-01-31"]) == "%d/%m/%Y"
    assert common_format(["Bonn", "Rome", "2020-01-31"]) is None


FORMATS = [
    "%d/%m/%Y",
    "%m/%d/%y",
    "%Y%m%d",
    "%d%m%y%H%M",
    "%Y-%j",
    "%B %d, %Y %I:%M:%S %p",
    "%a %d-%b-%Y %H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S",
    "%Y年%m月%d日",
    "%H:%M",
    "100%% %m/%Y",
]
MOMENTS = st.datetimes(datetime.datetime(1000, 1, 1), datetime.datetime(9999, 12, 31))


@given(st.sampled_from(FORMATS), st.lists(MOMENTS, min_size=1, max_size=5))
def test_a_text_is_read_as_strptime_reads_it(format, moments):
    texts = [moment.strftime(format) for moment in moments]
    expected = [datetime.datetime.strptime(text, format) for text in texts]
    found = DateFormat(format).seconds(texts).astype("datetime64[s]")
    np.testing.assert_array_equal(found, np.array(expected, "datetime64[s]"))


@given(st.lists(MOMENTS, min_size=1, max_size=5), st.sampled_from(["T", " "]), st.booleans())
def test_iso_texts_are_read_as_the_standard_library_reads_them(moments, separator, in_utc):
    zone = datetime.UTC if in_utc else None
    texts = [moment.replace(tzinfo=zone).isoformat(separator) for moment in moments]
    found = DateFormat("ISO8601").seconds(texts).astype("datetime64[s]")
    np.testing.assert_array_equal(found, np.array(moments, "datetime64[s]"))


ANY_TEXT = st.text("0123456789/-:.,+ TZapmJanuryFeb年\n", max_size=20)


@given(st.sampled_from([*FORMATS, "ISO8601"]), MOMENTS, st.lists(ANY_TEXT, min_size=1, max_size=5))
def test_the_graph_reads_what_the_host_reads(format, moment, texts):
    rendered = moment.isoformat() if format == "ISO8601" else moment.strftime(format)
    texts = [rendered, f" {rendered.lower()} ", rendered[:-1], rendered + "0", *texts]
    date_format = DateFormat(format)
    np.testing.assert_array_equal(
        date_format.seconds_in_graph(np.array(texts, object)), date_format.seconds(texts)
    )


@pytest.mark.parametrize(
    ("format", "message"),
    [
        ("%d/%m/%U", "holds '%U'; directives are %Y"),
        ("day", "holds no directive"),
        ("%d.%d", "tells the day in two ways"),
        ("%b %m", "tells the month in two ways"),
        ("%H %p", "%p without the hour %I"),
    ],
)
def test_a_format_that_cannot_be_read_is_told(format, message):
    with pytest.raises(ValueError, match=message):
        DateFormat(format)
