"""Images as a network takes them: checked, in one shape, small in memory."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, StrOptions

from estimators.base.parameters import Parameter

if TYPE_CHECKING:
    import keras

_IMAGES = "images"
_BRIGHTEST = 255

PIXELS = (
    Parameter(
        "image_shape",
        annotation="Sequence[int] | None",
        default=None,
        constraints=[list, tuple, None],
        kind="sequence of int",
        text="Height and width, or height, width and channels, of images that come as flat rows; "
        "one of them may be -1.",
    ),
    Parameter(
        "rescale",
        annotation="float | str",
        default="auto",
        constraints=[Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        kind="float or 'auto'",
        text="What pixels are multiplied by; ``'auto'`` is 1/255 for whole numbers, and takes "
        "floats as they are.",
    ),
)


class Pixels(BaseEstimator):
    """What a fit learns of its images: shape, and how pixels become numbers about 0 to 1.

    Stands where estimators of tables have a feature spec.

    Parameters
    ----------
    rescale : float or "auto"
        What every pixel is multiplied by in the network; "auto" is 1/255 for whole numbers and 1
        for floats.

    Attributes
    ----------
    shape_ : tuple of int
        Height, width and channels.
    dtype_ : str
        "uint8" or "float32": how images are kept until a batch of them is rescaled.
    scale_ : float
    """

    target_name = None

    def __init__(self, rescale: float | str = "auto") -> None:
        self.rescale = rescale

    def fit(self, X: np.ndarray, y: Any = None, sample_weight: Any = None) -> Pixels:
        """Learn shape, dtype and scale of images of shape (rows, height, width, channels)."""
        self.shape_ = X.shape[1:]
        self.dtype_ = "float32"
        if X.dtype.kind in "ui" and X.min() >= 0:
            self.dtype_ = "uint8" if X.max() <= _BRIGHTEST else "float32"
        self.scale_ = self.rescale
        if self.rescale == "auto":
            self.scale_ = 1 / _BRIGHTEST if X.dtype.kind in "ui" else 1.0
            self._check_brightness(X)
        self.is_up_to_one_ = X.dtype.kind == "f" and X.max() <= 1
        return self

    def encode(self, X: np.ndarray) -> dict[str, np.ndarray]:
        """Return the images in the dtype of the fit.

        Raises
        ------
        ValueError
            For images of another shape, or pixels that mean something else than at fit.
        """
        if X.shape[1:] != self.shape_:
            raise ValueError(
                f"X holds images of shape {X.shape[1:]} (height, width, channels) where the fit "
                f"had {self.shape_}; resize them or convert their channels."
            )
        if self.rescale == "auto":
            self._check_brightness(X)
        if self.dtype_ == "uint8":
            return {_IMAGES: _whole(X)}
        images = np.ascontiguousarray(X, np.float32)
        if self.rescale == "auto" and self.is_up_to_one_ and X.dtype.kind in "ui":
            images = images / np.float32(_BRIGHTEST)
        return {_IMAGES: images}

    def inputs(self) -> dict[str, keras.KerasTensor]:
        """Return a ``keras.Input`` for the images."""
        import keras

        return {_IMAGES: keras.Input(self.shape_, dtype=self.dtype_, name=_IMAGES)}

    def rescaled(self, inputs: dict[str, keras.KerasTensor]) -> keras.KerasTensor:
        """Return the pixels as float32 numbers."""
        import keras

        return keras.layers.Rescaling(self.scale_)(inputs[_IMAGES])

    def for_training(self) -> Pixels:
        """Return itself: prediction knows no more than training."""
        return self

    @property
    def encoded_signature_(self) -> Hashable:
        """What networks on the images depend on."""
        return self.shape_, self.dtype_, float(self.scale_)

    def _check_brightness(self, X: np.ndarray) -> None:
        highest = X.max()
        if highest > _BRIGHTEST:
            raise ValueError(
                f"X holds a pixel of {highest:g}, beyond {_BRIGHTEST}; divide the images, or say "
                "by rescale= what pixels are multiplied by."
            )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "shape_")


def as_images(X: np.ndarray, image_shape: Sequence[int] | None) -> np.ndarray:
    """Return images of shape (rows, height, width, channels): a view, not a copy.

    Parameters
    ----------
    X : ndarray of shape (rows, height, width), (rows, height, width, channels) or (rows, pixels)
    image_shape : sequence of int or None
        Shape of the images in flat rows; one number may be -1.

    Raises
    ------
    ValueError
        For an array that is none of these.
    """
    if X.ndim == 2:
        X = _unfold(X, image_shape)
    elif X.ndim not in (3, 4):
        raise ValueError(
            f"X has shape {X.shape}; images have shape (rows, height, width) or (rows, height, "
            "width, channels), or are flat rows with image_shape."
        )
    elif image_shape is not None and not _fits(X.shape[1:], image_shape):
        raise ValueError(
            f"X holds images of shape {X.shape[1:]} where image_shape is {tuple(image_shape)}; "
            "leave image_shape out or correct it."
        )
    return X[..., None] if X.ndim == 3 else X


def _unfold(X: np.ndarray, image_shape: Sequence[int] | None) -> np.ndarray:
    if image_shape is None:
        raise ValueError(
            f"X has shape {X.shape}: flat rows need image_shape, (28, 28) for one; or pass images "
            "of shape (rows, height, width)."
        )
    try:
        return X.reshape(len(X), *image_shape)
    except ValueError:
        raise ValueError(
            f"X has rows of {X.shape[1]} pixels, which are no images of shape "
            f"{tuple(image_shape)}; correct image_shape."
        ) from None


def _fits(shape: tuple[int, ...], image_shape: Sequence[int]) -> bool:
    wanted = (*image_shape, 1)[: len(shape)]
    return len(image_shape) <= len(shape) and all(
        asked in (-1, there) for asked, there in zip(wanted, shape, strict=True)
    )


def _whole(X: np.ndarray) -> np.ndarray:
    if X.dtype == np.uint8:
        return np.ascontiguousarray(X)
    whole = X.astype(np.uint8)
    if not np.array_equal(whole, X):
        raise ValueError(
            "X holds pixels that are no whole numbers from 0 to 255, as those of the fit are; pass "
            "them in the form of the fit."
        )
    return whole
