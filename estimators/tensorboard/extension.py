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
    """Writes measures, graph and parameters of a fit for TensorBoard.

    Members write their measures beside one another in the folder of their fit.
    """

    def __init__(self, estimator: BaseEstimator, request: FitRequest) -> None:
        super().__init__(estimator, request)
        self._open = ExitStack()
        # Of the first member, which writes graph and parameters for all.
        self._added: list[keras.callbacks.Callback] = []

    def __exit__(self, *exception: object) -> None:
        self._open.__exit__(*exception)

    def callbacks(
        self, fit: EncodedFit, others: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return what writes to `log_dir`, and beside the logs of Keras's own callback."""
        if fit.member:
            logs = [log.of_member(fit.member) for log in self._added if _is_fit_log(log)]
        else:
            logs = self._added = self._of_first(fit, others)
            self._open.enter_context(tensorboard_closed([*others, *logs]))
        for log in filter(_is_fit_log, logs):
            log.take(fit.progress)
        return logs

    def _of_first(
        self, fit: EncodedFit, others: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        estimator = fit.estimator
        return tensorboard_callbacks(
            estimator.log_dir,
            others,
            estimator.get_params(deep=False),
            getattr(estimator, "log_dir_", None) if self.request.continued else None,
            is_of_several=fit.member is not None,
        )

    def keep(self, estimator: BaseEstimator) -> None:
        """Keep the folder that the fit has written to, and write how all members ended."""
        members = [member.history for member in estimator.trained_.members]
        if self._added and len(members) > 1:
            logs = estimator.trained_.history.last()
            for log in self._added:
                log.on_fit_end(max(history.epoch[-1] for history in members), logs)
        estimator.log_dir_ = tensorboard_folder(self._added)


def _is_fit_log(callback: keras.callbacks.Callback) -> bool:
    from estimators.tensorboard.fit_log import FitLog

    return isinstance(callback, FitLog)
