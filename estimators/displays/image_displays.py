"""Plots of images and of what a classifier makes of them, in scikit-learn's manner.

A confusion matrix is ``sklearn.metrics.ConfusionMatrixDisplay.from_estimator(model, X, y)``.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import column_or_1d

from estimators.base.pixels import as_images

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ClassProbabilityDisplay", "ImageGridDisplay", "ImagePredictionDisplay"]

_RIGHT, _WRONG, _UNJUDGED, _OTHER = "#008800", "#bb0000", "#1f77b4", "#888888"
_WIDEST = 22  # letters that fit over an image


class ImageGridDisplay:
    """A grid of images, each with its title below.

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
    >>> from estimators.displays.image_displays import ImageGridDisplay
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
        ax: Sequence[Axes] | np.ndarray | None = None,
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
        ax : sequence or array of matplotlib Axes, default=None
            Where to draw, one for each image; a new figure of `rows` and `columns` by default.

        Returns
        -------
        ImageGridDisplay
        """
        images, titles = _pictures(X, image_shape), None
        if y is not None:
            _check_lengths(images=images, labels=y)
            titles = _names(column_or_1d(y)[: rows * columns], class_names)
        return cls(images[: rows * columns], titles).plot(rows=rows, columns=columns, ax=ax)

    def plot(
        self,
        *,
        rows: int = 5,
        columns: int = 5,
        ax: Sequence[Axes] | np.ndarray | None = None,
    ) -> ImageGridDisplay:
        """Draw the images, row by row.

        Parameters
        ----------
        rows : int, default=5
        columns : int, default=5
        ax : sequence or array of matplotlib Axes, default=None
            Where to draw, one for each image; a new figure of `rows` and `columns` by default.

        Returns
        -------
        ImageGridDisplay
            Itself.
        """
        if self.titles is not None:
            _check_lengths(images=self.images, titles=self.titles)
        if ax is None:
            size = (1.8 * columns, 2.1 * rows)
            _, ax = _pyplot().subplots(
                rows, columns, figsize=size, layout="constrained", squeeze=False
            )
        self.axes_ = np.atleast_1d(np.asarray(ax, dtype=object))
        self.figure_ = self.axes_.flat[0].figure
        # One range for all: a dark image looks dark beside a bright one.
        shades = {"cmap": "binary", "vmin": np.min(self.images), "vmax": np.max(self.images)}
        for axis in self.axes_.flat[len(self.images) :]:
            axis.set_visible(False)
        for number, (axis, image) in enumerate(zip(self.axes_.flat, self.images)):
            axis.set(xticks=[], yticks=[])
            axis.imshow(image, **shades)
            if self.titles is not None:
                color = "black" if self.title_colors is None else self.title_colors[number]
                lines = [textwrap.fill(line, _WIDEST) for line in self.titles[number].splitlines()]
                self._entitle(axis, "\n".join(lines), fontsize=9, color=color)
        return self

    def _entitle(self, axis: Axes, title: str, **style: Any) -> None:
        axis.set_xlabel(title, **style)


class ImagePredictionDisplay(ImageGridDisplay):
    """A grid of images titled "predicted (true)", green where right and red where wrong.

    Parameters
    ----------
    images : ndarray of shape (images, height, width) or (images, height, width, channels)
    titles : sequence of str
    title_colors : sequence of str

    See Also
    --------
    sklearn.metrics.ConfusionMatrixDisplay : Which classes are taken for which.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from estimators.displays.image_displays import ImagePredictionDisplay
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
        ax: Sequence[Axes] | np.ndarray | None = None,
    ) -> ImagePredictionDisplay:
        """Plot what a fitted classifier predicts for the first images.

        Parameters
        ----------
        estimator : fitted classifier
        X : array of shape (images, height, width[, channels]), or flat rows with `image_shape`
        y : array of shape (images,)
            True labels.
        class_names : sequence of str, default=None
            Name of each of the estimator's ``classes_``; the labels themselves by default.
        image_shape : sequence of int, default=None
            Shape of the images in flat rows.
        rows : int, default=5
        columns : int, default=5
        ax : sequence or array of matplotlib Axes, default=None
            Where to draw, one for each image; a new figure of `rows` and `columns` by default.

        Returns
        -------
        ImagePredictionDisplay
        """
        X = X if hasattr(X, "columns") else np.asarray(X)
        _check_lengths(images=X, labels=y)
        shown = X[: rows * columns]
        predicted = estimator.predict(_as_fitted(estimator, shown))
        true = column_or_1d(y)[: len(shown)]
        return cls._from_names(
            _pictures(shown, image_shape),
            _names(true, class_names, estimator.classes_),
            _names(predicted, class_names, estimator.classes_),
            true == predicted,
        ).plot(rows=rows, columns=columns, ax=ax)

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
        ax: Sequence[Axes] | np.ndarray | None = None,
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
        ax : sequence or array of matplotlib Axes, default=None
            Where to draw, one for each image; a new figure of `rows` and `columns` by default.

        Returns
        -------
        ImagePredictionDisplay
        """
        _check_lengths(images=X, labels=y_true, predictions=y_pred)
        images = _pictures(X, image_shape)[: rows * columns]
        true, predicted = (column_or_1d(y)[: len(images)] for y in (y_true, y_pred))
        names = (_names(labels, class_names) for labels in (true, predicted))
        return cls._from_names(images, *names, true == predicted).plot(
            rows=rows, columns=columns, ax=ax
        )

    @classmethod
    def _from_names(
        cls, images: np.ndarray, true: list[str], predicted: list[str], is_right: np.ndarray
    ) -> ImagePredictionDisplay:
        longest = max(len(f"{p} ({t})") for p, t in zip(predicted, true))
        space = " " if longest <= _WIDEST else "\n"
        titles = [f"{p}{space}({t})" for p, t in zip(predicted, true)]
        return cls(images, titles, [_RIGHT if right else _WRONG for right in is_right])

    def _entitle(self, axis: Axes, title: str, **style: Any) -> None:
        axis.set_title(title, **style)


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
    >>> from estimators.displays.image_displays import ClassProbabilityDisplay
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
        probabilities = estimator.predict_proba(_as_batch(estimator, X))
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
        return cls(probabilities[0], _names(labels, class_names, labels), place)

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
        colors[np.argmax(self.probabilities)] = _UNJUDGED if self.true_class is None else _WRONG
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
    channels = images.shape[-1]
    if not images.size or channels not in (1, 3, 4):
        raise ValueError(
            f"X has shape {np.shape(X)}; a picture has pixels, and 1, 3 or 4 channels of them."
        )
    if channels == 1:
        return images[..., 0]
    return images / 255 if images.dtype.kind == "f" and images.max() > 1 else images


def _as_fitted(estimator: Any, X: Any) -> Any:
    """Return images as flat rows where the estimator counts features."""
    features = getattr(estimator, "n_features_in_", None)
    is_flat = np.ndim(X) > 2 and np.size(X) == len(X) * (features or 0)
    return np.reshape(X, (len(X), -1)) if is_flat else X


def _as_batch(estimator: Any, X: Any) -> Any:
    """Return one image or row as the estimator takes it: several of them, and these are one."""
    if hasattr(X, "columns"):
        return X
    X = np.asarray(X)
    features = getattr(estimator, "n_features_in_", None)
    if X.size == features:
        return X.reshape(1, -1)
    is_image = X.ndim == 2 or (X.ndim == 3 and X.shape[-1] in (1, 3, 4))
    if features is None and is_image and len(X) > 1:
        return X[None]
    return _as_fitted(estimator, X)


def _check_lengths(**given: Any) -> None:
    counts = {what: len(items) for what, items in given.items()}
    if len(set(counts.values())) > 1:
        found = " and ".join(f"{count} {what}" for what, count in counts.items())
        raise ValueError(f"There are {found}; give one of each for every image.")


def _names(
    labels: np.ndarray, class_names: Sequence[str] | None, classes: np.ndarray | None = None
) -> list[str]:
    """Return the name of each label: of its place among `classes`, or from 0 on without them."""
    labels = np.asarray(labels)
    if class_names is None:
        return [str(label) for label in labels.tolist()]
    if classes is not None and len(class_names) != len(classes):
        raise ValueError(
            f"class_names has {len(class_names)} names for {len(classes)} classes; give one for "
            "each."
        )
    known = range(len(class_names)) if classes is None else np.asarray(classes).tolist()
    names = dict(zip(known, class_names))
    for label in labels.tolist():
        if label not in names:
            raise ValueError(
                f"class_names has {len(class_names)} names and none for the label {label!r}; give "
                + (
                    "one for each whole number from 0 on."
                    if classes is None
                    else f"labels of {known}."
                )
            )
    return [names[label] for label in labels.tolist()]


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('Plots need matplotlib: pip install "keras-estimators[plot]".') from error
    return plt
