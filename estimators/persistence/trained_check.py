"""Whether a trained network is one: its weights are numbers, of the shapes its estimator needs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from estimators.persistence.archive import ModelFileError

if TYPE_CHECKING:
    import keras

    from estimators.base.estimator import KerasEstimator
    from estimators.engine.trained_members import TrainedMembers
    from estimators.engine.trained_network import TrainedNetwork


def check_trained(
    estimator: KerasEstimator, trained: TrainedNetwork | TrainedMembers, *, is_known: bool = True
) -> None:
    """Raise where `estimator` cannot have been trained to this network.

    Parameters
    ----------
    estimator : KerasEstimator
        As its file holds it.
    trained : TrainedNetwork or TrainedMembers
    is_known : bool, default=True
        Whether the network can be built without code of others. Where it cannot, its shapes are
        compared when it is first used.

    Raises
    ------
    ModelFileError
    """
    from estimators.persistence.serialization.sketches import without_values

    check_finite(trained)
    _check_members(estimator, trained)
    if is_known:
        with without_values():
            network = estimator.builder_._training_architecture().new_network()
        for member in trained.members:
            check_shapes(network, member.weights)


def check_blend(blend: KerasEstimator, *, is_known: bool = True) -> None:
    """Raise where the estimators of a blend cannot have been trained to their networks, together.

    Parameters
    ----------
    blend : TabularClassifier or TabularRegressor
        As its file holds it.
    is_known : bool, default=True

    Raises
    ------
    ModelFileError
    """
    for each in blend.estimators_.values():
        check_trained(each, each.trained_, is_known=is_known)
    counts = {len(each.trained_.members) for each in blend.estimators_.values()}
    if len(counts) > 1:
        raise ModelFileError(
            f"The file holds estimators of {sorted(counts)} members, and those of a blend have as "
            "many each; take another copy."
        )
    _check_held_out(blend, counts.pop())


def _check_members(estimator: KerasEstimator, trained: TrainedNetwork | TrainedMembers) -> None:
    """Raise where there are other members than the fit had, or rows held out by others."""
    wanted, there = estimator.builder_.members, len(trained.members)
    if wanted != there:
        raise ModelFileError(
            f"The file holds {there} trained network{'s' * (there > 1)} of an estimator with "
            f"members={wanted}; take another copy."
        )
    _check_held_out(estimator, wanted)


def _check_held_out(estimator: KerasEstimator, wanted: int) -> None:
    held_out = getattr(estimator, "held_out_", None)
    if held_out is None:
        return
    shape = held_out.patterns.shape[1], *held_out.outputs.shape[1:]
    if shape != (wanted, estimator.head_.units):
        raise ModelFileError(
            f"The file holds rows held out by {shape[0]} network(s) of {shape[1]} output(s) where "
            f"the fit had {wanted} of {estimator.head_.units}; take another copy."
        )


def check_shapes(network: keras.Model, weights: Sequence[np.ndarray]) -> None:
    """Raise where a network has not the shapes of these weights."""
    wanted = [f"{variable.dtype} {tuple(variable.shape)}" for variable in network.variables]
    there = [f"{weight.dtype} {weight.shape}" for weight in weights]
    if wanted != there:
        raise ModelFileError(
            f"The weights of the file are {_shortened(there)} where the network needs "
            f"{_shortened(wanted)}; take another copy."
        )


def check_finite(trained: TrainedNetwork | TrainedMembers) -> None:
    """Raise where a weight is NaN or infinite, or what an optimizer remembers is NaN."""
    for member in trained.members:
        _check_finite(member)


def _check_finite(trained: TrainedNetwork) -> None:
    for name, weight in zip(trained.names, trained.weights, strict=True):
        if weight.dtype.kind == "f" and not np.isfinite(weight).all():
            raise ModelFileError(
                f"The weight {name!r} holds NaN or infinite numbers, with which nothing can be "
                "predicted; take another copy."
            )
    for slot in chain.from_iterable(trained.state.slots):
        if slot.dtype.kind not in "biuf" or (slot.dtype.kind == "f" and np.isnan(slot).any()):
            raise ModelFileError(
                "What the optimizer remembers is not numbers, with which nothing can be trained; "
                "take another copy."
            )


def _shortened(kinds: Sequence[str]) -> str:
    return ", ".join(kinds)[:200]
