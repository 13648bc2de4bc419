"""Losses of Keras as they are compared, pickled and copied here: whole.

Keras does all three by the configuration of a loss, and Huber's lacks its delta.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from estimators.engine.compiled.keys import key_of


class KeptLoss:
    """Stands for a loss in what is pickled, and is the loss again when it is read.

    Parameters
    ----------
    loss : keras.losses.Loss
    """

    def __init__(self, loss: Any) -> None:
        self.loss = loss

    def __reduce__(self) -> tuple:
        return loss_with, (type(self.loss), dict(vars(self.loss)))


def loss_with(kind: type, attributes: Mapping[str, Any]) -> Any:
    """Return a loss of `kind` with these attributes."""
    loss = object.__new__(kind)
    vars(loss).update(attributes)
    return loss


def with_loss_kept(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of an object, its `loss` such that nothing of it is lost."""
    loss = state.get("loss")
    return {**state, "loss": KeptLoss(loss)} if _is_object(loss) else dict(state)


def key_of_loss(loss: Callable | None) -> Hashable:
    """Return a key that equals another's where the losses are equal."""
    key = loss
    if _is_object(loss):
        key = type(loss), key_of({n: item for n, item in vars(loss).items() if n != "name"})
    try:
        hash(key)
    except TypeError:
        return id(loss)
    return key


def _is_object(loss: Any) -> bool:
    return hasattr(loss, "get_config") and not isinstance(loss, type)
