"""What every head is: the end of a network, fitted on a target.

A head knows nothing of columns or networks, so that any family of networks ends in any head.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from estimators.heads.averages import VALUES, average

if TYPE_CHECKING:
    import keras

    from estimators.engine.compiled.trainer import Objective


class Head(ABC):
    """Encodes a target for training and turns the network's outputs into predictions.

    Attributes
    ----------
    units : int
        Number of outputs that the network must have.
    objective : Objective
    total_weight : float
        Sum of the training rows' weights, for penalties that weigh less the more of them there
        are.
    """

    units: int
    total_weight: float
    objective: Objective
    constants: ClassVar[dict[str, np.ndarray]] = {}
    stratifies: ClassVar[bool] = False
    # What outputs are in the units of `output_units`.
    told_as: ClassVar[str] = "value"

    @property
    def output_units(self) -> tuple[np.ndarray, np.ndarray]:
        """Factor and offset, of shape (units,), of outputs as they are told and explained.

        Values are told in the units of the target, means as logarithms, classes as log-odds.
        """
        return np.ones(self.units), np.zeros(self.units)

    @property
    def output_names(self) -> list[str] | None:
        """What each of several outputs of a row is called, None where they have no names."""
        return None

    @property
    def averaging(self) -> str:
        """On which scale the outputs of several networks are averaged, in words of `average`."""
        return VALUES

    def average(self, outputs: np.ndarray, weights: Sequence[float] | None = None) -> np.ndarray:
        """Return what several networks say together, as outputs of one network.

        Parameters
        ----------
        outputs : ndarray of shape (networks, rows, units)
        weights : sequence of float, optional
            Of the networks, with a sum of 1; equal by default.

        Returns
        -------
        ndarray of shape (rows, units)
            The very outputs where there is one network.
        """
        return outputs[0] if len(outputs) == 1 else average(outputs, self.averaging, weights)

    def start(self, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the outputs of a network that knows the target alone, shape (units,)."""
        return np.zeros(self.units)

    def ends(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the least and the largest outputs that `y` asks for, None where there is no end.

        Each of shape (units,).
        """
        return None

    @abstractmethod
    def averaged(self, y: np.ndarray) -> np.ndarray:
        """Return the target as what is averaged of several networks, shape (rows, units).

        Values or means in the units of the outputs, or probabilities of 0 and 1.
        """

    @abstractmethod
    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return the target as the objective takes it, for labels seen or unseen at fit."""

    @abstractmethod
    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return predictions in the caller's own labels or units."""

    @property
    def end_key(self) -> Hashable:
        """What a network depends on of the head: how many outputs there are, and how they end."""
        return self.units

    def completed(self, build: Callable[[Self], keras.Model]) -> keras.Model:
        """Return the network that `build` makes for this head, with all that is trained."""
        return build(self)

    def interval_ends(self, outputs: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
        """Return what the lower and the upper end of an interval lie about.

        Parameters
        ----------
        outputs : ndarray of shape (rows, units)
        coverage : float
            What the interval is for.

        Returns
        -------
        tuple of two ndarrays of shape (rows, values)
            The prediction, twice, unless the head knows better.
        """
        predicted = self.predict(outputs)
        columns = predicted.reshape(len(predicted), -1) if len(predicted) else predicted
        return columns, columns

    def finish(self, network: keras.Model) -> keras.Model:
        """Return `network` with its outputs in the units that a caller expects."""
        return network
