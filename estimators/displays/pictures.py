"""Images as matplotlib shows them, and as a fitted classifier takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from estimators.base.pixels import as_images

__all__ = ["as_batch", "as_fitted", "pictures"]


def pictures(X: Any, image_shape: Sequence[int] | None) -> np.ndarray:
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


def as_fitted(estimator: Any, X: Any) -> Any:
    """Return images as flat rows where the estimator counts features."""
    features = getattr(estimator, "n_features_in_", None)
    is_flat = np.ndim(X) > 2 and np.size(X) == len(X) * (features or 0)
    return np.reshape(X, (len(X), -1)) if is_flat else X


def as_batch(estimator: Any, X: Any) -> Any:
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
    return as_fitted(estimator, X)
