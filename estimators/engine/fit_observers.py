"""Who watches every fit and evaluation of this process, without being known to any of them.

`estimators.runs` joins when a run begins and leaves when the last one has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class FitDescription:
    """What an observer is told of a fit that is about to begin.

    Attributes
    ----------
    estimator : estimator
        Whose class and parameters describe the fit.
    samples : int
        Number of rows trained on.
    validation_samples : int or None
    batch_size : int
    epochs : int
        Number of epochs that the fit will take at most.
    member : int or None
        Which of several networks it trains, counted from 0.
    shared : dict
        One for all members of a fit, in which observers may keep what these share.
    """

    estimator: Any
    samples: int
    validation_samples: int | None
    batch_size: int
    epochs: int
    member: int | None = None
    shared: dict[Any, Any] = field(default_factory=dict)


class Observer(Protocol):
    """Whoever wants to hear of fits and evaluations."""

    def on_fit(self, fit: FitDescription) -> list[keras.callbacks.Callback]:
        """Return the callbacks that are to watch `fit`."""

    def on_evaluate(self, metrics: Mapping[str, float]) -> None:
        """Take note of what an evaluation measured."""


_observers: list[Observer] = []


def join(observer: Observer) -> None:
    """Let `observer` hear of every fit and evaluation from now on."""
    if observer not in _observers:
        _observers.append(observer)


def leave(observer: Observer) -> None:
    """Let `observer` hear no more."""
    if observer in _observers:
        _observers.remove(observer)


def callbacks_of_observers(fit: FitDescription) -> list[keras.callbacks.Callback]:
    """Return the callbacks that all observers give to a fit."""
    return [callback for observer in tuple(_observers) for callback in observer.on_fit(fit)]


def tell_evaluation(metrics: Mapping[str, float]) -> None:
    """Tell all observers what an evaluation measured."""
    for observer in tuple(_observers):
        observer.on_evaluate(metrics)


def as_callbacks(
    given: keras.callbacks.Callback | Sequence[keras.callbacks.Callback] | None,
) -> list[keras.callbacks.Callback]:
    """Return one callback, several or none as a list.

    Raises
    ------
    ValueError
        For what is none.
    """
    import keras

    if given is None:
        return []
    callbacks = list(given) if isinstance(given, list | tuple) else [given]
    for place, callback in enumerate(callbacks):
        if isinstance(callback, type):
            raise ValueError(
                f"callbacks[{place}] is the class {callback.__name__}; give an object of it, "
                f"{callback.__name__}()."
            )
        if not isinstance(callback, keras.callbacks.Callback):
            raise ValueError(
                f"callbacks[{place}] is {callback!r}, which is no keras.callbacks.Callback; take "
                "it out of the list."
            )
    return callbacks
