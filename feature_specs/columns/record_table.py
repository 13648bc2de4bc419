"""Few rows as records, cells by the names of columns, read without a DataFrame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from feature_specs.columns.table import Table, floats_of

_NUMBERS = (float, int, bool)


class RecordTable(Table):
    """Reads columns of records; what a record lacks is missing there.

    Takes a fifth of the time that a DataFrame of one row takes.

    Parameters
    ----------
    records : sequence of mapping
        Cells by the names of columns.

    Examples
    --------
    >>> from feature_specs.columns.record_table import RecordTable
    >>> RecordTable([{"age": 3, "city": "Rome"}, {"city": "Bonn"}]).numbers(["age"]).tolist()
    [[3.0], [nan]]
    """

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(np.empty((len(records), 0)))
        self._records = records

    def column(self, name: str) -> pd.Series:
        """Return a column of objects."""
        return pd.Series(self._cells(name), dtype=object)

    def few_texts(self, name: str) -> np.ndarray | None:
        """Return a column of strings and missing cells as an array of objects, None for others."""
        cells = self._cells(name)
        if not all(cell is None or type(cell) is str for cell in cells):
            return None
        array = np.empty(len(cells), object)
        array[:] = cells
        return array

    def _floats(self, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        block = np.empty((len(self), len(names)))
        for i, name in enumerate(names):
            cells = self._cells(name)
            are_numbers = all(cell is None or type(cell) in _NUMBERS for cell in cells)
            # None becomes NaN.
            block[:, i] = cells if are_numbers else floats_of(self.column(name), name)
        return block, np.arange(len(names))

    def _cells(self, name: str) -> list[Any]:
        return [record.get(name) for record in self._records]
