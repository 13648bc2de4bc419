"""What Keras says of a fit and an evaluation, written into a run."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import keras

from estimators.runs.directory.documents import write_json
from estimators.runs.directory.json_lines import append_line, read_last
from estimators.runs.directory.json_values import as_plain, now
from estimators.runs.directory.run import Run, measures
from estimators.runs.pages.live import write_live
from estimators.runs.recording.run_stack import current_run

__all__ = ["RunCallback", "listed_callbacks", "recorded_evaluate", "recorded_fit"]


class RunCallback(keras.callbacks.Callback):
    """Records every epoch of a fit in a run.

    Inside a run it is added by itself; give it to ``callbacks=`` to record one fit in another run.

    Parameters
    ----------
    run : Run, default=None
        None stands for the one that is current when training begins; without any, nothing is
        recorded.
    estimator : estimator, default=None
        What is trained, where it is no plain network.
    samples, validation_samples, batch_size, epochs : int, default=None
        As far as they are known; Keras tells a callback the epochs alone.

    Examples
    --------
    >>> import tempfile
    >>> import keras, numpy as np
    >>> from estimators.runs import RunCallback, start_run
    >>> network = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    >>> network.compile(optimizer="sgd", loss="mse")
    >>> run = start_run(runs_dir=tempfile.mkdtemp())
    >>> _ = network.fit(np.ones((8, 2)), np.ones(8), epochs=3, verbose=0)
    >>> run.end()
    >>> run.metrics["epoch"].tolist(), run.model["samples"]
    ([0, 1, 2], 8)
    """

    def __init__(
        self,
        run: Run | None = None,
        *,
        estimator: Any = None,
        samples: int | None = None,
        validation_samples: int | None = None,
        batch_size: int | None = None,
        epochs: int | None = None,
    ) -> None:
        super().__init__()
        self.run = run
        self.estimator = estimator
        self.samples = samples
        self.validation_samples = validation_samples
        self.batch_size = batch_size
        self.epochs = epochs
        # The loop may tell of epochs of milliseconds a few at a time.
        self.only_records = True
        self._told: list[dict[str, Any]] = []
        self._active: Run | None = None

    def complete(
        self,
        estimator: Any,
        *,
        member: int | None = None,
        shared: dict[Any, Any] | None = None,
        **numbers: int | None,
    ) -> None:
        """Take note of what the next fit trains, as far as nobody has said it yet.

        Of several members all are told before the first of them is trained.

        Parameters
        ----------
        estimator : estimator
        member : int, default=None
            Which of the members is trained, counted from 1; None for a network alone.
        shared : dict, default=None
            One for all members, which have the number of their fit there.
        **numbers : int or None
            Samples, validation samples, batch size and epochs.
        """
        if member is None or member == 1:
            self._told = []
        self._told.append({"estimator": estimator, "member": member, "shared": shared} | numbers)

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Write what is trained.

        Parameters
        ----------
        logs : mapping of str to float, default=None
        """
        self._active = self.run or current_run()
        if self._active is None:
            return
        told = self._told[0] if self._told else {}
        self._member = told.get("member")
        shared = None if self._member is None else told["shared"]
        self._fit, is_new = _number_of_fit(self._active.dir, shared)
        if is_new:
            write_json(self._active.dir / "model.json", self._description())

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Write what the epoch measured.

        Parameters
        ----------
        epoch : int
        logs : mapping of str to float, default=None
        """
        if self._active is None:
            return
        record = {"epoch": epoch, "time": now(), "fit": self._fit}
        record |= {} if self._member is None else {"member": self._member}
        record["metrics"] = measures(logs or {})
        append_line(self._active.dir / "metrics.jsonl", record)
        write_live(self._active.dir)

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Leave the run.

        Parameters
        ----------
        logs : mapping of str to float, default=None
        """
        # A callback outlives the fit; it must not keep the rows of an estimator.
        self._active, self._told = None, self._told[1:]

    def _description(self) -> dict[str, Any]:
        network, estimator = self.model, self._known("estimator")
        subject = network if estimator is None else estimator
        epochs = self._known("epochs")
        return {
            "class": type(subject).__name__,
            "parameters": _parameters(subject),
            "summary": _summary(network),
            "optimizer": _optimizer(network, subject),
            "loss": _loss(network, subject),
            "samples": self._known("samples"),
            "validation_samples": self._known("validation_samples"),
            "batch_size": self._known("batch_size"),
            "epochs": self.params.get("epochs") if epochs is None else epochs,
            "steps": self.params.get("steps"),
            **({} if self._member is None else {"members": subject.members}),
        }

    def _known(self, name: str) -> Any:
        given = getattr(self, name)
        told = self._told[0] if self._told else {}
        return told.get(name) if given is None else given


