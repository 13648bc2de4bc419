"""What a feature spec needs to know of a column before it reads its values: name, kind, dtype."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

__all__ = [
    "ColumnInfo",
    "canonical_dtype",
    "dtype_families",
    "infer_columns",
    "is_missing_cell",
    "in_seconds",
    "is_timedelta",
]


@dataclass(frozen=True)
class ColumnInfo:
    """One column of a table, or one feature made by a step.

    Attributes
    ----------
    name : str
        Its name.
    kind : {"numeric", "boolean", "nominal", "datetime", "list", "other"}
        What its values are: strings and categories are nominal, durations numeric (their
        seconds), cells that hold several values are lists, and what no step can read is other.
    dtype : str
        The dtype as pandas prints it.
    derived : bool, default=False
        Whether an earlier step made it.
    """

    name: str
    kind: str
    dtype: str
    derived: bool = False


def infer_columns(frame: pd.DataFrame) -> list[ColumnInfo]:
    """Describe the columns of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table. Only columns of Python objects have their values read.

    Returns
    -------
    list of ColumnInfo
        One for each column, in the order of the table.

    Examples
    --------
    >>> import pandas as pd
    >>> for column in infer_columns(pd.DataFrame({"age": [31], "tags": [["new", "vip"]]})):
    ...     print(column.name, column.kind)
    age numeric
    tags list
    """
    return [
        ColumnInfo(str(name), _kind(values), str(values.dtype)) for name, values in frame.items()
    ]


def _kind(values: pd.Series) -> str:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "nominal"
    if types.is_object_dtype(dtype):
        return _kind_of_objects(values)
    return next((kind for is_kind, kind in _KINDS if is_kind(dtype)), "other")


def _is_arrow_kind(*names: str):
    def is_kind(dtype: Any) -> bool:
        arrow_dtype = getattr(dtype, "pyarrow_dtype", None)
        return arrow_dtype is not None and str(arrow_dtype).startswith(names)

    return is_kind


# The first test that holds decides; a boolean is also numeric to pandas, hence the order.
_KINDS = (
    (types.is_bool_dtype, "boolean"),
    (types.is_complex_dtype, "other"),
    (types.is_numeric_dtype, "numeric"),
    (types.is_datetime64_any_dtype, "datetime"),
    (_is_arrow_kind("timestamp", "date"), "datetime"),
    (types.is_timedelta64_dtype, "numeric"),
    (_is_arrow_kind("duration"), "numeric"),
    (_is_arrow_kind("list", "large_list", "fixed_size_list"), "list"),
    (types.is_string_dtype, "nominal"),
)

# What pandas calls the values of an object column; an all-missing one could be anything.
_KINDS_OF_OBJECTS = {
    "string": "nominal",
    "empty": "nominal",
    "categorical": "nominal",
    "boolean": "boolean",
    "integer": "numeric",
    "floating": "numeric",
    "mixed-integer-float": "numeric",
    "decimal": "numeric",
    "timedelta": "numeric",
    "timedelta64": "numeric",
    "date": "datetime",
    "datetime": "datetime",
    "datetime64": "datetime",
}


def _kind_of_objects(values: pd.Series) -> str:
    inferred = types.infer_dtype(values, skipna=True)
    if inferred != "mixed":
        return _KINDS_OF_OBJECTS.get(inferred, "other")
    several = (list, tuple, set, frozenset, np.ndarray)
    cells = [cell for cell in values if isinstance(cell, several) or not is_missing_cell(cell)]
    return "list" if all(isinstance(cell, several) for cell in cells) else "other"


def is_timedelta(values: pd.Series) -> bool:
    """Return whether a column holds durations."""
    dtype = values.dtype
    if types.is_object_dtype(dtype):
        return types.infer_dtype(values, skipna=True) in ("timedelta", "timedelta64")
    return types.is_timedelta64_dtype(dtype) or _is_arrow_kind("duration")(dtype)


def in_seconds(durations: pd.Series) -> pd.Series:
    """Return a column of durations as float64 seconds, missing ones as NaN.

    The nearest float64 whichever unit they are kept in: nanoseconds of more than 104 days are no
    float64 themselves.
    """
    if isinstance(durations.dtype, pd.ArrowDtype):
        durations = durations.astype(durations.dtype.numpy_dtype)
    kept = pd.to_timedelta(durations).to_numpy()
    counts, missing = kept.astype(np.int64), np.isnat(kept)
    per_second = _PER_SECOND[np.datetime_data(kept.dtype)[0]]
    seconds = counts / per_second
    is_whole = ~missing
    if (np.abs(np.where(missing, 0, counts)) < 2**53).all():
        is_whole[:] = False
    while per_second > 1 and is_whole.any():
        per_second //= 1000
        counts, rest = np.divmod(counts, 1000)
        is_whole &= rest == 0
        seconds = np.where(is_whole, counts / per_second, seconds)
    return pd.Series(np.where(missing, np.nan, seconds), durations.index, name=durations.name)


_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def is_missing_cell(cell: Any) -> bool:
    """Return whether a cell holds None, NaN or another of pandas's missing values."""
    return bool(types.is_scalar(cell) and pd.isna(cell))


_PYTHON_DTYPES = {int: "integer", float: "floating", bool: "bool", str: "string", object: "object"}

# Other names of a dtype, as pandas, NumPy, Arrow and people write them, in lower case.
_SAME_DTYPE = {
    "boolean": "bool",
    "str": "string",
    "large_string": "string",
    "utf8": "string",
    "double": "float64",
    "float": "floating",
    "int": "integer",
    "number": "number",
    "numeric": "number",
    "halffloat": "float16",
    "datetime": "datetime64",
    "timestamp": "datetime64",
    "timedelta": "timedelta64",
    "duration": "timedelta64",
}


def canonical_dtype(dtype: Any) -> str:
    """Return the one name of a dtype, wherever pandas keeps the column.

    Parameters
    ----------
    dtype : str, type, numpy.dtype or pandas dtype
        The dtype, or a family such as `int` or ``"number"``.

    Returns
    -------
    str
        Such as ``"int64"``, ``"string"``, ``"datetime64"`` or ``"integer"``.

    Examples
    --------
    >>> canonical_dtype("Int64"), canonical_dtype("string[pyarrow]"), canonical_dtype(int)
    ('int64', 'string', 'integer')
    """
    if isinstance(dtype, type):
        if dtype in _PYTHON_DTYPES:
            return _PYTHON_DTYPES[dtype]
        name = dtype.__name__ if issubclass(dtype, np.generic) else str(dtype)
    else:
        name = str(dtype)
    name = name.lower()
    if name == "float[pyarrow]":
        return "float32"
    name = name.partition("[")[0]
    return _SAME_DTYPE.get(name, name)


def dtype_families(dtype: Any) -> frozenset[str]:
    """Return the name of a dtype and of the families it belongs to.

    Examples
    --------
    >>> sorted(dtype_families("Int64"))
    ['int64', 'integer', 'number']
    """
    name = canonical_dtype(dtype)
    if name.startswith(("int", "uint")):
        return frozenset({name, "integer", "number"})
    if name.startswith("float"):
        return frozenset({name, "floating", "number"})
    return frozenset({name})
