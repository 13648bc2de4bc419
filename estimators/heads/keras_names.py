"""Keras objects from what a caller may write for them: a name, a configuration or an object."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

_SCIKIT_LEARN_LOSSES = {
    "squared_error": "mean_squared_error",
    "absolute_error": "mean_absolute_error",
}


def find_loss(loss: str | Callable | keras.losses.Loss) -> Callable:
    """Return the loss of a name of scikit-learn or Keras; an object is returned as it is.

    Raises
    ------
    ValueError
        For an unknown name, with the nearest known one.
    """
    import keras

    from estimators.heads.losses import NegativeBinomialLoss, QuantileLoss, TweedieLoss

    _check_is_object("loss", loss)
    if not isinstance(loss, str):
        return loss
    ours = {
        "quantile": QuantileLoss,
        "tweedie": TweedieLoss,
        "gamma": partial(TweedieLoss, 2.0),
        "negative_binomial": NegativeBinomialLoss,
    }
    if loss in ours:
        return ours[loss]()
    try:
        return keras.losses.get(_SCIKIT_LEARN_LOSSES.get(loss, loss))
    except ValueError:
        known = [
            *_SCIKIT_LEARN_LOSSES,
            *ours,
            "poisson",
            "ordinal",
            *_lower_case(dir(keras.losses)),
        ]
        raise _unknown("loss", loss, known) from None


def find_optimizer(
    optimizer: str | keras.optimizers.Optimizer, learning_rate: object = None
) -> keras.optimizers.Optimizer:
    """Return a new optimizer; one passed in is copied, never trained in place.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, optional
        Replaces the optimizer's own.

    Raises
    ------
    ValueError
        For an unknown name, with the nearest known one; for an optimizer that cannot be copied.
    """
    import keras

    from estimators.engine.optimizers import copy_optimizer

    if not isinstance(optimizer, str):
        return copy_optimizer(optimizer, learning_rate)
    try:
        found = keras.optimizers.get(optimizer)
    except (ValueError, TypeError):
        known = [name.lower() for name in dir(keras.optimizers) if name[0].isupper()]
        raise _unknown("optimizer", optimizer, known) from None
    if learning_rate is not None:
        found.learning_rate = learning_rate
    return found


def find_activation(activation: str | Callable) -> Callable:
    """Return the activation function of a name.

    Raises
    ------
    ValueError
        For an unknown name, with the nearest known one.
    """
    import keras

    _check_is_object("activation", activation)
    try:
        return keras.activations.get(activation)
    except (ValueError, TypeError):
        known = _lower_case(dir(keras.activations))
        raise _unknown("activation", activation, known) from None


def _check_is_object(what: str, given: object) -> None:
    if isinstance(given, type):
        raise ValueError(
            f"{what} is the class {given.__name__}; give an object of it, {given.__name__}()."
        )


def _lower_case(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.islower() and not name.startswith("_")]


def _unknown(what: str, given: object, known: list[str]) -> ValueError:
    nearest = difflib.get_close_matches(str(given), known, n=1, cutoff=0.4)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"choose one of keras's {what} names."
    return ValueError(f"Unknown {what} {given!r}; {hint}")
