from .clipped_outputs import (
    ClippedOutputs,
)
from .cumulative_logits import (
    CumulativeLogits,
)
from .neighbor_average import (
    NeighborAverage,
)
from .ntk_dense import (
    NTKDense,
)
from .ntk_outputs import (
    NTKOutputs,
)
from .parametric_activation import (
    ParametricActivation,
)
from .scale import (
    Scale,
)
from .sorted_quantiles import (
    SortedQuantiles,
)

__all__ = [
    "ClippedOutputs",
    "CumulativeLogits",
    "NTKDense",
    "NTKOutputs",
    "NeighborAverage",
    "ParametricActivation",
    "Scale",
    "SortedQuantiles",
]
