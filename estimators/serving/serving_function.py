"""A fitted model made ready to answer for rows as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from estimators.serving.batches import Batches
from feature_specs import FeatureSpec
from feature_specs.columns.did_you_mean import did_you_mean
from feature_specs.columns.record_table import RecordTable

_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")
# As many are one chunk of the compiled network: a row takes as long as all of them.
MOST_ROWS = 48


class ServingFunction:
    """Answers for records, as a server gets them, from any number of threads.

    A record is a row of a table: a mapping from columns to cells, in any order. Columns that the
    fit did not see are ignored, and a column that a record lacks is missing there. Rows of
    threads that ask at the same time are answered together, and nobody waits for others to come.
    The answers are those of the model's method, to the last bit in batches of up to 256 rows.

    Parameters
    ----------
    model : estimator or Pipeline
        Fitted. Later changes of it do not reach the function, nor does another fit.
    response_method : str, default="predict"
        ``"predict"``, ``"predict_proba"``, ``"predict_log_proba"`` or ``"decision_function"``.
    max_batch_size : int, default=48
        Rows answered together at most.

    Raises
    ------
    ValueError
        For another method, or one that the model lacks.

    Examples
    --------
    >>> import pandas as pd
    >>> from estimators import DNNRegressor, ServingFunction
    >>> table = pd.DataFrame({"rooms": [1.0, 2, 3, 4] * 5, "city": ["Rome", "Bonn"] * 10})
    >>> model = DNNRegressor(epochs=2, random_state=0).fit(table, table["rooms"])
    >>> answer = ServingFunction(model)
    >>> answer([{"city": "Rome", "rooms": 2}, {"rooms": 3, "street": "unknown"}]).shape
    (2,)
    >>> bool(answer({"city": "Rome", "rooms": 1}) == model.predict(table[:1])[0])
    True
    """

    def __init__(
        self, model: Any, response_method: str = "predict", max_batch_size: int = MOST_ROWS
    ) -> None:
        check_is_fitted(model)
        name = type(model).__name__
        if response_method not in _METHODS:
            raise ValueError(
                f"response_method={response_method!r} is none of {', '.join(_METHODS)}."
            )
        if not hasattr(model, response_method):
            raise ValueError(f"{name} has no {response_method} to answer with.")
        if isinstance(max_batch_size, bool) or not isinstance(max_batch_size, int | np.integer):
            raise ValueError(f"max_batch_size={max_batch_size!r} is no whole number.")
        if max_batch_size < 1:
            raise ValueError(f"max_batch_size={max_batch_size} is below 1.")
        self._method = getattr(copy(model), response_method)
        self._specs = _specs_of(model)
        self._columns = _columns_of(model, self._specs)
        self._known = frozenset(self._columns)
        self._records = Batches(self._answer_records, max_batch_size)
        self._rows = Batches(self._answer_rows, max_batch_size)
        self._most = max_batch_size
        if self._specs and self._columns:
            # Compiled now, not when somebody waits.
            self({self._columns[0]: None})

    def __call__(self, records: Mapping[str, Any] | Sequence[Any] | Any) -> Any:
        """Return what the method returns for `records`.

        Parameters
        ----------
        records : mapping or sequence of mapping
            One record or several; for a model of texts a text or several, for one of images an
            array of images. A DataFrame or array of shape (rows, columns) is taken as well.

        Returns
        -------
        ndarray
            For several rows as the method has it, for one record or text without the axis of rows.

        Raises
        ------
        ValueError
            For a record without any column of the fit, or a cell that the model cannot read.
        """
        if isinstance(records, Mapping):
            return self._records.ask([records])[0]
        if isinstance(records, str):
            return self._rows.ask([records])[0]
        if isinstance(records, list | tuple) and records:
            batches = self._records if isinstance(records[0], Mapping) else self._rows
            return batches.ask(list(records))
        if type(records) is np.ndarray and 0 < len(records) <= self._most:
            return self._rows.ask(list(records))
        return self._method(records)

    def _answer_records(self, records: list[Any]) -> np.ndarray:
        for number, record in enumerate(records):
            if not isinstance(record, Mapping):
                raise ValueError(f"Record {number} is {record!r}, no mapping of columns to cells.")
            if self._known.isdisjoint(record):
                self._raise_unknown(number, record)
        if self._specs:
            return self._method(RecordTable(records))
        cells = {name: [record.get(name) for record in records] for name in self._columns}
        return self._method(pd.DataFrame(cells))

    def _answer_rows(self, rows: list[Any]) -> np.ndarray:
        are_arrays = all(type(row) is np.ndarray for row in rows)
        return self._method(np.stack(rows) if are_arrays else rows)

    def _raise_unknown(self, number: int, record: Mapping) -> None:
        if not self._columns:
            raise ValueError(
                f"Record {number} has names, and the fit saw none; pass rows as it had them."
            )
        if not record:
            raise ValueError(f"Record {number} is empty; {did_you_mean('', self._columns)}")
        name = str(next(iter(record)))
        raise ValueError(
            f"Record {number} has none of the columns of the fit, but {name!r}; "
            f"{did_you_mean(name, self._columns)}"
        )


def _specs_of(model: Any) -> list[FeatureSpec]:
    """Return the feature specs by which a model reads its columns; none for one that has others."""
    specs = list(getattr(model, "_specs_", {}).values())
    return specs if all(isinstance(spec, FeatureSpec) for spec in specs) else []


def _columns_of(model: Any, specs: Sequence[FeatureSpec]) -> list[str]:
    if specs and not get_tags(model).input_tags.one_d_array:
        return list(dict.fromkeys(name for spec in specs for name in spec.columns_))
    return list(getattr(model, "feature_names_in_", ()))
