"""One way to write dates: texts become seconds since 1970, on the host and in a graph alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["ISO8601", "DateFormat"]

# Dates of the form 2020-01-31, with or without a time, a fraction of a second and an offset.
ISO8601 = "ISO8601"

MISSING = np.iinfo(np.int64).min
BLANKS = " \t\r\n"
_MONTHS = "january february march april may june july august september october november december"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"


def _names_pattern(names: str) -> str:
    """Return a pattern of names in full, or by their first three or four letters."""
    return "|".join(f"{n[:3]}(?:{n[3]}(?:{n[4:]})?)?" if n[3:] else n for n in names.split())


MONTH = _names_pattern(_MONTHS)
DAY = _names_pattern(_DAYS)
OFFSET = "Z|[+-][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?"

# What a directive stands for, and its texts.
_DIRECTIVES = {
    "Y": ("year", "[0-9]{4}"),
    "y": ("short year", "[0-9]{2}"),
    "m": ("month", "[0-9]{1,2}"),
    "b": ("month name", MONTH),
    "B": ("month name", MONTH),
    "d": ("day", "[0-9]{1,2}"),
    "j": ("day of year", "[0-9]{1,3}"),
    "H": ("hour", "[0-9]{1,2}"),
    "I": ("hour of half", "[0-9]{1,2}"),
    "p": ("half", "[ap][.]?m[.]?"),
    "M": ("minute", "[0-9]{1,2}"),
    "S": ("second", "[0-9]{1,2}"),
    # Read, and of no consequence for parts of which seconds are the smallest.
    "f": (None, "[0-9]{1,9}"),
    "z": ("offset", OFFSET),
    "Z": ("offset", "[a-z]{1,5}"),
    "a": (None, DAY),
    "A": (None, DAY),
}
_NUMBERS = "YymdjHIMSf"
_RANGES = {
    "year": (1, 9999),
    "month": (1, 12),
    "day": (1, 31),
    "hour": (0, 23),
    "hour of half": (1, 12),
    "minute": (0, 59),
    "second": (0, 59),
}

# Which field decides when two directives tell the same.
_SAME = [
    ("year", "short year"),
    ("month", "month name", "day of year"),
    ("day", "day of year"),
    ("hour", "hour of half"),
]

ISO_PATTERN = (
    "([0-9]{4})-([0-9]{2})-([0-9]{2})"
    "(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,9})?)?"
    f" ?({OFFSET}|UTC)?)?"
)
_ISO_FIELDS = ["year", "month", "day", "hour", "minute", "second", "offset"]
# Names of zones that tell the offset, which is none.
_UTC = ("z", "utc", "gmt")


class DateFormat:
    """Reads texts that write moments in one way, each by itself, on the host and in the graph.

    The clock time is read as it is written, and the offset from UTC for itself. Names of months
    and days are English.

    Parameters
    ----------
    format : str
        A format of `datetime.strptime`, or ``"ISO8601"``.

    Raises
    ------
    ValueError
        For a directive that is unknown, or two that tell the same.

    Examples
    --------
    >>> DateFormat("%d/%m/%Y").seconds(["02/01/1970", "1970-01-02"]).tolist()
    [86400, -9223372036854775808]
    """

    def __init__(self, format: str) -> None:
        self.format = format
        self._pattern, self._fields = _compiled(format)

    def seconds(self, texts: Iterable[str]) -> np.ndarray:
        """Return seconds since 1970, the smallest int64 for a text that does not follow the format.

        Parameters
        ----------
        texts : iterable of str

        Returns
        -------
        ndarray of int64
        """
        return self.seconds_and_offsets(texts)[0]

    def seconds_and_offsets(self, texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the same, and how far from UTC the clock is, the smallest int64 where untold.

        Parameters
        ----------
        texts : iterable of str

        Returns
        -------
        seconds, offsets : ndarray of int64

        Examples
        --------
        >>> DateFormat("%H:%M %z").seconds_and_offsets(["10:00 -01:30"])[1].tolist()
        [-5400]
        """
        texts = list(texts)
        follows = np.zeros(len(texts), bool)
        fields = {field: np.zeros(len(texts), np.int64) for field in self._clock_fields}
        offsets = np.full(len(texts), MISSING)
        # Texts alike but for their digits hold each number in the same place.
        shapes = [text.translate(self._digits) for text in texts]
        for shape, rows in pd.Series(shapes, dtype=object).groupby(shapes).indices.items():
            match = self._matcher.fullmatch(shape)
            if match is None:
                continue
            follows[rows] = True
            alike = np.array([texts[row] for row in rows])
            characters = alike.view(np.uint32).reshape(len(rows), -1)
            for place, field in enumerate(self._fields, start=1):
                if field == "offset":
                    offsets[rows] = _offset(match, place, characters)
                    continue
                if field in _NAMES:
                    fields[field][rows] = _NAMES[field](match[place])
                    continue
                number = 0
                for position in range(*match.span(place)):
                    number = 10 * number + characters[:, position] - ord("0")
                fields[field][rows] = number
        return _seconds(fields, follows, np), np.where(follows, offsets, MISSING)

    def seconds_in_graph(self, texts: tf.Tensor) -> tf.Tensor:
        """Return the seconds of a tensor of texts."""
        import tensorflow as tf

        pattern = f"(?i)^{self._pattern}$"
        follows = tf.strings.regex_full_match(texts, pattern)
        fields = {}
        for place, field in enumerate(self._fields, start=1):
            if field == "offset":
                continue
            column = tf.where(follows, _group_in_graph(texts, pattern, place), "")
            fields[field] = _NAMES_IN_GRAPH.get(field, _whole_in_graph)(column)
        return _seconds(fields, follows, tf)

    def offsets_in_graph(self, texts: tf.Tensor) -> tf.Tensor:
        """Return the offsets of a tensor of texts."""
        import tensorflow as tf

        if not self.has_offsets:
            return tf.fill(tf.shape(texts), tf.constant(MISSING, tf.int64))
        pattern = f"(?i)^{self._pattern}$"
        follows = tf.strings.regex_full_match(texts, pattern)
        column = _group_in_graph(texts, pattern, 1 + self._fields.index("offset"))
        return _offset_in_graph(tf.where(follows, column, ""))

    def text(self, seconds: int, in_utc: bool = False) -> str:
        """Return a moment as this format writes it, "" for the smallest int64.

        An offset, where the format has one or the moment is `in_utc`, is that of UTC.
        """
        if seconds == MISSING:
            return ""
        moment = np.datetime64(int(seconds), "s").item()
        if in_utc or self.format != ISO8601:
            moment = moment.replace(tzinfo=UTC)
        return moment.isoformat() if self.format == ISO8601 else moment.strftime(self.format)

    @property
    def has_offsets(self) -> bool:
        """Whether texts may tell how far from UTC their clock is."""
        return "offset" in self._fields

    @property
    def _clock_fields(self) -> list[str]:
        return [field for field in self._fields if field != "offset"]

    @cached_property
    def _matcher(self) -> re.Pattern[str]:
        return re.compile(self._pattern, re.IGNORECASE | re.ASCII)

    @cached_property
    def _digits(self) -> dict[int, str]:
        """Return what makes all digits alike, nothing where the format itself has some."""
        has_digits = re.search("[0-9]", self.format.removeprefix(ISO8601))
        return {} if has_digits else dict.fromkeys(map(ord, "123456789"), "0")


