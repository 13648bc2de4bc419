"""The steps of a spec that names none: the columns decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from feature_specs.columns.column_info import ColumnInfo, dtype_families
from feature_specs.columns.column_warning import some_of, warn_of_column
from feature_specs.columns.selector import Selector, as_selector
from feature_specs.columns.selectors import all_datetime, all_nominal, all_numeric, cols
from feature_specs.columns.table import Table
from feature_specs.columns.values.readings import Reading, is_running_number, reading_of
from feature_specs.encoders.features import NUMERIC
from feature_specs.steps.categorical import CategoricalColumn
from feature_specs.steps.dates import DatetimeColumn
from feature_specs.steps.fitting import NAMES_ROWS, Fitting
from feature_specs.steps.numeric import NumericColumn
from feature_specs.steps.step import Step
from feature_specs.steps.text import TextColumn


def sparse_steps() -> list[tuple[str, Step]]:
    """Return the step for a sparse matrix: columns up to 1, as zeros must stay zeros."""
    return [(NUMERIC, NumericColumn(all_numeric(), normalizer="max_abs"))]


def automatic_steps(fitting: Fitting, normalizer: Any = "standard") -> list[tuple[str, Step]]:
    """Return names and steps: numbers scaled, categories by vocabulary, dates taken apart.

    What texts hold decides how they are read (see `columns.values.readings`), which is told.

    Raises
    ------
    ValueError
        For a column that no step can read.
    """
    fitting.select_all([info.name for info in fitting.columns])
    infos = [info for info in fitting.columns if not fitting.says_nothing(info.name)]
    _check_readable(infos)
    read = _readings(fitting.table, infos)
    _tell(read, _running_numbers(fitting.table, infos))
    numbers, dates, texts = read[Reading.NUMBERS], read[Reading.DATES], read[Reading.FREE_TEXT]
    otherwise = [*numbers, *dates, *texts, *read[Reading.IDENTIFIERS]]
    fitting.left_out |= dict.fromkeys(read[Reading.IDENTIFIERS], NAMES_ROWS)
    lists = [info.name for info in infos if info.kind == "list"]
    steps = {
        NUMERIC: NumericColumn(_joined(all_numeric(), numbers), normalizer=normalizer),
        "categorical": CategoricalColumn(
            all_nominal() - cols(*otherwise) if otherwise else all_nominal()
        ),
        "datetime": DatetimeColumn(_joined(all_datetime(), dates)),
        "lists": CategoricalColumn(lists),
        "text": TextColumn(texts),
    }
    return [(name, step) for name, step in steps.items() if as_selector(step.columns)(infos)]


def _check_readable(infos: Iterable[ColumnInfo]) -> None:
    for info in infos:
        if info.kind == "other":
            raise ValueError(
                f"Column {info.name!r} of dtype {info.dtype} holds values that are neither numbers "
                "nor text nor dates throughout; convert it or leave it out."
            )


def _readings(table: Table, infos: Iterable[ColumnInfo]) -> dict[Reading, list[str]]:
    """Return the columns of texts by what they are read as; a categorical dtype says it itself."""
    read: dict[Reading, list[str]] = {reading: [] for reading in Reading}
    for info in infos:
        if info.kind == "nominal" and info.dtype != "category":
            read[reading_of(table.texts(info.name))].append(info.name)
    return read


def _running_numbers(table: Table, infos: Iterable[ColumnInfo]) -> list[str]:
    """Return the columns that may count the rows; those of an array are as they were made."""
    if table.is_array:
        return []
    whole = [info.name for info in infos if "integer" in dtype_families(info.dtype)]
    return [name for name in whole if is_running_number(table.column(name))]


def _joined(selector: Selector, names: list[str]) -> Selector:
    return selector + cols(*names) if names else selector


def _tell(read: dict[Reading, list[str]], running: list[str]) -> None:
    """Tell every decision that nobody asked for, in one warning."""
    decisions = [
        f"{some_of(names)} {as_what}"
        for names, as_what in (
            (read[Reading.NUMBERS], "as numbers"),
            (read[Reading.DATES], "as dates"),
            (read[Reading.FREE_TEXT], "as free text"),
            (read[Reading.IDENTIFIERS], f"not at all, as {NAMES_ROWS}"),
            (
                read[Reading.UNCLEAR_DATES],
                "as categories, since day and month could be either way round "
                "(step_datetime_column(..., datetime_format=...) says which)",
            ),
            (running, "as numbers, although they may just count the rows"),
        )
        if names
    ]
    if decisions:
        warn_of_column(
            "No step says how to read some columns, so that their values decide: "
            f"{'; '.join(decisions)}; the fitted spec prints the steps, to copy and change, and "
            "dtype 'category' makes categories of any column."
        )
