"""How the texts of a column write dates: found once over all rows, then kept and applied."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from feature_specs.columns.values.date_texts import (
    BLANKS,
    DAY,
    ISO8601,
    ISO_PATTERN,
    MISSING,
    MONTH,
    OFFSET,
    DateFormat,
)

__all__ = [
    "AmbiguousDateFormat",
    "DateFormat",
    "common_format",
    "find_date_format",
    "fitting_formats",
]

# Enough texts to know an ordinary column by, before all of them are looked at.
_GLANCE = 50


class AmbiguousDateFormat(ValueError):
    """Every text follows several formats, so that nobody but the caller can tell which is meant.

    Attributes
    ----------
    formats : list of str
    example : str
        A text of the column.
    """

    def __init__(self, formats: Sequence[str], example: str) -> None:
        self.formats = list(formats)
        self.example = example
        moments = [DateFormat(f).seconds([example]).astype("datetime64[s]")[0] for f in formats]
        readings = " or ".join(
            f"{moment.item():%d %B %Y} by {format!r}"
            for moment, format in zip(moments, formats, strict=True)
        )
        super().__init__(f"{example!r} is {readings}, and every row follows all of these")


def find_date_format(texts: pd.Series) -> str | None:
    """Return the one format that all texts of a column follow.

    Parameters
    ----------
    texts : Series of str
        Missing values and blank texts follow any format.

    Returns
    -------
    str or None
        A format of `datetime.strptime`, or ``"ISO8601"``; None where no known format fits all
        texts, and for a column without texts. Plain numbers such as "20200131" are no dates.

    Raises
    ------
    AmbiguousDateFormat
        Where each text follows several formats.

    Examples
    --------
    >>> import pandas as pd
    >>> find_date_format(pd.Series(["01/02/2020", None, "31/01/2020"]))
    '%d/%m/%Y'
    >>> find_date_format(pd.Series(["Bonn", "Rome"])) is None
    True
    """
    glance = _present(texts.dropna().iloc[:_GLANCE])
    if not fitting_formats(glance):
        return None
    present = _present(texts)
    formats = fitting_formats(present)
    if len(formats) > 1:
        raise AmbiguousDateFormat(formats, _telling_text(formats, present))
    return formats[0] if formats else None


def fitting_formats(texts: Sequence[str]) -> list[str]:
    """Return the known formats that all of some texts follow, none where there are no texts."""
    formats = _formats_of(texts[0]) if texts else []
    if ISO8601 in formats and _follow(texts, ISO8601):
        return [ISO8601]
    # Every hundredth text decides most orders of day and month.
    return [f for f in formats if _follow(texts[::100], f) and _follow(texts, f)]


def common_format(texts: Sequence[str]) -> str | None:
    """Return the known format that most of some texts follow, None where most follow none."""
    sample = [texts[i] for i in np.unique(np.linspace(0, len(texts) - 1, _GLANCE).astype(int))]
    known = dict.fromkeys(f for text in sample for f in _formats_of(text))
    shares = {f: (DateFormat(f).seconds(texts) != MISSING).mean() for f in known}
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] > 0.5 else None


def _follow(texts: Sequence[str], format: str) -> bool:
    return bool((DateFormat(format).seconds(texts) != MISSING).all())


def _present(texts: pd.Series) -> list[str]:
    return [text for text in texts.dropna().unique().tolist() if text.strip(BLANKS)]


def _telling_text(formats: Sequence[str], texts: Sequence[str]) -> str:
    """Return a text that the formats read differently, where there is one."""
    readings = np.array([DateFormat(f).seconds(texts) for f in formats])
    return texts[int(np.argmax((readings != readings[0]).any(axis=0)))]


_TIME = re.compile(
    r"(?P<before>(?P<basic>T(?=[0-9]{4}))|T|,? +)"
    r"[0-9]{1,2}(?P<colon>(?(basic)|:))[0-9]{2}(?P<seconds>(?P=colon)[0-9]{2})?"
    rf"(?P<dot>[.,])?(?(dot)[0-9]{{1,9}})(?P<half> ?[AP]M)?(?P<gap> ?)(?P<zone>{OFFSET}|UTC|GMT)?",
    re.IGNORECASE | re.ASCII,
)
_NUMERIC_DATE = re.compile(r"([0-9]{1,4})([-/. ])([0-9]{1,4})(?:\2([0-9]{1,4}))?", re.ASCII)
_LONGEST = 60


def _formats_of(text: str) -> list[str]:
    """Return the formats that a text looks like, month-first beside day-first."""
    text = text.strip(BLANKS)
    # Most texts that are no dates are told by these two, at once.
    if len(text) > _LONGEST or not any(digit in text for digit in "0123456789"):
        return []
    iso = [ISO8601] if re.fullmatch(ISO_PATTERN, text, re.ASCII) else []
    found = [(_date_formats(text), "")]
    for time in _TIME.finditer(text):
        if time.end() == len(text):
            dates = _date_formats(text[: time.start()], with_time=True)
            found.append((dates, _time_format(time)))
    formats = iso + [date + time for dates, time in found for date in dates]
    return [f for f in formats if DateFormat(f).seconds([text])[0] != MISSING]


def _time_format(time: re.Match[str]) -> str:
    colon, half, zone = time["colon"], time["half"], time["zone"]
    format = time["before"] + ("%I" if half else "%H") + f"{colon}%M"
    format += f"{colon}%S" if time["seconds"] else ""
    format += f"{time['dot']}%f" if time["dot"] else ""
    if half:
        format += " %p" if half[0] == " " else "%p"
    if zone:
        format += time["gap"] + ("%Z" if zone[-1].isalpha() and len(zone) > 1 else "%z")
    return format


def _date_formats(text: str, with_time: bool = False) -> list[str]:
    if with_time and re.fullmatch("[0-9]{8}", text, re.ASCII):
        return ["%Y%m%d"]
    numeric = _NUMERIC_DATE.fullmatch(text)
    if not numeric:
        return _named_date_formats(text)
    first, mark, second, third = numeric.groups()
    if third is None:
        if mark in "-/" and 4 in (len(first), len(second)):
            return [f"%Y{mark}%m"] if len(first) == 4 else [f"%m{mark}%Y"]
        return []
    if len(first) == 4:
        orders = ["Ymd"]
    elif len(third) == 4:
        orders = ["dmY", "mdY"]
    else:
        orders = ["dmy", "mdy", "ymd"]
    return [mark.join(f"%{letter}" for letter in order) for order in orders]


def _named_date_formats(text: str) -> list[str]:
    """Return the formats of a date with a month's name, where a year of two digits comes last."""
    format, names = re.subn(rf"(?<![a-z])({MONTH})(?![a-z])", "%b", text, flags=re.IGNORECASE)
    if names != 1:
        return []
    days = rf"(?<![a-z%])({DAY})(?![a-z])"
    format = re.sub(days, "%a", format, flags=re.IGNORECASE)
    numbers = re.findall("[0-9]+", format, re.ASCII)
    lengths = [len(number) for number in numbers]
    if lengths == [4]:
        letters = ["Y"]
    elif len(lengths) == 2 and 4 in lengths:
        letters = ["Y" if length == 4 else "d" for length in lengths]
    elif len(lengths) == 2:
        letters = ["d", "y"]
    else:
        return []
    for letter in letters:
        format = re.sub(r"(?<!%)[0-9]+", f"%{letter}", format, count=1, flags=re.ASCII)
    others = re.sub("%[a-zA-Z]", "", format)
    return [] if re.search(r"[^\s,./-]", others) else [format]
