"""What every column adds to every prediction, and what the predictions are without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """What every column adds to every prediction; ``explain`` of an estimator returns one.

    ``base_values + values.sum(axis=1)`` are the predictions on the scale that `scale` names.

    Parameters
    ----------
    values : ndarray of shape (rows, columns) or (rows, columns, outputs)
        What each raw column adds.
    base_values : ndarray of shape (rows,) or (rows, outputs)
        Predictions for the baseline, the same in every row.
    data : ndarray of shape (rows, columns)
        Cells of the table that was explained.
    feature_names : list of str
        Names of the raw columns.
    output_names : list of str or None
        Names of several outputs, where they are classes or labels.
    scale : str
        What is explained: the value in the units of the target, the logarithm of the mean, or the
        log-odds of a class.

    Notes
    -----
    Attributes are called as those of ``shap.Explanation``, which draws shap's plots of them::

        shap.Explanation(e.values, e.base_values, e.data, feature_names=e.feature_names)

    Examples
    --------
    >>> from estimators import LinearRegressor
    >>> model = LinearRegressor(epochs=2, random_state=0).fit([[0.0], [1.0], [2.0]], [0, 1, 2])
    >>> explanation = model.explain([[1.0], [2.0]])
    >>> explanation
    Explanation of 2 rows by 1 column: value
    >>> explanation.to_frame().columns.tolist()
    ['x0']
    """

    values: np.ndarray
    base_values: np.ndarray
    data: np.ndarray
    feature_names: list[str]
    output_names: list[str] | None
    scale: str

    def to_frame(self) -> pd.DataFrame:
        """Return what each column adds as a table, a row for every row.

        Returns
        -------
        DataFrame
            With the raw columns as columns; of several outputs with pairs of an output's name or
            number and a column.
        """
        import pandas as pd

        if self.values.ndim == 2:
            return pd.DataFrame(self.values, columns=self.feature_names)
        outputs = self.output_names or range(self.values.shape[2])
        pairs = pd.MultiIndex.from_product([outputs, self.feature_names])
        flat = self.values.transpose(0, 2, 1).reshape(len(self.values), -1)
        return pd.DataFrame(flat, columns=pairs)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        rows, columns = (_counted(n, of) for n, of in zip(self.values.shape, ("row", "column")))
        outputs = f", {_counted(self.values.shape[2], 'output')}" if self.values.ndim == 3 else ""
        return f"Explanation of {rows} by {columns}{outputs}: {self.scale}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
