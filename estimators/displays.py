"""Plots of images and of what a classifier makes of them, in scikit-learn's manner.

A confusion matrix is ``sklearn.metrics.ConfusionMatrixDisplay.from_estimator(model, X, y)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from estimators.pixels import as_images

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ClassProbabilityDisplay", "ImageGridDisplay", "ImagePredictionDisplay"]

_RIGHT, _WRONG, _OTHER = "#008800", "#bb0000", "#888888"


class ImageGridDisplay:
    """A grid of images, each with a title.

    Parameters
    ----------
    images : ndarray of shape (images, height, width) or (images, height, width, channels)
    titles : sequence of str, default=None
        One for each image.
    title_colors : sequence of str, default=None
        One for each title.

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : ndarray of matplotlib Axes

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from estimators.displays import ImageGridDisplay
    >>> digits = load_digits()
    >>> display = ImageGridDisplay.from_images(digits.images, digits.target, rows=2, columns=3)
    >>> display.axes_.shape
    (2, 3)
    """

    def __init__(
        self,
        images: np.ndarray,
        titles: Sequence[str] | None = None,
        title_colors: Sequence[str] | None = None,
    ) -> None:
        self.images = images
        self.titles = titles
        self.title_colors = title_colors

    @classmethod
    def from_images(
        cls,
        X: Any,
        y: Any = None,
        *,
        class_names: Sequence[str] | None = None,
        image_shape: Sequence[int] | None = None,
        rows: int = 5,
        columns: int = 5,
    ) -> ImageGridDisplay:
        """Plot the first images with the names of their classes.

        Parameters
        ----------
        X : array of shape (images, height, width[, channels]), or flat rows with `image_shape`
        y : array of shape (images,), default=None
            Labels.
        class_names : sequence of str, default=None
            Name of each label from 0 on; the labels themselves by default.
        image_shape : sequence of int, default=None
            Shape of the images in flat rows.
        rows : int, default=5
        columns : int, default=5

        Returns
        -------
        ImageGridDisplay
        """
        images = _pictures(X, image_shape)[: rows * columns]
        titles = None if y is None else _names(np.asarray(y)[: len(images)], class_names)
        return cls(images, titles).plot(rows=rows, columns=columns)

    def plot(self, *, rows: int = 5, columns: int = 5) -> ImageGridDisplay:
        """Draw the grid into a new figure.

        Parameters
        ----------
        rows : int, default=5
        columns : int, default=5

        Returns
        -------
        ImageGridDisplay
            Itself.
        """
        plt = _pyplot()
        self.figure_, self.axes_ = plt.subplots(
            rows, columns, figsize=(1.8 * columns, 2 * rows), layout="constrained", squeeze=False
        )
        for axis in self.axes_.flat:
            axis.set(xticks=[], yticks=[])
            axis.set_visible(False)
        for number, (axis, image) in enumerate(zip(self.axes_.flat, self.images, strict=False)):
            axis.set_visible(True)
            axis.imshow(image, cmap="binary")
            if self.titles is not None:
                color = "black" if self.title_colors is None else self.title_colors[number]
                axis.set_title(self.titles[number], fontsize=9, color=color)
        return self


class ImagePredictionDisplay(ImageGridDisplay):
    """A grid of images titled "predicted (true)", green where right and red where wrong.

    Parameters
    ----------
    images : ndarray of shape (images, height, width) or (images, height, width, channels)
    titles : sequence of str
    title_colors : sequence of str

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from estimators.displays import ImagePredictionDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> model = LogisticRegression(max_iter=3000).fit(X[:500], y[:500])
    >>> display = ImagePredictionDisplay.from_estimator(
    ...     model, X[500:], y[500:], image_shape=(8, 8), rows=2, columns=3
    ... )
    >>> len(display.titles)
    6
    """

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        class_names: Sequence[str] | None = None,
        image_shape: Sequence[int] | None = None,
        rows: int = 5,
        columns: int = 5,
    ) -> ImagePredictionDisplay:
        """Plot what a fitted classifier predicts for the first images.

        Parameters
        ----------
        estimator : fitted classifier
        X : array of shape (images, height, width[, channels]), or flat rows with `image_shape`
        y : array of shape (images,)
            True labels.
        class_names : sequence of str, default=None
            Name of each label from 0 on; the labels themselves by default.
        image_shape : sequence of int, default=None
            Shape of the images in flat rows.
        rows : int, default=5
        columns : int, default=5

        Returns
        -------
        ImagePredictionDisplay
        """
        shown = X[: rows * columns]
        return cls.from_predictions(
            shown,
            np.asarray(y)[: len(shown)],
            estimator.predict(shown),
            class_names=class_names,
            image_shape=image_shape,
            rows=rows,
            columns=columns,
        )

    @classmethod
    def from_predictions(
        cls,
        X: Any,
        y_true: Any,
        y_pred: Any,
        *,
        class_names: Sequence[str] | None = None,
        image_shape: Sequence[int] | None = None,
        rows: int = 5,
        columns: int = 5,
    ) -> ImagePredictionDisplay:
        """Plot predictions that have been made.

        Parameters
        ----------
        X : array of shape (images, height, width[, channels]), or flat rows with `image_shape`
        y_true : array of shape (images,)
        y_pred : array of shape (images,)
        class_names : sequence of str, default=None
            Name of each label from 0 on; the labels themselves by default.
        image_shape : sequence of int, default=None
            Shape of the images in flat rows.
        rows : int, default=5
        columns : int, default=5

        Returns
        -------
        ImagePredictionDisplay
        """
        images = _pictures(X, image_shape)[: rows * columns]
        y_true, y_pred = (np.asarray(y)[: len(images)] for y in (y_true, y_pred))
        if not len(images) == len(y_true) == len(y_pred):
            raise ValueError(
                f"There are {len(images)} images, {len(y_true)} labels and {len(y_pred)} "
                "predictions; give one of each for every image."
            )
        pairs = zip(_names(y_pred, class_names), _names(y_true, class_names), strict=True)
        titles = [f"{predicted} ({true})" for predicted, true in pairs]
        colors = [_RIGHT if is_right else _WRONG for is_right in y_true == y_pred]
        return cls(images, titles, colors).plot(rows=rows, columns=columns)


class ClassProbabilityDisplay:
    """A bar for the probability of each class of one image.

    Parameters
    ----------
    probabilities : ndarray of shape (classes,)
    class_names : sequence of str
        Name of each class, in the same order.
    true_class : int, default=None
        Place of the true class. Its bar is green; a wrong prediction's is red.

    Attributes
    ----------
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes

    Examples
    --------
    >>> from estimators.displays import ClassProbabilityDisplay
    >>> display = ClassProbabilityDisplay([0.1, 0.7, 0.2], ["Bag", "Coat", "Shirt"], 2).plot()
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
        X : array of shape (1, height, width[, channels]) or (1, pixels)
            A single image, ``images[:1]`` for one.
        y : label or array of shape (1,), default=None
            The true label.
        class_names : sequence of str, default=None
            Name of each label from 0 on; the labels themselves by default.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        ClassProbabilityDisplay
        """
        probabilities = estimator.predict_proba(X)
        if len(probabilities) != 1:
            raise ValueError(f"X holds {len(probabilities)} images; pass a single one, images[:1].")
        labels = np.asarray(estimator.classes_)
        true_class = None
        if y is not None:
            places = np.flatnonzero(labels == np.ravel(y)[0])
            if not len(places):
                raise ValueError(
                    f"y is {np.ravel(y)[0]!r}, which is no class of the estimator; known are "
                    f"{labels.tolist()}."
                )
            true_class = int(places[0])
        return cls(probabilities[0], _names(labels, class_names), true_class).plot(ax=ax)

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
            _, ax = _pyplot().subplots(layout="constrained")
        colors = [_OTHER] * len(self.probabilities)
        colors[int(np.argmax(self.probabilities))] = _OTHER if self.true_class is None else _WRONG
        if self.true_class is not None:
            colors[self.true_class] = _RIGHT
        ax.bar(range(len(self.probabilities)), self.probabilities, color=colors)
        ax.set(ylim=(0, 1), ylabel="probability")
        ax.set_xticks(range(len(self.probabilities)), self.class_names, rotation=45, ha="right")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _pictures(X: Any, image_shape: Sequence[int] | None) -> np.ndarray:
    """Return images as matplotlib shows them: without the channel of grey ones."""
    images = as_images(np.asarray(X), image_shape)
    return images[..., 0] if images.shape[-1] == 1 else images


def _names(labels: np.ndarray, class_names: Sequence[str] | None) -> list[str]:
    if class_names is None:
        return [str(label) for label in labels.tolist()]
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= len(class_names):
        raise ValueError(
            f"class_names has {len(class_names)} names for the labels from {labels.min()!r} to "
            f"{labels.max()!r}; give one for each whole number from 0 on."
        )
    return [class_names[label] for label in labels]


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('Plots need matplotlib: pip install "keras-estimators[plot]".') from error
    return plt