@lru_cache(maxsize=256)
def _compiled(format: str) -> tuple[str, list[str]]:
    """Return the pattern of a format, blanks around it allowed, and the fields of its groups."""
    pattern, fields = (ISO_PATTERN, _ISO_FIELDS) if format == ISO8601 else _translated(format)
    return f"[{BLANKS}]*{pattern}[{BLANKS}]*", fields


def _translated(format: str) -> tuple[str, list[str]]:
    pieces = re.findall(r"%.?|\s+|[^%\s]+", format, re.DOTALL)
    numbers = [piece[0] == "%" and piece[-1] in _NUMBERS for piece in pieces]
    numbers = [False, *numbers, False]
    pattern, fields = "", []
    for place, piece in enumerate(pieces, start=1):
        if piece.isspace():
            pattern += " +"
        elif piece == "%%" or piece[0] != "%":
            pattern += re.escape(piece.replace("%%", "%"))
        elif piece[1:] not in _DIRECTIVES:
            known = ", ".join(f"%{letter}" for letter in _DIRECTIVES)
            raise ValueError(
                f"datetime_format={format!r} holds {piece!r}; directives are {known}, and "
                "pandas.to_datetime knows others."
            )
        else:
            field, texts = _DIRECTIVES[piece[1:]]
            if field == "offset" and (field in fields or piece == "%Z" and "%z" in format):
                # One tells the offset.
                field = None
            if numbers[place] and (numbers[place - 1] or numbers[place + 1]):
                # Without anything in between, a number needs all its digits.
                texts = texts.replace("{1,", "{")
            pattern += f"(?:{texts})" if field is None else f"({texts})"
            fields += [] if field is None else [field]
    _check_fields(format, fields)
    return pattern, fields


