from .class_probabilities import (
    ClassProbabilityDisplay,
)
from .explanations import (
    ExplanationDisplay,
)
from .image_grid import (
    ImageGridDisplay,
)
from .image_predictions import (
    ImagePredictionDisplay,
)
from .intervals import (
    IntervalDisplay,
)
from .learning_rate_range import (
    LearningRateRange,
    LearningRateRangeDisplay,
)

__all__ = [
    "ClassProbabilityDisplay",
    "ExplanationDisplay",
    "ImageGridDisplay",
    "ImagePredictionDisplay",
    "IntervalDisplay",
    "LearningRateRange",
    "LearningRateRangeDisplay",
]
