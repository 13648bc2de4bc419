"""A grid of images titled "predicted (true)", green where right and red where wrong.

A confusion matrix is ``sklearn.metrics.ConfusionMatrixDisplay.from_estimator(model, X, y)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import column_or_1d

from estimators.displays.class_names import check_lengths, names_of
from estimators.displays.image_grid import WIDEST, ImageGridDisplay
from estimators.displays.pictures import as_fitted, pictures
from estimators.displays.pyplot import RIGHT, WRONG

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ImagePredictionDisplay"]


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
        check_lengths(images=X, labels=y)
        shown = X[: rows * columns]
        predicted = estimator.predict(as_fitted(estimator, shown))
        true = column_or_1d(y)[: len(shown)]
        return cls._from_names(
            pictures(shown, image_shape),
            names_of(true, class_names, estimator.classes_),
            names_of(predicted, class_names, estimator.classes_),
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
        check_lengths(images=X, labels=y_true, predictions=y_pred)
        images = pictures(X, image_shape)[: rows * columns]
        true, predicted = (column_or_1d(y)[: len(images)] for y in (y_true, y_pred))
        names = (names_of(labels, class_names) for labels in (true, predicted))
        return cls._from_names(images, *names, true == predicted).plot(
            rows=rows, columns=columns, ax=ax
        )

    @classmethod
    def _from_names(
        cls, images: np.ndarray, true: list[str], predicted: list[str], is_right: np.ndarray
    ) -> ImagePredictionDisplay:
        longest = max(len(f"{p} ({t})") for p, t in zip(predicted, true))
        space = " " if longest <= WIDEST else "\n"
        titles = [f"{p}{space}({t})" for p, t in zip(predicted, true)]
        return cls(images, titles, [RIGHT if right else WRONG for right in is_right])

    def _entitle(self, axis: Axes, title: str, **style: Any) -> None:
        axis.set_title(title, **style)