def _check_fields(format: str, fields: Sequence[str]) -> None:
    if not set(fields) - {"offset"}:
        raise ValueError(
            f"datetime_format={format!r} holds no directive, such as %Y, %m and %d, that tells a "
            "date or a time."
        )
    twice = [f for f in fields if fields.count(f) > 1]
    twice += [same[0] for same in _SAME if len(set(same) & set(fields)) > 1]
    if twice:
        raise ValueError(f"datetime_format={format!r} tells the {twice[0]} in two ways; leave one.")
    if "half" in fields and "hour of half" not in fields:
        raise ValueError(f"datetime_format={format!r} has %p without the hour %I that it halves.")


def _offset(match: re.Match[str], place: int, characters: np.ndarray) -> Any:
    """Return the seconds from UTC in a group of texts that are alike but for their digits."""
    shape = match[place] or ""
    if shape.lower() in _UTC:
        return 0
    if shape[:1] not in ("+", "-"):
        return MISSING
    first = match.start(place)
    digits = [
        characters[:, first + i].astype(np.int64) - ord("0")
        for i, character in enumerate(shape)
        if character.isdigit()
    ]
    seconds = 0
    for unit, tens, ones in zip((3_600, 60, 1), digits[::2], digits[1::2], strict=False):
        seconds += unit * (10 * tens + ones)
    return -seconds if shape[0] == "-" else seconds


def _offset_in_graph(offsets: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    digits = tf.strings.regex_replace(offsets, "[^0-9]", "") + "000000"
    seconds = 0
    for place, unit in enumerate((3_600, 60, 1)):
        two = tf.strings.substr(digits, 2 * place, 2)
        seconds += unit * tf.strings.to_number(two, tf.int64)
    seconds = tf.where(tf.strings.regex_full_match(offsets, "-.*"), -seconds, seconds)
    told = tf.strings.regex_full_match(offsets, f"(?i)[+-].*|{'|'.join(_UTC)}")
    return tf.where(told, seconds, tf.constant(MISSING, tf.int64))


def _group_in_graph(texts: tf.Tensor, pattern: str, place: int) -> tf.Tensor:
    import tensorflow as tf

    return tf.strings.regex_replace(texts, pattern, f"\\{place}", replace_global=False)


def _whole_in_graph(digits: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.strings.to_number(tf.where(tf.equal(digits, ""), "0", digits), tf.int64)


_MONTH_NUMBERS = {name[:3]: number for number, name in enumerate(_MONTHS.split(), start=1)}


def _month(name: str) -> int:
    return _MONTH_NUMBERS.get(name[:3].lower(), 0)


def _month_in_graph(name: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    short = tf.strings.lower(tf.strings.substr(name, 0, 3))
    is_month = tf.equal(short[..., None], list(_MONTH_NUMBERS))
    numbers = tf.constant(list(_MONTH_NUMBERS.values()), tf.int64)
    return tf.reduce_sum(tf.cast(is_month, tf.int64) * numbers, axis=-1)


def _half(name: str) -> int:
    return int(name[:1] in ("p", "P"))


def _half_in_graph(name: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.cast(tf.equal(tf.strings.lower(tf.strings.substr(name, 0, 1)), "p"), tf.int64)


_NAMES = {"month name": _month, "half": _half}
_NAMES_IN_GRAPH = {"month name": _month_in_graph, "half": _half_in_graph}


def _seconds(fields: Mapping[str, Any], follows: Any, module: Any) -> Any:
    """Return seconds since 1970 of calendar fields, in whole numbers throughout.

    The days are counted as in `feature_specs.encoders.dates`, the other way round.
    """
    zero = next(iter(fields.values())) * 0
    one = zero + 1
    year = fields.get("year", zero + 1900)
    if "short year" in fields:
        short = fields["short year"]
        year = short + module.where(short < 69, zero + 2000, zero + 1900)
    month = fields.get("month", fields.get("month name", one))
    day, of_year = fields.get("day", one), fields.get("day of year", one)
    hour = fields.get("hour", zero)
    if "hour of half" in fields:
        hour = fields["hour of half"] % 12 + 12 * fields.get("half", zero)
    leaps = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    leap = module.where(leaps, one, zero)
    length = module.where(month == 2, 28 + leap, 30 + (month + month // 8) % 2)
    follows = follows & (day <= length) & (of_year >= 1) & (of_year <= 365 + leap)
    for field, (least, most) in _RANGES.items():
        if field in fields:
            follows = follows & (fields[field] >= least) & (fields[field] <= most)
    # Years begin in March, so that a leap day comes last.
    march_year = year - module.where(month <= 2, one, zero)
    of_march_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    leap_days = march_year // 4 - march_year // 100 + march_year // 400
    days = 365 * march_year + leap_days + of_march_year + of_year - 1 - 719_468
    seconds = 86_400 * days + 3_600 * hour
    seconds += 60 * fields.get("minute", zero) + fields.get("second", zero)
    return module.where(follows, seconds, zero + MISSING)
