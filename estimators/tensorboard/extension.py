"""TensorBoard as part of a fit: `log_dir`, and `log_dir_` afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sklearn.base import BaseEstimator

from estimators.base.fit_extension import EncodedFit, FitExtension, FitRequest
from estimators.tensorboard.callbacks import (
    tensorboard_callbacks,
    tensorboard_closed,
    tensorboard_folder,
)

if TYPE_CHECKING:
    import keras


class TensorBoardLog(FitExtension):
    """Writes measures, graph and parameters of a fit for TensorBoard."""

    def __init__(self, estimator: BaseEstimator, request: FitRequest) -> None:
        super().__init__(estimator, request)
        self._open = ExitStack()
        self._added: list[keras.callbacks.Callback] = []

    def __exit__(self, *exception: object) -> None:
        self._open.__exit__(*exception)

    def callbacks(
        self, fit: EncodedFit, others: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return what writes to `log_dir`, and beside the logs of Keras's own callback."""
        estimator = fit.estimator
        continued = getattr(estimator, "log_dir_", None) if self.request.continued else None
        self._added = tensorboard_callbacks(
            estimator.log_dir, others, estimator.get_params(deep=False), continued
        )
        self._open.enter_context(tensorboard_closed([*others, *self._added]))
        return self._added

    def keep(self, estimator: BaseEstimator) -> None:
        """Keep the folder that the fit has written to."""
        estimator.log_dir_ = tensorboard_folder(self._added)
