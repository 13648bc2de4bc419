from .clipped_outputs import (
    ClippedOutputs,
)
from .ntk_dense import (
    NTKDense,
)
from .parametric_activation import (
    ParametricActivation,
)
from .scale import (
    Scale,
)

__all__ = [
    "ClippedOutputs",
    "NTKDense",
    "ParametricActivation",
    "Scale",
]
