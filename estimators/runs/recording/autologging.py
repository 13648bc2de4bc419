"""What is recorded by itself while a run is active. Imports nothing heavy.

While the first run of a process is open, ``keras.Model.fit`` and ``evaluate`` and the ``fit`` of
scikit-learn's searches are wrapped, at once or when their library is imported; they are what they
were once the last run has ended.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any

from wrapt import register_post_import_hook

from estimators.engine import fit_observers
from estimators.engine.fit_observers import FitDescription
from estimators.runs.recording.run_stack import current_run, open_runs

if TYPE_CHECKING:
    import keras

__all__ = ["record_method", "unwatch", "watch"]

FindClass = Callable[[ModuleType], type | None]


class _CurrentRun:
    """Records fits and evaluations of this library's estimators in the current run."""

    def on_fit(self, fit: FitDescription) -> list[keras.callbacks.Callback]:
        """Return a `RunCallback` that records `fit`; nothing where no run is current."""
        run = current_run()
        if run is None:
            return []
        from estimators.runs.recording.keras_recording import RunCallback, listed_callbacks

        # Somebody may have given one to the estimator already.
        given = listed_callbacks(getattr(fit.estimator, "callbacks", None)) or []
        told = {field: getattr(fit, field) for field in _TOLD}
        # Counted as in the names that people read: member_1 in files, member 1 at the progress bar.
        told |= {"member": None if fit.member is None else fit.member + 1, "shared": fit.shared}
        theirs = [callback for callback in given if isinstance(callback, RunCallback)]
        added = [] if theirs else [RunCallback(run)]
        for callback in theirs or added:
            callback.complete(fit.estimator, **told)
        return added

    def on_evaluate(self, metrics: Mapping[str, float]) -> None:
        """Record an evaluation; nothing where no run is current."""
        run = current_run()
        if run is not None:
            run.log_evaluation(metrics, "test")


_TOLD = ("samples", "validation_samples", "batch_size", "epochs")
_current_run = _CurrentRun()


def record_method(module: str, find: FindClass, name: str, recorded: Callable) -> None:
    """Have a method recorded as well whenever a run is active.

    Parameters
    ----------
    module : str
        That has the class, imported already or not.
    find : callable
        Returns the class of the module that has the method; None where there is none.
    name : str
        Of the method.
    recorded : callable
        Is called instead, with the run, the method as it was, and its arguments.
    """
    if (find, name, recorded) not in _methods.setdefault(module, []):
        _methods[module].append((find, name, recorded))


def watch() -> None:
    """Record by itself what this library's estimators, Keras and scikit-learn's searches do."""
    fit_observers.join(_current_run)
    for name in _methods:
        if name in sys.modules:
            _cover(sys.modules[name])
        elif name not in _awaited:
            _awaited.add(name)
            register_post_import_hook(_cover, name)


def _cover(module: ModuleType) -> None:
    """Wrap the methods of a module, unless that was done or no run is active any more."""
    for find, name, recorded in _methods[module.__name__] if open_runs() else ():
        owner = find(module)
        if owner is not None and (owner, name) not in _originals:
            original = getattr(owner, name)
            # Inherited methods are uncovered again by taking ours away.
            _originals[owner, name] = vars(owner).get(name)
            setattr(owner, name, _wrapped(original, recorded))


def unwatch() -> None:
    """Put everything back as it was."""
    fit_observers.leave(_current_run)
    for (owner, name), original in _originals.items():
        if original is None:
            delattr(owner, name)
        else:
            setattr(owner, name, original)
    _originals.clear()


_originals: dict[tuple[type, str], Callable | None] = {}
_awaited: set[str] = set()


def _wrapped(original: Callable, around: Callable) -> Callable:
    @wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        run = current_run()
        if run is None:
            return original(self, *args, **kwargs)
        return around(run, original, self, *args, **kwargs)

    return method


def _keras_model(keras: ModuleType) -> type | None:
    # Another thread may be importing it still.
    return getattr(keras, "Model", None)


def _fit_network(*args: Any, **kwargs: Any) -> Any:
    from estimators.runs.recording.keras_recording import recorded_fit

    return recorded_fit(*args, **kwargs)


def _evaluate_network(*args: Any, **kwargs: Any) -> Any:
    from estimators.runs.recording.keras_recording import recorded_evaluate

    return recorded_evaluate(*args, **kwargs)


_methods: dict[str, list[tuple[FindClass, str, Callable]]] = {
    "keras": [
        (_keras_model, "fit", _fit_network),
        (_keras_model, "evaluate", _evaluate_network),
    ]
}
