"""A bar for the probability of each class of one image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from estimators.displays.class_names import names_of
from estimators.displays.pictures import as_batch
from estimators.displays.pyplot import RIGHT, WRONG, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ClassProbabilityDisplay"]

_UNJUDGED, _OTHER = "#1f77b4", "#888888"


class ClassProbabilityDisplay:
    """A bar for the probability of each class of one image.

    Parameters
    ----------
    probabilities : ndarray of shape (classes,)
    class_names : sequence of str
        Name of each class, in the same order.
    true_class : int, default=None
        Place of the true class. Its bar is green; a wrong prediction's is red. Where it is None,
        the prediction's is blue.

    Attributes
    ----------
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes

    Examples
    --------
    >>> from estimators.displays import ClassProbabilityDisplay
    >>> display = ClassProbabilityDisplay.from_predictions(
    ...     [0.1, 0.7, 0.2], 2, class_names=["Bag", "Coat", "Shirt"]
    ... )
    >>> [label.get_text() for label in display.ax_.get_xticklabels()]
    ['Bag', 'Coat', 'Shirt']
    """

    def __init__(
        self,
        probabilities: np.ndarray,
        class_names: Sequence[str],
        true_class: int | None = None,
    ) -> None:
        self.probabilities = probabilities
        self.class_names = class_names
        self.true_class = true_class

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        class_names: Sequence[str] | None = None,
        ax: Axes | None = None,
    ) -> ClassProbabilityDisplay:
        """Plot what a fitted classifier makes of one image.

        Parameters
        ----------
        estimator : fitted classifier with ``predict_proba``
        X : array of shape ([1, ]height, width[, channels]) or ([1, ]pixels)
            A single image, ``images[0]`` or ``images[:1]``.
        y : label or array of shape (1,), default=None
            The true label.
        class_names : sequence of str, default=None
            Name of each of the estimator's ``classes_``; the labels themselves by default.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        ClassProbabilityDisplay
        """
        probabilities = estimator.predict_proba(as_batch(estimator, X))
        labels = np.asarray(estimator.classes_)
        return cls._from_labels(probabilities, y, labels, class_names).plot(ax=ax)

    @classmethod
    def from_predictions(
        cls,
        probabilities: Any,
        y_true: Any = None,
        *,
        class_names: Sequence[str] | None = None,
        ax: Axes | None = None,
    ) -> ClassProbabilityDisplay:
        """Plot probabilities that have been predicted for one image.

        Parameters
        ----------
        probabilities : array of shape (classes,) or (1, classes)
        y_true : int or array of shape (1,), default=None
            Place of the true class.
        class_names : sequence of str, default=None
            Name of each class; the numbers from 0 on by default.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        ClassProbabilityDisplay
        """
        probabilities = np.atleast_2d(probabilities)
        labels = np.arange(probabilities.shape[1])
        return cls._from_labels(probabilities, y_true, labels, class_names).plot(ax=ax)

    @classmethod
    def _from_labels(
        cls,
        probabilities: np.ndarray,
        y: Any,
        labels: np.ndarray,
        class_names: Sequence[str] | None,
    ) -> ClassProbabilityDisplay:
        given = [] if y is None else np.ravel(y).tolist()
        for what, count in (("images", len(probabilities)), ("true labels", len(given) or 1)):
            if count != 1:
                raise ValueError(f"There are {count} {what}; pass a single one, [:1] of them.")
        for label in given:
            if label not in labels.tolist():
                raise ValueError(
                    f"The true label is {label!r}, which is none of the classes; they are "
                    f"{labels.tolist()}."
                )
        place = labels.tolist().index(given[0]) if given else None
        return cls(probabilities[0], names_of(labels, class_names, labels), place)

    def plot(self, *, ax: Axes | None = None) -> ClassProbabilityDisplay:
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        ClassProbabilityDisplay
            Itself.
        """
        if ax is None:
            _, ax = pyplot().subplots(layout="constrained")
        colors = [_OTHER] * len(self.probabilities)
        colors[np.argmax(self.probabilities)] = _UNJUDGED if self.true_class is None else WRONG
        if self.true_class is not None:
            colors[self.true_class] = RIGHT
        ax.bar(range(len(self.probabilities)), self.probabilities, color=colors)
        ax.set(ylim=(0, 1), ylabel="probability")
        ax.set_xticks(range(len(self.probabilities)), self.class_names, rotation=45, ha="right")
        self.ax_, self.figure_ = ax, ax.figure
        return self
