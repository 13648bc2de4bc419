"""What texts are where nobody says it."""

from __future__ import annotations

import uuid

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_specs.columns.values.readings import Reading, is_running_number, reading_of

RNG = np.random.default_rng(0)
WORDS = [f"{a}{b}" for a in ("gar", "mon", "tel", "pas") for b in ("den", "key", "ler", "ta")]


def phrases(length, count=200):
    return [" ".join(RNG.choice(WORDS, length)) for _ in range(count)]


CASES = {
    # The issue's own
    "texts of nine words": (phrases(9), Reading.FREE_TEXT),
    "8,900 ids": ([f"C{i:05d}" for i in range(8900)], Reading.IDENTIFIERS),
    "1,764 amounts": ([f"{v:.2f}" for v in np.arange(1764) / 7], Reading.NUMBERS),
    "ISO dates": (
        pd.date_range("2020-01-01", periods=90).strftime("%Y-%m-%d").tolist(),
        Reading.DATES,
    ),
    # Numbers
    "blanks and gaps": (["1.5", " 2 ", "", "  ", None, "-.5e3", "nan"], Reading.NUMBERS),
    "whole numbers that differ": ([*map(str, range(20, 90))], Reading.NUMBERS),
    "few whole numbers": ([*"123"] * 20, Reading.CATEGORIES),
    "few amounts": (["1.5", "2.0"] * 20, Reading.NUMBERS),
    "zip codes": (["02134", "10001", "94110"] * 20, Reading.CATEGORIES),
    "fractions below one": (["0.5", "-0.25", "0"] * 9, Reading.NUMBERS),
    "telephone numbers": ([f"+49{i}" for i in range(15, 45)], Reading.CATEGORIES),
    "more digits than float64 keeps": ([str(2**60 + i) for i in range(30)], Reading.CATEGORIES),
    "one that is no number": ([*map(str, range(30)), "n/a"], Reading.CATEGORIES),
    "commas": (["1.234,5", "2.345,6"] * 9, Reading.CATEGORIES),
    "nothing but nan": (["nan", ""] * 9, Reading.CATEGORIES),
    "nothing but blanks": ([" ", "  "] * 9, Reading.CATEGORIES),
    "infinity": (["1.5", "inf"] * 9, Reading.CATEGORIES),
    "underscores": (["1_000", "2_000"] * 9, Reading.CATEGORIES),
    "digits of other scripts": (["١٫٥", "٢٫٥"] * 9, Reading.CATEGORIES),
    # Dates
    "day first, as the rows tell": (["03/04/2020", "31/12/2020"] * 9, Reading.DATES),
    "day or month first": (["03/04/2020", "05/06/2020"] * 9, Reading.UNCLEAR_DATES),
    "one that is no date": (["2020-01-01", "2020-01-02", "soon"] * 9, Reading.CATEGORIES),
    # Texts
    "few sentences that recur": (["I agree with this", "I do not agree"] * 9, Reading.CATEGORIES),
    "names of two words": (
        [f"{a} {b}" for a in WORDS for b in WORDS[:8]],
        Reading.FREE_TEXT,
    ),
    "places that recur": (["New York", "San Jose", "Bonn"] * 30, Reading.CATEGORIES),
    # Names of rows
    "UUIDs": ([str(uuid.UUID(int=i)) for i in range(100)], Reading.IDENTIFIERS),
    "most are new": ([*(f"C{i}" for i in range(95)), *["C1"] * 5], Reading.IDENTIFIERS),
    "two rows each": ([f"C{i % 50}" for i in range(100)], Reading.CATEGORIES),
    "too few rows to tell": ([f"C{i}" for i in range(49)], Reading.CATEGORIES),
}


@pytest.mark.parametrize("case", CASES)
def test_texts(case):
    texts, expected = CASES[case]
    assert reading_of(pd.Series(texts, dtype=object)) is expected
    assert reading_of(pd.Series(texts, dtype="string")) is expected


@given(st.lists(st.floats(allow_infinity=False), max_size=9), st.booleans())
def test_numbers_are_numbers_however_they_are_printed(values, blank):
    texts = ["0.5", *(f" {v!r}" if blank else repr(v) for v in values)]
    reading = reading_of(pd.Series(texts))
    # An exponent of three digits may be beyond what floats hold.
    assert reading is Reading.NUMBERS or any("e" in text for text in texts)


RUNNING = {
    "in order": (range(100), True),
    "shuffled, from anywhere": (RNG.permutation(100) + 1000, True),
    "three of four, as a split leaves them": (RNG.permutation(100)[:75], True),
    "prices": (RNG.integers(1000, 100_000, 100), False),
    "counts": (RNG.integers(0, 9, 100), False),
    "few rows": (range(49), False),
    "one twice": ([*range(99), 0], False),
}


@pytest.mark.parametrize("case", RUNNING)
def test_running_numbers(case):
    values, expected = RUNNING[case]
    assert is_running_number(pd.Series(values)) is expected
    assert is_running_number(pd.Series(values, dtype="Int64")) is expected
