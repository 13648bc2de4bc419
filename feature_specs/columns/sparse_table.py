"""Columns of a sparse matrix: its entries as they are, never one dense column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, issparse

from feature_specs.columns.column_info import ColumnInfo
from feature_specs.columns.table import Table


class SparseTable(Table):
    """Reads a sparse matrix as one block; what reads single columns is told what to do instead.

    Parameters
    ----------
    X : sparse matrix or array in compressed rows
        Left as it is; duplicates are summed up and entries sorted in a copy.
    names : sequence of str, optional
        Names of the columns; x0, x1 and so on by default.
    """

    def __init__(self, X: Any, names: Sequence[str] | None = None) -> None:
        self._X = in_order(X)
        self.beyond_fit = {}
        # No table of positions, which would take longer than all else where columns are many.
        self._names = [f"x{i}" for i in range(X.shape[1])] if names is None else list(names)

    def infos(self) -> list[ColumnInfo]:
        """Return name, kind and dtype of every column."""
        dtype = str(self._X.dtype)
        return [ColumnInfo(name, "numeric", dtype) for name in self._names]

    @property
    def is_array(self) -> bool:
        """Whether the columns are those of an array of numbers: always."""
        return True

    def constant_columns(self) -> list[str]:
        """Return none: a column of zeros costs nothing, and is kept in its place."""
        return []

    def taken(self, rows: np.ndarray) -> SparseTable:
        """Return the rows of these numbers."""
        return SparseTable(self._X[rows], self._names)

    def __len__(self) -> int:
        return self._X.shape[0]

    @property
    def width(self) -> int:
        """Number of columns of the matrix."""
        return self._X.shape[1]

    def positions(self, names: Sequence[str]) -> np.ndarray:
        """Return where columns stand in the matrix."""
        if names == self._names:
            return np.arange(len(names))
        return pd.Index(self._names).get_indexer(names)

    def block(self, names: Sequence[str]) -> Any:
        """Return columns as one sparse matrix of compressed rows.

        Raises
        ------
        ValueError
            For an entry that is missing or infinite.
        """
        _check_finite(self._X)
        return self._X if names == self._names else self._X[:, self.positions(names)]

    def column(self, name: str) -> pd.Series:
        """Raise: single columns would have to be dense."""
        raise ValueError(
            f"Column {name!r} of a sparse matrix cannot be read by itself: sparse X takes numeric "
            "steps alone; give a DataFrame or X.toarray() for others."
        )

    def numbers(self, names: Sequence[str]) -> np.ndarray:
        """Raise: the columns would have to be dense."""
        return self.column(names[0])


def table_of(X: Any, names: Sequence[str] | None = None) -> Table:
    """Return the reader of an array's columns, or of a sparse matrix's."""
    return (SparseTable if issparse(X) else Table)(X, names)


def sparse_block(table: Table, names: Sequence[str]) -> Any:
    """Return numeric columns of any table as one sparse matrix of compressed rows."""
    if isinstance(table, SparseTable):
        return table.block(names)
    block = csr_array(np.asarray(table.numbers(names)))
    _check_finite(block)
    return block


def in_order(X: Any) -> Any:
    """Return compressed rows whose entries stand in order and once; `X` is left as it is."""
    if X.has_canonical_format:
        return X
    X = X.copy()
    X.sum_duplicates()
    return X


def _check_finite(block: Any) -> None:
    finite = np.isfinite(block.data)
    if not finite.all():
        entry = np.flatnonzero(~finite)[0]
        row = np.searchsorted(block.indptr, entry, side="right") - 1
        held = "NaN" if np.isnan(block.data[entry]) else "infinity"
        raise ValueError(
            f"Input X contains {held}: row {row}, column {block.indices[entry]}; put a number "
            "there, since sparse columns have no missing values."
        )
