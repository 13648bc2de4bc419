"""What every epoch of a fit measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from estimators.engine.history_plots import draw_comparison, draw_history

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

# Parts of the names of measures whose larger values are the better ones, as Keras sees them.
RISING = ("accuracy", "auc", "precision", "recall", "f1", "r2", "score", "iou", "similarity")


def is_rising(name: str) -> bool:
    """Return whether larger values of a metric are the better ones, by its name.

    Parameters
    ----------
    name : str
        Of the metric.

    Returns
    -------
    bool

    Examples
    --------
    >>> from estimators.engine.history import is_rising
    >>> is_rising("val_accuracy"), is_rising("average_loss")
    (True, False)
    """
    return any(part in name for part in RISING) and "loss" not in name


class History(Mapping):
    """The measures of every epoch, by name, as lists that grow with warm starts.

    That of an estimator with several members holds means over the members that trained in an epoch,
    and in `members` the history of each. Where one stops before the others, the rest is a mean over
    fewer members from then on: `last` and `compare_frame` ask every member for itself instead.

    Attributes
    ----------
    epoch : list of int
        Epochs counted from 0 since the weights were drawn.
    best_epoch : int or None
        Epoch whose weights early stopping restored, None where the last epoch's are kept; of
        several members each has its own.
    members : list of History
        One for each of several networks that were trained together, of which this is the mean;
        empty for a network alone.

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

    _members: Sequence[History] = ()

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

    @property
    def members(self) -> Sequence[History]:
        """Histories of several networks that were trained together, of which this is the mean."""
        return self._members

    @classmethod
    def of_members(cls, histories: Sequence[History]) -> History:
        """Return the means over networks that were trained alike, which holds their histories.

        Parameters
        ----------
        histories : sequence of History
            An epoch's mean is that of the members that measured it: some had stopped by then.

        Returns
        -------
        History

        Examples
        --------
        >>> from estimators import History
        >>> short, long = History(), History()
        >>> for epoch, loss in enumerate([0.8, 0.6, 0.2]):
        ...     long.append(epoch, {"loss": loss})
        >>> short.append(0, {"loss": 1.0})
        >>> together = History.of_members([short, long])
        >>> together["loss"], together.last()
        ([0.9, 0.6, 0.2], {'loss': 0.6})
        >>> together
        History(2 members, 1 to 3 epochs: loss=0.6)
        """
        together = cls()
        together._members = [history.copy() for history in histories]
        names = dict.fromkeys(name for history in histories for name in history)
        for epoch in sorted({epoch for history in histories for epoch in history.epoch}):
            there = [(h, h.epoch.index(epoch)) for h in histories if epoch in h.epoch]
            measured = {
                name: [h[name][i] for h, i in there if name in h and not np.isnan(h[name][i])]
                for name in names
            }
            together.append(
                epoch, {name: float(np.mean(values)) for name, values in measured.items() if values}
            )
        return together

    def copy(self) -> History:
        """Return a history that grows on its own.

        Returns
        -------
        History
        """
        other = History()
        other.epoch = list(self.epoch)
        other.best_epoch = self.best_epoch
        if self.members:
            other._members = [member.copy() for member in self.members]
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
        lengths = sorted({len(history.epoch) for history in self.members or [self]})
        epochs = f"{' to '.join(map(str, lengths[:1] + lengths[1:][-1:]))} epochs"
        last = ", ".join(f"{name}={value:.4g}" for name, value in self.last().items())
        who = f"{len(self.members)} members, " if self.members else ""
        return f"History({who}{epochs}: {last})"

    def last(self) -> dict[str, float]:
        """Return the last value of every measure, of several members the mean of their last ones.

        Returns
        -------
        dict of str to float
        """
        alone = self.members or [self]
        return {name: _mean([h[name][-1] for h in alone if h.get(name)]) for name in self}

    def to_frame(self) -> pandas.DataFrame:
        """Return one row an epoch, one column a measure, indexed by epoch.

        Returns
        -------
        pandas.DataFrame
            Of several members their means, as far as they trained in an epoch;
            ``history.members[0].to_frame()`` is that of the first.
        """
        import pandas as pd

        return pd.DataFrame(self._measures, index=pd.Index(self.epoch, name="epoch"))

    def plot(self, *, ax: Axes | Sequence[Axes] | None = None) -> np.ndarray:
        """Plot training and validation, one panel a measure.

        Of several members each has a pale line with a ring at its best epoch, and their mean a
        thick one as far as all of them trained. Where some have stopped, a dotted line tells the
        mean of the others; it begins anew with each that stops, for that moved no member.

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
        return draw_history(self, ax)

    @staticmethod
    def compare(
        histories: Mapping[str, Any], metric: str = "loss", *, ax: Axes | None = None
    ) -> Axes:
        """Plot one metric of several models together, each model in one colour.

        Validation is drawn solid, with a dot at its best epoch, and training dashed. Of several
        members the mean is drawn, fainter where some of them have stopped; the dot stands at the
        means of their best epochs and values, mostly below the curve.

        Parameters
        ----------
        histories : mapping of str to History or fitted estimator
            The models by the names that the legend gives them.
        metric : str, default="loss"
            A measure of the training, such as ``"accuracy"``; its validation comes along.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ValueError
            Where there are no histories, or one of them lacks the metric.
        ImportError
            Where matplotlib is missing.

        See Also
        --------
        History.compare_frame : The same comparison in figures.

        Examples
        --------
        >>> from estimators import History
        >>> deep, linear = History(), History()
        >>> for epoch, loss in enumerate([0.9, 0.6, 0.7]):
        ...     deep.append(epoch, {"loss": loss - 0.2, "val_loss": loss})
        ...     linear.append(epoch, {"loss": loss + 0.1, "val_loss": loss + 0.2})
        >>> ax = History.compare({"deep": deep, "linear": linear})
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['deep', 'linear', 'validation', 'training', 'best epoch']
        """
        found = _histories(histories)
        for name, history in found.items():
            metrics = dict.fromkeys(measure.removeprefix("val_") for measure in history)
            if metric not in metrics:
                raise ValueError(
                    f"The history of {name!r} lacks the metric {metric!r}; it has "
                    f"{', '.join(metrics) or 'none'}."
                )
        bests = {name: best_of(history, f"val_{metric}") for name, history in found.items()}
        return draw_comparison(found, metric, bests, ax)

    @staticmethod
    def compare_frame(histories: Mapping[str, Any]) -> pandas.DataFrame:
        """Return one row a model: the best and the last value of every validation measure.

        Parameters
        ----------
        histories : mapping of str to History or fitted estimator
            The models by the names that the rows get.

        Returns
        -------
        pandas.DataFrame
            The number of epochs, then for each measure its best value, the epoch of that and its
            last value; missing where a model did not measure it. Models that were all fitted
            without validation are compared by their training. Of several members: the most epochs
            of any, and the means over the members of their best values, the epochs of these
            (rounded) and their last values, for each goes back to a best epoch of its own.

        See Also
        --------
        History.compare : The same comparison as a plot.

        Examples
        --------
        >>> from estimators import History
        >>> deep, linear = History(), History()
        >>> for epoch, loss in enumerate([0.9, 0.6, 0.7]):
        ...     deep.append(epoch, {"loss": loss - 0.2, "val_loss": loss})
        ...     linear.append(epoch, {"loss": loss + 0.1, "val_loss": loss + 0.2})
        >>> frame = History.compare_frame({"linear": linear, "deep": deep})
        >>> frame.sort_values("best_val_loss")
                epochs  best_val_loss  best_val_loss_epoch  last_val_loss
        model
        deep         3            0.6                    1            0.7
        linear       3            0.8                    1            0.9
        """
        import pandas as pd

        found = _histories(histories)
        names = list(dict.fromkeys(name for history in found.values() for name in history))
        validation = [name for name in names if name.startswith("val_")]
        measures = validation or [name for name in names if name != "learning_rate"]
        frame = pd.DataFrame(
            [_summary(history, measures) for history in found.values()],
            index=pd.Index(found, name="model"),
        )
        # A model that lacks a measure must not turn the epochs of the others into 3.0.
        return frame.astype({f"best_{name}_epoch": "Int64" for name in measures})


def _histories(given: Mapping[str, Any]) -> dict[str, History]:
    if not isinstance(given, Mapping):
        raise TypeError(
            f"histories is a {type(given).__name__}; give a mapping of names to histories, "
            "{'deep': model.history_}."
        )
    if not given:
        raise ValueError("histories is empty; name at least one history, {'deep': model.history_}.")
    found = {name: getattr(item, "history_", item) for name, item in given.items()}
    for name, history in found.items():
        if not isinstance(history, History):
            raise TypeError(
                f"histories[{name!r}] is a {type(history).__name__}, neither a History nor a "
                "fitted estimator with history_."
            )
    return found


def best_of(history: History, measure: str) -> tuple[float, float] | None:
    """Return epoch and value of the best epoch, of several members the means of theirs.

    Parameters
    ----------
    history : History
    measure : str

    Returns
    -------
    tuple of float or None
        None where nothing was measured.
    """
    alone = history.members or [history]
    found = [(h, place) for h in alone if (place := _best(measure, h.get(measure, []))) is not None]
    if not found:
        return None
    return _mean([h.epoch[place] for h, place in found]), _mean(
        [h[measure][place] for h, place in found]
    )


def _best(measure: str, values: Sequence[float]) -> int | None:
    """Return the place of the best value, None where nothing was measured."""
    if not np.isfinite(values).any():
        return None
    worst = -np.inf if is_rising(measure) else np.inf
    finite = np.where(np.isfinite(values), values, worst)
    return int(finite.argmax() if worst < 0 else finite.argmin())


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else np.nan


def _summary(history: History, measures: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"epochs": len(history.epoch)}
    last = history.last()
    for name in measures:
        epoch, value = best_of(history, name) or (None, np.nan)
        row[f"best_{name}"] = value
        row[f"best_{name}_epoch"] = None if epoch is None else round(epoch)
        row[f"last_{name}"] = last.get(name, np.nan)
    return row
