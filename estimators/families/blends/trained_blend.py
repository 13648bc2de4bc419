"""The trained networks of a blend as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from estimators.engine.trained_members import TrainedMembers


class TrainedBlend:
    """What several estimators were trained to; has what is asked of a `TrainedNetwork` as a whole.

    Parameters
    ----------
    parts : mapping of str to TrainedMembers
        By the names of the estimators.
    """

    def __init__(self, parts: Mapping[str, TrainedMembers]) -> None:
        self.parts = dict(parts)

    @property
    def batch_size(self) -> int:
        """Rows a step, of the first."""
        return next(iter(self.parts.values())).batch_size

    @property
    def iterations(self) -> int:
        """Number of batches that all have trained on."""
        return sum(part.iterations for part in self.parts.values())

    @property
    def epochs(self) -> int:
        """Number of epochs, the most of any."""
        return max(len(part.history.epoch) for part in self.parts.values())

    @property
    def named_weights(self) -> dict[str, np.ndarray]:
        """Weights by their names, which begin with that of the estimator."""
        return {
            f"{name}/{weight}": value
            for name, part in self.parts.items()
            for weight, value in part.named_weights.items()
        }
