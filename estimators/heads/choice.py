"""Which head a target, a loss and the end of a network ask for together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from estimators.heads.classification import (
    BinaryHead,
    ClassHead,
    MultiClassHead,
    MultiLabelHead,
    OneHotHead,
    first_row_not_one_hot,
)
from estimators.heads.given_losses.kinds import ANY, BINARY, CATEGORICAL, QUANTILES, kind_of

# Ends of networks, by what they compute. POSITIVE and NEGATIVE outputs have one sign and no bound.
LOGITS, SIGMOID, SOFTMAX, LOG_SOFTMAX = "logits", "sigmoid", "softmax", "log_softmax"
POSITIVE, NEGATIVE, UNKNOWN = "positive", "negative", "unknown"

_TWO, _TWO_OUTPUTS, _SEVERAL, _ONE_HOT, _LABELS = range(5)

# The head by target and loss, where the network ends in (logits, a sigmoid, a softmax).
_HEADS = {
    (_TWO, ANY): (BinaryHead, BinaryHead, None),
    (_TWO, BINARY): (BinaryHead, BinaryHead, None),
    (_TWO, CATEGORICAL): (BinaryHead, BinaryHead, None),
    (_TWO_OUTPUTS, ANY): (MultiClassHead, None, MultiClassHead),
    (_TWO_OUTPUTS, BINARY): (MultiClassHead, None, MultiClassHead),
    (_TWO_OUTPUTS, CATEGORICAL): (MultiClassHead, None, MultiClassHead),
    (_SEVERAL, ANY): (MultiClassHead, None, MultiClassHead),
    (_SEVERAL, BINARY): (None, None, None),
    (_SEVERAL, CATEGORICAL): (MultiClassHead, None, MultiClassHead),
    (_ONE_HOT, ANY): (MultiLabelHead, MultiLabelHead, OneHotHead),
    (_ONE_HOT, BINARY): (MultiLabelHead, MultiLabelHead, None),
    (_ONE_HOT, CATEGORICAL): (OneHotHead, None, OneHotHead),
    (_LABELS, ANY): (MultiLabelHead, MultiLabelHead, None),
    (_LABELS, BINARY): (MultiLabelHead, MultiLabelHead, None),
    (_LABELS, CATEGORICAL): (None, None, None),
}
_PLACES = {SIGMOID: 1, SOFTMAX: 2, LOG_SOFTMAX: 2}

_TARGETS = {
    _TWO: "two classes, told by one output",
    _TWO_OUTPUTS: "two classes, told by an output each",
    _SEVERAL: "several classes, of which a row has one",
    _ONE_HOT: "one-hot rows",
    _LABELS: "any number of labels a row",
}
_WANTED = {
    _TWO: "a sigmoid or no activation",
    _TWO_OUTPUTS: "a softmax or no activation",
    _SEVERAL: "loss=None or 'categorical_crossentropy' and a softmax or no activation",
    _ONE_HOT: "loss='categorical_crossentropy' and a softmax, for classes, or with "
    "loss='binary_crossentropy' and a sigmoid, for labels",
    _LABELS: "loss=None or 'binary_crossentropy' and a sigmoid or no activation",
}


def first_head(
    y: np.ndarray, class_count: int | None, outputs: int | None, loss: str | Callable | None
) -> type[ClassHead]:
    """Return the head for a target and a loss, before the network is known.

    Parameters
    ----------
    y : ndarray
        Checked: labels, or a column of 0 and 1 for each.
    class_count : int or None
        Number of classes, None where `y` has columns.
    outputs : int or None
        Number of outputs of a network that is there already.
    loss : str, callable or None

    Raises
    ------
    ValueError
        Where the two do not go together.
    """
    if kind_of(loss) == QUANTILES:
        raise ValueError(
            "loss=QuantileLoss([...]) of several quantiles is for regressors; leave loss= out for "
            "the cross-entropy of classes."
        )
    if class_count is None:
        row = first_row_not_one_hot(y)
        return _look_up(_ONE_HOT if row is None else _LABELS, loss, row=row)
    if class_count > 2:
        return _look_up(_SEVERAL, loss)
    return _look_up(_TWO_OUTPUTS if outputs == 2 else _TWO, loss)


def final_head(head: ClassHead, loss: str | Callable | None, end: str) -> type[ClassHead]:
    """Return the head for the target and loss of `head`, where the network ends in `end`.

    Raises
    ------
    ValueError
        Where the three do not go together, or the end is none that can be read.
    """
    target = _target_of(head)
    if end == UNKNOWN or (end in (POSITIVE, NEGATIVE) and target not in (_TWO_OUTPUTS, _SEVERAL)):
        raise ValueError(
            "What the outputs of network mean cannot be told from what it computes: they are "
            f"{_SEEN[end]}; say from_logits=True for logits or from_logits=False for probabilities."
        )
    return _look_up(target, loss, end, getattr(head, "first_row_not_one_hot_", None))


_SEEN = {
    UNKNOWN: "the same for every row, or no numbers",
    POSITIVE: "never negative and not bounded by 1",
    NEGATIVE: "never positive",
}


def _target_of(head: ClassHead) -> int:
    if isinstance(head, BinaryHead):
        return _TWO
    if isinstance(head, OneHotHead):
        return _ONE_HOT
    if isinstance(head, MultiClassHead):
        return _TWO_OUTPUTS if head.units == 2 else _SEVERAL
    return _ONE_HOT if head.first_row_not_one_hot_ is None else _LABELS


def _look_up(
    target: int, loss: str | Callable | None, end: str | None = None, row: int | None = None
) -> type[ClassHead]:
    found = _HEADS.get((target, kind_of(loss)), _HEADS[target, ANY])[_PLACES.get(end, 0)]
    if found is not None:
        return found
    where = "" if row is None else f" (row {row} is not one-hot)"
    others = [] if loss is None else [f"loss={_name_of(loss)!r}"]
    others += [] if end is None else [f"a network that ends in {_ENDS.get(end, end)}"]
    raise ValueError(
        f"y holds {_TARGETS[target]}{where}; that does not go with {' and '.join(others)}, but "
        f"with {_WANTED[target]}."
    )


_ENDS = {SIGMOID: "a sigmoid", SOFTMAX: "a softmax", LOG_SOFTMAX: "a log_softmax"}


def _name_of(loss: str | Callable) -> str:
    return getattr(loss, "name", getattr(loss, "__name__", loss))
