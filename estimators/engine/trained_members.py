"""Several networks of one architecture that were trained by one fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed

from estimators.engine.compiled.together import Call, outputs_together
from estimators.engine.device_rows import are_few
from estimators.engine.history import History
from estimators.engine.trained_network import TrainedNetwork

if TYPE_CHECKING:
    import keras

    from estimators.engine.architecture import Architecture

# As many are worth a thread for each member.
_ROWS_FOR_THREADS = 4_096


class TrainedMembers:
    """The outcome of a fit with several members; has what a `TrainedNetwork` has.

    Parameters
    ----------
    members : sequence of TrainedNetwork
    seed : int
        From which the seeds of the members were drawn, and who trains on which rows.
    """

    def __init__(self, members: Sequence[TrainedNetwork], seed: int) -> None:
        self.members = list(members)
        self.seed = seed

    @property
    def history(self) -> History:
        """Means over the members, with a history of each."""
        return History.of_members([member.history for member in self.members])

    @property
    def batch_size(self) -> int:
        """Rows a step."""
        return self.members[0].batch_size

    @property
    def iterations(self) -> int:
        """Number of batches that all members have trained on."""
        return sum(member.iterations for member in self.members)

    @property
    def weights(self) -> list[np.ndarray]:
        """Weights of all members, one member after another."""
        return [weight for member in self.members for weight in member.weights]

    @property
    def named_weights(self) -> dict[str, np.ndarray]:
        """Weights by their names, which begin with that of the member."""
        return {
            f"{name_of(number)}/{name}": weight
            for number, member in enumerate(self.members)
            for name, weight in member.named_weights.items()
        }

    def with_weights(self, weights: Sequence[np.ndarray]) -> TrainedMembers:
        """Return the same members with other weights, one member after another."""
        ends = np.cumsum([0, *(len(member.weights) for member in self.members)])
        parts = [weights[start:end] for start, end in pairwise(ends)]
        members = [m.with_weights(part) for m, part in zip(self.members, parts, strict=True)]
        return TrainedMembers(members, self.seed)

    def its_architecture(self, make: Callable[[], Architecture]) -> Architecture:
        """Return what `make` returned when it was first called for these networks."""
        return self.members[0].its_architecture(make)

    def outputs(self, architecture: Architecture, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the outputs of each member, shape (members, rows, units)."""
        if are_few(inputs):
            calls = self.calls(architecture, {name: name for name in inputs})
            if calls:
                return np.stack(outputs_together(self, calls, inputs))
        predict = [partial(member.predict, architecture, inputs) for member in self.members]
        if next(iter(inputs.values())).shape[0] < _ROWS_FOR_THREADS:
            return np.stack([of_member() for of_member in predict])
        # Made by this thread, once: others share it.
        architecture.predictor()
        in_threads = Parallel(n_jobs=-1, require="sharedmem")
        return np.stack(in_threads(delayed(of_member)() for of_member in predict))

    def calls(self, architecture: Architecture, names: Mapping[str, str]) -> list[Call]:
        """Return a call of each member, to be made together with others; none where none can be.

        Parameters
        ----------
        architecture : Architecture
        names : dict of str to str
            Inputs of the networks, and how they are called where they are given.
        """
        predictor = architecture.predictor()
        if not predictor.takes_weights:
            return []
        return [Call(predictor, m.placed(architecture, predictor), names) for m in self.members]

    def network(self, architecture: Architecture, scale: str) -> keras.Model:
        """Return a new Keras model that holds all members and averages what they give.

        Parameters
        ----------
        architecture : Architecture
        scale : str
            On which `MeanOfMembers` averages.
        """
        networks = [member.network(architecture) for member in self.members]
        return network_of_members(networks, scale)


def network_of_members(networks: Sequence[keras.Model], scale: str = "values") -> keras.Model:
    """Return a Keras model that holds all networks and averages what they give.

    Parameters
    ----------
    networks : sequence of keras.Model
        Of one architecture.
    scale : str, default="values"
        On which `MeanOfMembers` averages.
    """
    import keras

    from estimators.engine.layers.members import MeanOfMembers

    inputs = networks[0].input
    taken = [tensor.name for tensor in networks[0].inputs]
    *names, mean = names_beside(taken, [*map(name_of, range(len(networks))), "mean_of_members"])
    members = [
        keras.Model(network.input, network.output, name=name)
        for name, network in zip(names, networks, strict=True)
    ]
    outputs = [member(inputs) for member in members]
    return keras.Model(inputs, MeanOfMembers(scale, name=mean)(outputs))


def names_beside(taken: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return `names`, longer where a column of the table is called so.

    Examples
    --------
    >>> from estimators.engine.trained_members import names_beside
    >>> names_beside(["age", "member_1"], ["member_1", "member_2"])
    ['member_1_', 'member_2']
    """
    longest = max(map(len, taken))
    return [name if name not in taken else name.ljust(longest + 1, "_") for name in names]


def name_of(number: int) -> str:
    """Return what member `number`, counted from 0, is called."""
    return f"member_{number + 1}"
