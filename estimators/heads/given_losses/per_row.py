"""Losses of Keras and of callers as functions of whole rows."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from estimators.heads.given_losses.kinds import function_of

RowLosses = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def row_losses(loss: Callable) -> RowLosses:
    """Return `loss` as a function that gives one value a row.

    The function raises a ValueError where the loss of a row cannot be told from others'.
    """

    def of_rows(target: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
        found = tf.convert_to_tensor(call_of(loss)(target, predicted))
        if found.shape.rank == 0 or found.shape[0] != predicted.shape[0]:
            name = getattr(loss, "name", getattr(loss, "__name__", loss))
            raise ValueError(
                f"loss {name!r} returns shape {tuple(found.shape)} for {predicted.shape[0]} rows "
                "where one value a row is needed, by which rows are weighted; let it reduce over "
                "axis=-1 alone."
            )
        return tf.reduce_mean(found, axis=list(range(1, found.shape.rank)))

    return of_rows


def call_of(loss: Callable) -> RowLosses:
    """Return the function of a loss that does not reduce over rows."""
    return loss.call if isinstance(loss, keras.losses.Loss) else loss


def takes_codes(loss: Callable) -> bool:
    """Return whether a loss takes class codes where others of its kind take a column a class."""
    return function_of(loss) is keras.losses.sparse_categorical_crossentropy


def of_probabilities(loss: Callable) -> Callable:
    """Return a loss that takes probabilities, as a head gives them, for one that takes logits."""
    if not (isinstance(loss, keras.losses.Loss) and getattr(loss, "from_logits", False)):
        return loss
    changed = {**vars(loss), "from_logits": False}
    if "_fn_kwargs" in changed:
        changed["_fn_kwargs"] = {**loss._fn_kwargs, "from_logits": False}
    copy = object.__new__(type(loss))
    vars(copy).update(changed)
    return copy
