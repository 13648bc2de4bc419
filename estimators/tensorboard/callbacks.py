"""Which callbacks write for TensorBoard, where, and what happens when a fit fails.

Histograms and images of weights are for Keras's own callback, ``keras.callbacks.TensorBoard``. Here
no event file stays open between two epochs, and nothing of ``tf.summary`` is touched. Keras comes
with the first fit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

__all__ = ["tensorboard_callbacks", "tensorboard_closed", "tensorboard_folder"]


def tensorboard_callbacks(
    log_dir: str | os.PathLike | None,
    callbacks: Sequence[keras.callbacks.Callback],
    parameters: Mapping[str, Any],
    continued: str | None = None,
    *,
    is_of_several: bool = False,
) -> list[keras.callbacks.Callback]:
    """Return the callbacks that write for TensorBoard.

    A fit writes to a folder of its own in `log_dir`, ``fit-1`` and so on, so that the fits of a
    search stand side by side; a fit that goes on from an earlier one goes on in its folder.
    Each folder holds ``train``, ``validation`` and ``hparams``. Beside the runs of every
    ``keras.callbacks.TensorBoard`` among `callbacks` comes ``hparams`` as well, but not in remote
    storage.

    Parameters
    ----------
    log_dir : str or Path or None
        Made where it does not exist.
    callbacks : sequence of keras.callbacks.Callback
        The caller's own.
    parameters : mapping of str to object
        Of the estimator, as ``get_params(deep=False)`` has them. Numbers, texts and booleans are
        shown as they are, all else by a short text.
    continued : str, default=None
        What `tensorboard_folder` said of the fit that this one continues.
    is_of_several : bool, default=False
        Whether they are those of the first of several members: ``train`` and ``validation`` then
        stand in ``member_1``, and how the fit ends is for ``on_fit_end`` to tell.

    Returns
    -------
    list of keras.callbacks.Callback
        Without batch hooks; to come behind `callbacks`.

    Raises
    ------
    ImportError
        Where something is to be written and the package tensorboard is not installed.
    NoFolderError
        Where `log_dir` is a file.

    See Also
    --------
    tensorboard_closed : Closes what a fit that fails leaves open.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators import LinearRegressor
    >>> from estimators.tensorboard.callbacks import tensorboard_callbacks, tensorboard_folder
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = LinearRegressor(epochs=2, validation_fraction=0.2)
    >>> log = tensorboard_callbacks(tempfile.mkdtemp(), [], model.get_params(deep=False))
    >>> model = model.set_params(callbacks=log).fit(X, y)
    >>> folder = Path(tensorboard_folder(log))
    >>> folder.name, sorted(path.name for path in folder.iterdir())
    ('fit-1', ['hparams', 'train', 'validation'])

    References
    ----------
    ``keras.callbacks.TensorBoard``, whose names for runs and tags are kept;
    ``tensorboard.plugins.hparams``.
    """
    import keras

    from estimators.tensorboard.fit_log import FitFolder, FitLog
    from estimators.tensorboard.hyperparameters import ParameterLog, hyperparameters

    boards = [c for c in callbacks if isinstance(c, keras.callbacks.TensorBoard)]
    boards = [board for board in boards if "://" not in board.log_dir]
    if log_dir is None and not boards:
        return []
    _check_installed("keras.callbacks.TensorBoard" if log_dir is None else "log_dir")
    values = hyperparameters(parameters)
    added: list[keras.callbacks.Callback] = [
        ParameterLog(board.log_dir, values, is_of_several) for board in boards
    ]
    if log_dir is not None:
        folder = FitFolder(log_dir, continued)
        added.append(FitLog(folder, values, 0 if is_of_several else None))
    return added


def _check_installed(wanted_by: str) -> None:
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{wanted_by} needs the package tensorboard, which is not installed; run "
            "pip install 'keras-estimators[tensorboard]'."
        ) from error


def tensorboard_folder(callbacks: Sequence[keras.callbacks.Callback]) -> str | None:
    """Return the folder in `log_dir` that a fit with these callbacks has written to.

    Parameters
    ----------
    callbacks : sequence of keras.callbacks.Callback
        What `tensorboard_callbacks` returned, and others.

    Returns
    -------
    str or None
        An absolute path; None without `log_dir` or before the first epoch.
    """
    from estimators.tensorboard.fit_log import FitLog

    return next((c.folder for c in callbacks if isinstance(c, FitLog)), None)


@contextmanager
def tensorboard_closed(callbacks: Sequence[keras.callbacks.Callback]) -> Iterator[None]:
    """Close, where training inside fails or is interrupted, what it leaves open.

    Keras's callback would keep its event files open then, and leave one of them the default of
    ``tf.summary``. The parameters are marked as those of a failure.

    Parameters
    ----------
    callbacks : sequence of keras.callbacks.Callback
        The caller's own and those that `tensorboard_callbacks` returned.

    Yields
    ------
    None
    """
    try:
        yield
    except BaseException:
        import keras

        from estimators.tensorboard.hyperparameters import ParameterLog

        for callback in callbacks:
            if isinstance(callback, keras.callbacks.TensorBoard):
                _close(callback)
            elif isinstance(callback, ParameterLog):
                callback.on_failure()
        raise


def _close(callback: keras.callbacks.TensorBoard) -> None:
    """Do what ``on_train_end`` would have done, wherever training stopped."""
    while callback._prev_summary_state:
        callback._pop_writer()
    if callback._is_tracing:
        callback._stop_trace()
    callback._close_writers()
