"""What TensorBoard shows of a fit: measures of every epoch, the graph, and the parameters.

Histograms and images of weights are for Keras's own callback, ``keras.callbacks.TensorBoard``. Here
no event file stays open between two epochs, and nothing of ``tf.summary`` is touched.
"""

from __future__ import annotations

import json
import os
import re
import socket
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import count
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary

_FOLDER = "fit-{}"
_PARAMETERS = "hparams"
_NOT_HYPERPARAMETERS = ("callbacks", "log_dir", "model_dir", "verbose")
_LONGEST_TEXT = 100
_ADDRESS = re.compile(r"( object)? at 0x[0-9a-fA-F]+")


def tensorboard_callbacks(
    log_dir: str | os.PathLike | None,
    callbacks: Sequence[keras.callbacks.Callback],
    parameters: Mapping[str, Any],
    continued: str | None = None,
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

    Returns
    -------
    list of keras.callbacks.Callback
        Without batch hooks; to come behind `callbacks`.

    Raises
    ------
    ImportError
        Where something is to be written and the package tensorboard is not installed.
    NotADirectoryError
        Where `log_dir` is a file.

    See Also
    --------
    tensorboard_closed : Closes what a fit that fails leaves open.

    Examples
    --------
    >>> import tempfile
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
    boards = [c for c in callbacks if isinstance(c, keras.callbacks.TensorBoard)]
    boards = [board for board in boards if "://" not in board.log_dir]
    if log_dir is None and not boards:
        return []
    _check_installed("keras.callbacks.TensorBoard" if log_dir is None else "log_dir")
    values = _hyperparameters(parameters)
    added: list[keras.callbacks.Callback] = [_ParameterLog(b.log_dir, values) for b in boards]
    if log_dir is not None:
        added.append(_FitLog(log_dir, values, continued))
    return added


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
    return next((c.folder for c in callbacks if isinstance(c, _FitLog)), None)


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
        for callback in callbacks:
            if isinstance(callback, keras.callbacks.TensorBoard):
                _close(callback)
            elif isinstance(callback, _ParameterLog):
                callback.on_failure()
        raise


class _ParameterLog(keras.callbacks.Callback):
    """Writes what TensorBoard's tab HParams shows: a row of parameters and last measures.

    Both go to a run of their own: TensorBoard finds no measures in folders below the one it is
    started on if the parameters stand in that one.
    """

    def __init__(self, folder: str | os.PathLike | None, values: Mapping[str, Any]) -> None:
        super().__init__()
        # Plain attributes, by which a fit that is resumed finds back to its folder.
        self.folder = None if folder is None else os.path.abspath(folder)
        self.is_begun = False
        self._values = dict(values)
        self._files: dict[str, _EventFile] = {}
        self._last_epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        if not self.is_begun:
            self._begin()
            self.is_begun = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._last_epoch = epoch

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        measures = {f"final/{name}": value for name, value in _numbers(logs).items()}
        self._end("STATUS_SUCCESS", measures)

    def on_failure(self) -> None:
        self._end("STATUS_FAILURE", {})

    def _begin(self) -> None:
        from tensorboard.plugins.hparams import summary_v2

        start = summary_v2.hparams_pb(self._values, trial_id=str(self.folder))
        self._file(_PARAMETERS).write(0, [start])

    def _end(self, status: str, measures: Mapping[str, float]) -> None:
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams import api_pb2, summary

        if self.is_begun:
            end = summary.session_end_pb(getattr(api_pb2, status))
            # TensorFlow's class of the same message.
            end = Summary.FromString(end.SerializeToString())
            summaries = [_scalar(name, value) for name, value in measures.items()]
            self._file(_PARAMETERS).write(self._last_epoch, [*summaries, end])

    def _file(self, run: str) -> _EventFile:
        if run not in self._files:
            self._files[run] = _EventFile(Path(self.folder) / run)
        return self._files[run]


class _FitLog(_ParameterLog):
    """Writes one fit to a folder of its own."""

    def __init__(
        self, log_dir: str | os.PathLike, values: Mapping[str, Any], continued: str | None
    ) -> None:
        self._log_dir = Path(os.path.abspath(log_dir))
        if self._log_dir.exists() and not self._log_dir.is_dir():
            raise NotADirectoryError(f"log_dir {str(log_dir)!r} is a file; name a folder.")
        folder = None if continued is None else Path(continued)
        goes_on = folder is not None and folder.parent == self._log_dir and folder.is_dir()
        super().__init__(folder if goes_on else None, values)
        self.is_begun = goes_on

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        super().on_epoch_end(epoch, logs)
        logs = _numbers({**(logs or {}), "learning_rate": self._learning_rate()})
        validation = {name for name in logs if name.startswith("val_")}
        self._write("train", epoch, {name: logs[name] for name in logs.keys() - validation})
        self._write("validation", epoch, {name[4:]: logs[name] for name in validation})

    def _begin(self) -> None:
        self.folder = str(_new_folder(self._log_dir))
        super()._begin()
        if graph := _graph(self.model):
            self._file("train").write(0, [graph])

    def _write(self, run: str, epoch: int, measures: Mapping[str, float]) -> None:
        if measures:
            summaries = [_scalar(f"epoch_{name}", measures[name]) for name in sorted(measures)]
            self._file(run).write(epoch, summaries)

    def _learning_rate(self) -> float:
        return float(keras.ops.convert_to_tensor(self.model.optimizer.learning_rate))


class _EventFile:
    """An event file that is open only while something is appended to it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads files in the order of their names, so each needs a later one.
        moment = f"{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._path = folder / f"events.out.tfevents.{moment}"
        self._append(file_version="brain.Event:2")

    def write(self, step: int, summaries: Sequence[Summary]) -> None:
        """Append, each summary as an event."""
        self._append(*({"step": step, "summary": summary} for summary in summaries))

    def _append(self, *events: Mapping[str, Any], **event: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        records = BytesIO()
        for content in events or [event]:
            data = Event(wall_time=time.time(), **content).SerializeToString()
            RecordWriter(records).write(data)
        with self._path.open("ab") as file:
            file.write(records.getvalue())


def _check_installed(wanted_by: str) -> None:
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{wanted_by} needs the package tensorboard, which is not installed; run "
            "pip install 'keras-estimators[tensorboard]'."
        ) from error


def _new_folder(log_dir: Path) -> Path:
    """Make the next numbered folder, also where other processes do the same."""
    log_dir.mkdir(parents=True, exist_ok=True)
    taken = {path.name for path in log_dir.iterdir()}
    for number in count(1):
        folder = log_dir / _FOLDER.format(number)
        if folder.name in taken:
            continue
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder


def _hyperparameters(parameters: Mapping[str, Any]) -> dict[str, bool | float | str]:
    return {
        name: _shown(value)
        for name, value in parameters.items()
        if name not in _NOT_HYPERPARAMETERS
    }


def _shown(value: Any) -> bool | float | str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else _ADDRESS.sub("", repr(value))
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _numbers(logs: Mapping[str, Any] | None) -> dict[str, float]:
    return {name: float(value) for name, value in (logs or {}).items() if isinstance(value, Real)}


def _scalar(tag: str, value: float) -> Summary:
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    return scalar_pb(tag, value)


def _graph(network: keras.Model) -> Summary | None:
    """Return the layers as Keras's callback writes them, None where they cannot be described."""
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.util.tensor_util import make_tensor_proto

    try:
        layers = json.loads(network.to_json())
    except (NotImplementedError, TypeError, ValueError) as error:
        warnings.warn(
            f"TensorBoard will show no graph, since a layer cannot be described: {error}",
            stacklevel=2,
        )
        return None
    plugin = SummaryMetadata.PluginData(plugin_name="graph_keras_model", content=b"1")
    summary = Summary()
    summary.value.add(
        tag="keras",
        metadata=SummaryMetadata(plugin_data=plugin),
        tensor=make_tensor_proto(json.dumps(_drawable(layers))),
    )
    return summary


def _drawable(layer: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a layer with the inputs of models in a row.

    TensorBoard draws no model inside another that takes its inputs by name.
    """
    config = layer["config"]
    if "layers" in config:
        config = config | {"layers": [_drawable(inner) for inner in config["layers"]]}
    if "input_layers" in config:
        config["input_layers"] = _input_names(config["input_layers"])
    nodes = [{"args": [_tensors(node["args"])]} for node in layer.get("inbound_nodes", ())]
    return layer | {"config": config} | ({"inbound_nodes": nodes} if nodes else {})


def _input_names(given: Any) -> list[str]:
    if isinstance(given, list) and isinstance(given[0], str):
        return given[:1]
    return [name for inner in _children(given) for name in _input_names(inner)]


def _tensors(given: Any) -> list[dict[str, Any]]:
    if isinstance(given, dict) and given.get("class_name") == "__keras_tensor__":
        return [given]
    return [tensor for inner in _children(given) for tensor in _tensors(inner)]


def _children(given: Any) -> list:
    if isinstance(given, dict):
        return list(given.values())
    return given if isinstance(given, list) else []


def _close(callback: keras.callbacks.TensorBoard) -> None:
    """Do what ``on_train_end`` would have done, wherever training stopped."""
    while callback._prev_summary_state:
        callback._pop_writer()
    if callback._is_tracing:
        callback._stop_trace()
    callback._close_writers()
