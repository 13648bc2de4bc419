"""A grid of images, each with its title below."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import column_or_1d

from estimators.displays.class_names import check_lengths, names_of
from estimators.displays.pictures import pictures
from estimators.displays.pyplot import pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ImageGridDisplay"]

WIDEST = 22  # letters that fit over an image


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
        images, titles = pictures(X, image_shape), None
        if y is not None:
            check_lengths(images=images, labels=y)
            titles = names_of(column_or_1d(y)[: rows * columns], class_names)
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
            check_lengths(images=self.images, titles=self.titles)
        if ax is None:
            size = (1.8 * columns, 2.1 * rows)
            _, ax = pyplot().subplots(
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
                lines = [textwrap.fill(line, WIDEST) for line in self.titles[number].splitlines()]
                self._entitle(axis, "\n".join(lines), fontsize=9, color=color)
        return self

    def _entitle(self, axis: Axes, title: str, **style: Any) -> None:
        axis.set_xlabel(title, **style)
