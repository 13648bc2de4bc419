"""Steps on moments, as methods of a spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from feature_specs.step_methods.base import StepMethods
from feature_specs.steps import DatetimeColumn, ElapsedTimeColumn


class DateStepMethods(StepMethods):
    """Adds steps on moments."""

    def step_datetime_column(
        self,
        columns: Any,
        *,
        parts: Sequence[str] = ("year", "month", "dayofweek"),
        cyclic: bool = True,
        datetime_format: str | None = None,
        unit: str | None = None,
        time_zone: str | None = None,
        holidays: Any = None,
        name: str | None = None,
    ) -> Self:
        """Take moments apart: dates, texts that tell dates, or numbers that count from 1970.

        Years beyond those of the fit are clipped to the nearest, with a `ColumnWarning`.

        Parameters
        ----------
        columns : selector, str or list of str
        parts : sequence of str, default=("year", "month", "dayofweek")
            Of "year", "quarter", "month", "week" (of ISO 8601), "dayofyear", "day", "dayofweek",
            "hour", "minute", "second"; and of `holidays` "to_holiday", "since_holiday": how near
            the next one is, and the last one, as 1 on the day, 1/2 a day away, 1/8 a week away.
        cyclic : bool, default=True
            Whether parts that come round become sine and cosine, so that December meets January.
        datetime_format : str, default=None
            Format of texts, such as ``"%d/%m/%Y"``, as `datetime.strptime` takes it, or
            ``"ISO8601"``; learnt from all rows of the fit by default. Of numbers without `unit`
            as well, such as 20200131.
        unit : {"D", "s", "ms", "us", "ns"}, default=None
            What numbers count from the beginning of 1970, in UTC where they have a `time_zone`.
        time_zone : str, default=None
            On whose clock parts are read, such as ``"Europe/Berlin"`` or ``"+01:00"``; all moments
            need a zone or an offset from UTC then. By default that of the column at the fit.
        holidays : list of dates or dict, default=None
            Days whose rows are marked with 1 in ``x_holiday``: dates, or texts such as
            ``"2020-12-25"``. Of a dictionary from names to dates, or from dates to names, as
            calendars of the package holidays are, each name has a mark of its own,
            ``x_holiday_name``; a name that no row of the fit falls on is left out with a warning.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec

        Raises
        ------
        ValueError
            At fit and ever after: for a text that does not follow the format, for a moment with a
            time zone where the fit had none, and for one without where it had one. At fit where
            several formats fit all rows, such as day-first and month-first for "01/02/2020".

        Notes
        -----
        *Time zones.* Where all moments of a column have one zone, or one offset from UTC, at the
        fit, parts are read on its clock: later ones of another zone are converted to it. Where
        none has a zone, later ones may not have one either. Where several zones or offsets meet in
        a column, as in texts of summer and winter time, or some moments have none, each is read by
        its own clock, and later ones too.

        References
        ----------
        ``step_date``, ``step_time`` and ``step_holiday`` of tidymodels' recipes; parts are called
        as in `pandas.Series.dt`.

        Examples
        --------
        >>> import pandas as pd
        >>> from feature_specs import FeatureSpec
        >>> table = pd.DataFrame({"day": ["31/12/2019", "01/02/2020"]})
        >>> spec = FeatureSpec().step_datetime_column("day", parts=["month"], cyclic=False)
        >>> (12 * spec.fit(table).transform(table)).round().tolist()
        [[11.0], [1.0]]

        Rows on holidays are marked, by name where there are names:

        >>> holidays = {"New Year": ["2019-01-01", "2020-01-01"], "Easter": "2020-04-12"}
        >>> table = pd.DataFrame({"day": pd.to_datetime(["2020-01-01 09:00", "2020-04-12 18:00"])})
        >>> spec = FeatureSpec().step_datetime_column("day", parts=[], holidays=holidays)
        >>> spec.fit_transform(table).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
        >>> spec.fit(table).get_feature_names_out().tolist()
        ['day_holiday_New Year', 'day_holiday_Easter']

        Hours are those of the clock that the fit had, whichever a later table has:

        >>> clock = pd.to_datetime(["2020-01-31 09:00", "2020-07-31 12:00"])
        >>> berlin = pd.DataFrame({"at": clock.tz_localize("Europe/Berlin")})
        >>> utc = pd.DataFrame({"at": berlin["at"].dt.tz_convert("UTC")})
        >>> spec = FeatureSpec().step_datetime_column("at", parts=["hour"], cyclic=False)
        >>> (24 * spec.fit(berlin).transform(utc)).tolist()
        [[9.0], [12.0]]
        >>> (24 * spec.fit(utc).transform(berlin)).tolist()
        [[8.0], [10.0]]
        """
        step = DatetimeColumn(
            columns,
            parts=parts,
            cyclic=cyclic,
            datetime_format=datetime_format,
            unit=unit,
            time_zone=time_zone,
            holidays=holidays,
        )
        return self._with(step, name)

    def step_elapsed_time_column(
        self,
        columns: Any,
        *,
        since: Any,
        output_unit: str = "D",
        normalizer: Any = "standard",
        datetime_format: str | None = None,
        unit: str | None = None,
        time_zone: str | None = None,
        name: str | None = None,
    ) -> Self:
        """Tell how much time has passed since a moment; makes ``x_since_y`` of column x.

        Time is counted by the clock on which `step_datetime_column` reads parts. Where either
        moment is missing the mean stands for it, and ``x_since_y_missing`` marks it where the fit
        had such rows.

        Parameters
        ----------
        columns : selector, str or list of str
            Of dates, texts that tell dates, or numbers that count from 1970.
        since : str, date, datetime or numpy.datetime64
            Another column, or a moment that is the same for all rows, as a text
            ``"2020-01-31"`` or ``"2020-01-31T12:00"``; on the clock of the column where it has no
            zone itself.
        output_unit : {"D", "h", "m", "s"}, default="D"
            Days, hours, minutes or seconds, before they are scaled.
        normalizer : str, scaler, scikit-learn transformer or callable, default="standard"
            As of `step_numeric_column`.
        datetime_format : str, default=None
            Format of texts, and of numbers without `unit`; learnt by default.
        unit : {"D", "s", "ms", "us", "ns"}, default=None
            What numbers count from the beginning of 1970.
        time_zone : str, default=None
            The clock, for columns of several zones; that of the columns by default.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec

        Raises
        ------
        ValueError
            At fit, where `since` is neither a column nor a date, or the two columns have two time
            zones, or one alone has one; else as `step_datetime_column` does.

        References
        ----------
        ``DatetimeSubtraction`` of feature_engine.

        Examples
        --------
        >>> import pandas as pd
        >>> from feature_specs import FeatureSpec
        >>> table = pd.DataFrame({
        ...     "order": pd.to_datetime(["2020-03-01", "2020-03-11", "2020-03-02"]),
        ...     "signup": ["2020-02-29", "2020-02-29", None],
        ... })
        >>> spec = FeatureSpec().step_elapsed_time_column("order", since="signup", normalizer=None)
        >>> spec.fit_transform(table).tolist()
        [[1.0, 0.0], [11.0, 0.0], [6.0, 1.0]]
        >>> spec.fit(table).get_feature_names_out().tolist()
        ['order_since_signup', 'order_since_signup_missing']
        """
        step = ElapsedTimeColumn(
            columns,
            since=since,
            output_unit=output_unit,
            normalizer=normalizer,
            datetime_format=datetime_format,
            unit=unit,
            time_zone=time_zone,
        )
        return self._with(step, name)
