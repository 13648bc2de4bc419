"""What training changes of a network: its weights, and what its optimizers remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np


class State(NamedTuple):
    """Everything that training changes, copied out of whatever trains.

    Attributes
    ----------
    weights : list of ndarray
        In the order of the network's variables.
    slots : list of list of ndarray
        The variables of each optimizer; the first of them counts the steps taken.
    """

    weights: list[np.ndarray]
    slots: list[list[np.ndarray]]