class _EvaluationCallback(keras.callbacks.Callback):
    """Records the end of one evaluation."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run

    def on_test_end(self, logs: Mapping[str, float] | None = None) -> None:
        self.run.log_evaluation(logs or {})
        write_live(self.run.dir)


def recorded_fit(run: Run, fit: Callable, network: keras.Model, *args: Any, **kwargs: Any) -> Any:
    """Call ``keras.Model.fit`` with a `RunCallback`.

    Parameters
    ----------
    run : Run
    fit : callable
        The method as it was.
    network : keras.Model
    *args, **kwargs : object
        Of the method.

    Returns
    -------
    keras.callbacks.History
    """
    call = inspect.signature(fit).bind(network, *args, **kwargs)
    given = call.arguments
    callbacks = listed_callbacks(given.get("callbacks"))
    if callbacks is None or any(isinstance(callback, RunCallback) for callback in callbacks):
        return fit(network, *args, **kwargs)
    given["callbacks"] = [*callbacks, RunCallback(run, **_numbers(given))]
    return fit(*call.args, **call.kwargs)


def recorded_evaluate(
    run: Run, evaluate: Callable, network: keras.Model, *args: Any, **kwargs: Any
) -> Any:
    """Call ``keras.Model.evaluate`` and record what it finds, unless `fit` calls it.

    Parameters
    ----------
    run : Run
    evaluate : callable
        The method as it was.
    network : keras.Model
    *args, **kwargs : object
        Of the method.

    Returns
    -------
    float, list or dict
    """
    call = inspect.signature(evaluate).bind(network, *args, **kwargs)
    callbacks = listed_callbacks(call.arguments.get("callbacks"))
    if callbacks is None:
        return evaluate(network, *args, **kwargs)
    call.arguments["callbacks"] = [*callbacks, _EvaluationCallback(run)]
    return evaluate(*call.args, **call.kwargs)


def listed_callbacks(callbacks: Any) -> list[keras.callbacks.Callback] | None:
    """Return callbacks as a list.

    Parameters
    ----------
    callbacks : callback, sequence of them or None

    Returns
    -------
    list of keras.callbacks.Callback or None
        None for the ``CallbackList`` by which `fit` validates.
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return None
    return [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else [*(callbacks or ())]


def _numbers(given: Mapping[str, Any]) -> dict[str, int | None]:
    """Return samples, validation samples and batch size, by the arguments of `fit`."""
    samples = _row_count(given.get("x"))
    validation = given.get("validation_data")
    held_out = _row_count(validation[0] if isinstance(validation, tuple | list) else validation)
    if held_out is None and samples is not None and given.get("validation_split"):
        training = int(samples * (1 - given["validation_split"]))
        samples, held_out = training, samples - training
    # Arrays go in batches of 32 where nothing else was asked for.
    batch_size = given.get("batch_size") or (None if samples is None else 32)
    return {"samples": samples, "validation_samples": held_out, "batch_size": batch_size}


def _row_count(data: Any) -> int | None:
    leaves = keras.tree.flatten(data)
    shapes = [leaf.shape for leaf in leaves if hasattr(leaf, "shape")]
    return int(shapes[0][0]) if shapes and len(shapes[0]) else None


def _parameters(subject: Any) -> dict[str, Any]:
    return as_plain(subject.get_params(deep=False)) if hasattr(subject, "get_params") else {}


def _summary(network: Any) -> str:
    """Return the table of layers; made once for a network, which many fits may share."""
    if network not in _summaries:
        lines: list[str] = []
        network.summary(print_fn=lambda line, **_: lines.append(line), line_length=80)
        _summaries[network] = "\n".join(lines)
    return _summaries[network]


def _optimizer(network: Any, subject: Any) -> dict[str, Any]:
    """Return the optimizer's settings, its name first."""
    optimizer = getattr(network, "optimizer", None)
    if optimizer is None and hasattr(subject, "_optimizers"):
        # Where parts of the network have optimizers of their own, the first stands for all.
        optimizer = next(iter(subject._optimizers().values()), None)
    if optimizer is None:
        return {}
    settings = optimizer.get_config()
    if isinstance(settings.get("learning_rate"), float):
        # Keras holds it in 32 bits, where 0.001 is 0.0010000000474974513.
        settings["learning_rate"] = float(f"{settings['learning_rate']:.6g}")
    # The name in the settings counts the optimizers of the process: adam_2.
    return as_plain(settings | {"name": type(optimizer).__name__.lower()})


def _loss(network: Any, subject: Any) -> str | None:
    loss = getattr(subject, "loss", None) or getattr(network, "loss", None)
    if loss is None and subject is not network:
        # Estimators have a loss of their own where nobody chose one.
        return "log_loss" if hasattr(subject, "predict_proba") else "squared_error"
    if loss is None or isinstance(loss, str):
        return loss
    return getattr(loss, "name", None) or getattr(loss, "__name__", None) or str(as_plain(loss))


def _number_of_fit(run_dir: Path, shared: dict[Any, Any] | None) -> tuple[int, bool]:
    """Return the number of a fit, one for all its members, and whether it begins only now."""
    shared = {} if shared is None else shared
    key = run_dir.absolute()
    with _counting:
        is_new = key not in shared
        if is_new:
            shared[key] = _next_fit(key)
        return shared[key], is_new


def _next_fit(run_dir: Path) -> int:
    """Return the number of a new fit, whichever process did the ones before."""
    if run_dir not in _fits:
        last = read_last(run_dir / "metrics.jsonl")
        _fits[run_dir] = -1 if last is None else last.get("fit") or 0
    _fits[run_dir] += 1
    return _fits[run_dir]


_summaries: WeakKeyDictionary[keras.Model, str] = WeakKeyDictionary()
_fits: dict[Path, int] = {}
_counting = threading.Lock()
