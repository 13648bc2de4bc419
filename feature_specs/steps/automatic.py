"""The steps of a spec that names none: the columns decide."""

from __future__ import annotations

from feature_specs.columns.column_info import ColumnInfo
from feature_specs.columns.selectors import all_datetime, all_nominal, all_numeric
from feature_specs.encoders.features import NUMERIC
from feature_specs.steps.categorical import CategoricalColumn
from feature_specs.steps.numeric import DatetimeColumn, NumericColumn
from feature_specs.steps.step import Step


def sparse_steps() -> list[tuple[str, Step]]:
    """Return the step for a sparse matrix: columns up to 1, as zeros must stay zeros."""
    return [(NUMERIC, NumericColumn(all_numeric(), normalizer="max_abs"))]


def automatic_steps(infos: list[ColumnInfo]) -> list[tuple[str, Step]]:
    """Return names and steps: numbers standardised, categories by vocabulary, dates taken apart.

    Raises
    ------
    ValueError
        For a column that no step can read.
    """
    for info in infos:
        if info.kind == "other":
            raise ValueError(
                f"Column {info.name!r} of dtype {info.dtype} holds values that are neither numbers "
                "nor text nor dates throughout; convert it or leave it out."
            )
    lists = [info.name for info in infos if info.kind == "list"]
    steps = {
        NUMERIC: NumericColumn(all_numeric(), normalizer="standard"),
        "categorical": CategoricalColumn(all_nominal()),
        "datetime": DatetimeColumn(all_datetime()),
    }
    if lists:
        steps["lists"] = CategoricalColumn(lists)
    return list(steps.items())
