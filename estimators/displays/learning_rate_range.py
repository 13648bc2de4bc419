"""A training whose learning rate grows: which rates train a network, and which are too high."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import clone

from estimators.displays.pyplot import pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LearningRateRange", "LearningRateRangeDisplay", "learning_rate_range_test"]

# Of the mean over the steps before: what a step adds to it.
_NEW_SHARE = 0.1
# The loss has risen for good once it is as many times the least so far.
_TOO_HIGH = 4.0
# What the test takes in hand, where an estimator has it.
_FOR_A_TEST = {
    **{"early_stopping": False, "validation_fraction": None, "members": 1, "callbacks": None},
    **{"warm_start": False, "model_dir": None, "log_dir": None, "metrics": None},
    "verbose": 0,
}


class LearningRateRange(NamedTuple):
    """What a range test has found.

    Attributes
    ----------
    learning_rates : ndarray of shape (steps,)
    losses : ndarray of shape (steps,)
        Of each step's batch, before it was trained on.
    smoothed : ndarray of shape (steps,)
        Mean of the losses up to each step, of which the last count most.
    suggested : float
        The rate at which the smoothed loss falls fastest, by the logarithm of the rate.
    highest : float
        A tenth of the rate at which the smoothed loss is least: higher ones hardly train.
    """

    learning_rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggested: float
    highest: float


def learning_rate_range_test(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    start: float = 1e-6,
    stop: float = 10.0,
    steps: int = 100,
    sample_weight: Any = None,
) -> LearningRateRange:
    """Train a copy of an estimator at a rate that grows by a factor from step to step.

    The test ends before `stop` where the loss has risen to four times the least, or is not finite.
    Of a network of two sides the rate of the deep one grows.

    Parameters
    ----------
    estimator : estimator of one network
        Left as it is; its batch size, optimizer and seed are those of the test.
    X : DataFrame, or array or sparse matrix of shape (rows, columns)
    y : array of shape (rows,) or (rows, outputs), default=None
    start, stop : float, default=1e-6 and 10.0
        The first and the last rate.
    steps : int, default=100
        Batches to train on at most.
    sample_weight : array of shape (rows,), default=None

    Returns
    -------
    LearningRateRange

    Raises
    ------
    TypeError
        For an estimator that trains no network by epochs.
    ValueError
        For rates that do not grow, or too few steps.

    References
    ----------
    Smith, Cyclical Learning Rates for Training Neural Networks, 2017.

    Examples
    --------
    >>> from estimators import DNNRegressor, learning_rate_range_test
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> found = learning_rate_range_test(DNNRegressor(random_state=0), X, y)
    >>> bool(found.suggested <= found.highest < found.learning_rates[-1])
    True
    """
    for name, rate in (("start", start), ("stop", stop)):
        if isinstance(rate, bool) or not isinstance(rate, Real) or not 0 < rate < np.inf:
            raise ValueError(f"{name}={rate!r} is no positive number.")
    if start >= stop:
        raise ValueError(f"start={start} is not below stop={stop}; the rate is to grow.")
    if isinstance(steps, bool) or not isinstance(steps, Integral) or steps < 10:
        raise ValueError(f"steps={steps!r} is no whole number of at least 10.")
    known = getattr(estimator, "get_params", dict)()
    if "epochs" not in known:
        raise TypeError(
            f"{type(estimator).__name__} trains no network by epochs of its own; test one of the "
            "estimators that do."
        )
    # Keras is imported when it is needed.
    from estimators.displays.rising_rate import RisingRate
    from estimators.engine.loop.epochs import DivergedError

    rising = RisingRate(np.geomspace(start, stop, steps), _NEW_SHARE, _TOO_HIGH)
    own_rate = "learning_rate" if "learning_rate" in known else "dnn_learning_rate"
    settings = {**_FOR_A_TEST, "callbacks": [rising], "epochs": int(steps), own_rate: start}
    tested = clone(estimator)
    tested.set_params(**{name: value for name, value in settings.items() if name in known})
    try:
        tested.fit(X, y, sample_weight=sample_weight)
    except DivergedError:
        # The rates before it have been seen.
        if not rising.losses:
            raise
    return _found(rising)


def _found(rising: Any) -> LearningRateRange:
    losses, smoothed = np.array(rising.losses), np.array(rising.smoothed)
    rates = rising.rates[: len(losses)]
    least = int(smoothed.argmin())
    highest = float(rates[least]) / 10
    # Over a tenth of the steps: from one to the next it is chance.
    reach = max(1, len(rising.rates) // 20)
    falls = smoothed[2 * reach : least + 1] - smoothed[: max(0, least + 1 - 2 * reach)]
    steepest = int(falls.argmin()) + reach if len(falls) else 0
    return LearningRateRange(rates, losses, smoothed, min(float(rates[steepest]), highest), highest)


class LearningRateRangeDisplay:
    """Losses over learning rates, with the one to take.

    Parameters
    ----------
    found : LearningRateRange

    Attributes
    ----------
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes

    See Also
    --------
    estimators.learning_rate_range_test : Finds what is drawn.

    Examples
    --------
    >>> from estimators import DNNRegressor
    >>> from estimators.displays import LearningRateRangeDisplay
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> display = LearningRateRangeDisplay.from_estimator(DNNRegressor(random_state=0), X, y)
    >>> print(display.ax_.get_xlabel())
    learning rate
    """

    def __init__(self, found: LearningRateRange) -> None:
        self.found = found

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        start: float = 1e-6,
        stop: float = 10.0,
        steps: int = 100,
        sample_weight: Any = None,
        ax: Axes | None = None,
    ) -> LearningRateRangeDisplay:
        """Test the rates of an estimator and plot what was found.

        Parameters
        ----------
        estimator : estimator of one network
            Left as it is.
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
        y : array of shape (rows,) or (rows, outputs), default=None
        start, stop : float, default=1e-6 and 10.0
            The first and the last rate.
        steps : int, default=100
            Batches to train on at most.
        sample_weight : array of shape (rows,), default=None
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        LearningRateRangeDisplay
        """
        found = learning_rate_range_test(
            estimator, X, y, start=start, stop=stop, steps=steps, sample_weight=sample_weight
        )
        return cls(found).plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> LearningRateRangeDisplay:
        """Draw the losses of the steps, their mean, and the suggested rate.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        LearningRateRangeDisplay
            Itself.
        """
        if ax is None:
            _, ax = pyplot().subplots(layout="constrained")
        found = self.found
        ax.plot(found.learning_rates, found.losses, color="#b8c4d6", linewidth=1, label="a batch")
        ax.plot(found.learning_rates, found.smoothed, color="#1f3a5f", label="smoothed")
        ax.axvline(found.suggested, color="#008800", label=f"suggested: {found.suggested:.2g}")
        ax.axvspan(found.highest, found.learning_rates[-1], color="#bb0000", alpha=0.08)
        # What diverged would leave nothing to see of the rest.
        shown = found.smoothed[np.isfinite(found.smoothed)]
        low, high = shown.min(), min(shown.max(), 2 * shown[0] - min(shown.min(), 0))
        room = 0.05 * (high - low) or 0.05
        ax.set(
            xscale="log",
            xlabel="learning rate",
            ylabel="loss",
            ylim=(low - room, high + room),
            title="Loss as the learning rate grows",
        )
        ax.legend(loc="upper left")
        self.ax_, self.figure_ = ax, ax.figure
        return self
