"""What a fit keeps of its training: enough to predict, and to go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING

from estimators.engine.state import State

if TYPE_CHECKING:
    import keras
    import numpy as np

    from estimators.engine.architecture import Architecture
    from estimators.engine.compiled.predictor import PlacedWeights, Predictor
    from estimators.engine.history import History


class TrainedNetwork:
    """The outcome of training: weights, optimizer slots, history and the random stream's place.

    Pickles without anything compiled; the weights go to the device again when first used.

    Parameters
    ----------
    state : State
    history : History
    seed : int
        From which initial weights, orders of rows and dropout were drawn.
    learning_rates : tuple of float or None
        One for each optimizer, None for a schedule.
    batch_size : int
    names : sequence of str or None
        A name for each weight, None for the states of random generators.
    """

    _architecture: Architecture | None = None

    def __init__(
        self,
        state: State,
        history: History,
        seed: int,
        learning_rates: tuple,
        batch_size: int,
        names: Sequence[str | None],
    ) -> None:
        self.state = state
        self.history = history
        self.seed = seed
        self.learning_rates = learning_rates
        self.batch_size = batch_size
        self.names = list(names)
        self._placed: PlacedWeights | None = None

    @property
    def members(self) -> list[TrainedNetwork]:
        """The network alone."""
        return [self]

    @property
    def weights(self) -> list[np.ndarray]:
        """Weights of the network, in the order of its variables."""
        return self.state.weights

    @property
    def iterations(self) -> int:
        """Number of batches trained on."""
        return int(self.state.slots[0][0])

    @property
    def epochs(self) -> int:
        """Number of epochs trained since the weights were drawn."""
        return self.history.epoch[-1] + 1 if self.history.epoch else 0

    @property
    def named_weights(self) -> dict[str, np.ndarray]:
        """Weights by their names, without the states of random generators."""
        return {n: w for n, w in zip(self.names, self.weights, strict=True) if n is not None}

    def replaced(self, **changes: object) -> TrainedNetwork:
        """Return the same network with other attributes."""
        other = copy(self)
        vars(other).update(changes, _placed=None)
        vars(other).pop("_architecture", None)
        return other

    def with_weights(self, weights: Sequence[np.ndarray]) -> TrainedNetwork:
        """Return the same network with other weights, in the order of its variables."""
        return self.replaced(state=State(list(weights), self.state.slots))

    def its_architecture(self, make: Callable[[], Architecture]) -> Architecture:
        """Return what `make` returned when it was first called for this network."""
        if self._architecture is None:
            self._architecture = make()
        return self._architecture

    def predict(self, architecture: Architecture, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the network's outputs, shape (rows, units)."""
        predictor = architecture.predictor()
        return predictor.predict(self.placed(architecture, predictor), inputs)

    def placed(self, architecture: Architecture, predictor: Predictor) -> PlacedWeights:
        """Return the weights as the predictor takes them, on the device from now on."""
        if self._placed is None:
            weights = architecture.completed(predictor.network, self.weights)
            self._placed = predictor.place(weights)
        return self._placed

    def outputs(self, architecture: Architecture, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the network's outputs as those of one member, shape (1, rows, units)."""
        return self.predict(architecture, inputs)[None]

    def network(self, architecture: Architecture, scale: str = "values") -> keras.Model:
        """Return a new Keras model that holds the weights."""
        network = architecture.new_network()
        weights = architecture.completed(network, self.weights)
        for variable, value in zip(network.variables, weights, strict=True):
            variable.assign(value)
        return network

    def __getstate__(self) -> dict[str, object]:
        return {n: v for n, v in vars(self).items() if n != "_architecture"} | {"_placed": None}
