"""What every family has beside the contract: files, checkpoints, TensorBoard.

This is the door between a fit and whoever takes part in it; `KerasEstimator` knows none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from estimators.base.estimator import KerasEstimator
from estimators.base.fit_extension import (
    FitExtension,
    GivenCallbacks,
    LimitedTime,
    ProcessObservers,
)
from estimators.persistence.saving_methods import PersistenceMethods
from estimators.serving.serving_methods import ServingMethods


class Family(PersistenceMethods, ServingMethods, KerasEstimator):
    """A network with scikit-learn's methods that can be saved, served, exported and watched."""

    def _extensions(self) -> Sequence[type[FitExtension]]:
        from estimators.persistence.checkpointing import Checkpointing
        from estimators.persistence.warm_start import WarmStart
        from estimators.tensorboard.extension import TensorBoardLog

        return (
            Checkpointing,
            WarmStart,
            LimitedTime,
            GivenCallbacks,
            TensorBoardLog,
            ProcessObservers,
        )
