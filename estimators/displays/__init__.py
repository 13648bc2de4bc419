"""Plots of images and of what a classifier makes of them, in scikit-learn's manner."""

from estimators.displays.image_displays import (
    ClassProbabilityDisplay,
    ImageGridDisplay,
    ImagePredictionDisplay,
)

__all__ = ["ClassProbabilityDisplay", "ImageGridDisplay", "ImagePredictionDisplay"]
