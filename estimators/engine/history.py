"""What every epoch of a fit measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


class History(Mapping):
    """The measures of every epoch, by name, as lists that grow with warm starts.

    Attributes
    ----------
    epoch : list of int
        Epochs counted from 0 since the weights were drawn.
    best_epoch : int or None
        Epoch whose weights early stopping restored, None where the last epoch's are kept.

    Examples
    --------
    >>> from estimators import History
    >>> history = History()
    >>> history.append(0, {"loss": 0.7, "val_loss": 0.8})
    >>> history.append(1, {"loss": 0.5, "val_loss": 0.6})
    >>> history["val_loss"]
    [0.8, 0.6]
    >>> history
    History(2 epochs: loss=0.5, val_loss=0.6)

    References
    ----------
    The counterpart of ``keras.callbacks.History``.
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.best_epoch: int | None = None
        self._measures: dict[str, list[float]] = {}

    def append(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Add what `epoch` measured; a measure it lacks is NaN.

        Parameters
        ----------
        epoch : int
        logs : mapping of str to float
        """
        for name in logs:
            self._measures.setdefault(name, [np.nan] * len(self.epoch))
        self.epoch.append(epoch)
        for name, values in self._measures.items():
            values.append(float(logs.get(name, np.nan)))

    def copy(self) -> History:
        """Return a history that grows on its own.

        Returns
        -------
        History
        """
        other = History()
        other.epoch = list(self.epoch)
        other.best_epoch = self.best_epoch
        other._measures = self.history
        return other

    @property
    def history(self) -> dict[str, list[float]]:
        """The measures as a plain dictionary, under the name Keras gives it."""
        return {name: list(values) for name, values in self._measures.items()}

    def __getitem__(self, name: str) -> list[float]:
        return self._measures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._measures)

    def __len__(self) -> int:
        return len(self._measures)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, History) and vars(self) == vars(other)

    __hash__ = None

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={values[-1]:.4g}" for name, values in self.items())
        return f"History({len(self.epoch)} epochs: {last})"

    def to_frame(self) -> pandas.DataFrame:
        """Return one row an epoch, one column a measure, indexed by epoch.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        return pd.DataFrame(self._measures, index=pd.Index(self.epoch, name="epoch"))

    def plot(self, *, ax: Axes | Sequence[Axes] | None = None) -> np.ndarray:
        """Plot training and validation, one panel a measure.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of them, optional
            Where to draw, one for each measure; a new figure by default.

        Returns
        -------
        ndarray of matplotlib Axes

        Raises
        ------
        ImportError
            Where matplotlib is missing.
        """
        names = [name for name in self if not name.startswith("val_")]
        axes = _axes(ax, len(names))
        for axis, name in zip(axes, names, strict=True):
            axis.plot(self.epoch, self[name], label="training")
            if f"val_{name}" in self:
                axis.plot(self.epoch, self[f"val_{name}"], label="validation")
            if self.best_epoch is not None:
                axis.axvline(self.best_epoch, color="0.6", linestyle=":", label="best epoch")
            axis.set(xlabel="epoch", ylabel=name.replace("_", " "))
            axis.legend()
        return axes


def _axes(given: Axes | Sequence[Axes] | None, count: int) -> np.ndarray:
    if given is not None:
        return np.atleast_1d(np.asarray(given, dtype=object))
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Plots need matplotlib; install it with `pip install keras-estimators[plot]`."
        ) from error
    _, axes = plt.subplots(1, count, figsize=(5.5 * count, 4), layout="constrained", squeeze=False)
    return axes[0]
