"""Fresh weights for a network that already exists.

Building a Keras network takes 35 ms and keeps 0.3 MB for ever; calling its initializers again
takes a few milliseconds and keeps nothing.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras
import numpy as np

_building = threading.RLock()


@contextmanager
def keras_seed(seed: int) -> Iterator[None]:
    """Seed whatever Keras draws without a seed of its own, and leave the global stream as it was.

    Keras takes the default seeds of initializers and dropout from the module `random`.
    """
    with _building:
        before = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(before)


class InitialWeights:
    """Draws the weights of a network anew, as often as asked, each time from a seed.

    A weight whose initializer has a seed of its own keeps that seed's value, as in Keras. Where an
    initializer cannot be called again on its own (an LSTM's bias is made from two), the
    whole network is built again.

    Parameters
    ----------
    network : keras.Model
    build : callable
        Returns another network of the same architecture.
    """

    def __init__(self, network: keras.Model, build: Callable[[], keras.Model]) -> None:
        self._build = build
        owned = dict(_initializers(network))
        self._draws = [_redraw(v, owned.get(id(v))) for v in network.variables]

    def __call__(self, seed: int) -> list[np.ndarray]:
        """Return new values for all variables of the network, in their order."""
        if None in self._draws:
            with keras_seed(seed):
                return [copy_of(variable) for variable in self._build().variables]
        seeds = np.random.SeedSequence(seed).generate_state(len(self._draws)) >> 1
        return [draw(int(own)) for draw, own in zip(self._draws, seeds, strict=True)]


class KeptWeights:
    """Gives the weights that a network was built with; only random streams start from the seed.

    Parameters
    ----------
    network : keras.Model
    """

    def __init__(self, network: keras.Model) -> None:
        self._built = [copy_of(variable) for variable in network.variables]
        owned = dict(_initializers(network))
        self._streams = [owned.get(id(v)) is _new_stream for v in network.variables]

    def __call__(self, seed: int) -> list[np.ndarray]:
        """Return the kept values for all variables of the network, in their order."""
        return [
            np.array([seed, 0], dtype=value.dtype) if is_stream else value.copy()
            for value, is_stream in zip(self._built, self._streams, strict=True)
        ]


def copy_of(variable: keras.Variable) -> np.ndarray:
    """Return the value of a variable, in memory that later training does not touch."""
    return np.array(variable.value.numpy())


Draw = Callable[[int], np.ndarray]


def _initializers(network: keras.Model) -> Iterator[tuple[int, object]]:
    for layer in network._flatten_layers():
        is_given = getattr(layer, "has_captured_weights", False)
        for variable in layer.variables:
            initializer = getattr(layer, f"{variable.name}_initializer", None)
            yield id(variable), _same_value if is_given else initializer
    for layer in network._flatten_layers():
        # Layers of random images call theirs `generator`.
        generator = getattr(layer, "seed_generator", getattr(layer, "generator", None))
        if generator is not None:
            own_seed = getattr(layer, "seed", None)
            yield id(generator.state), _new_stream if own_seed is None else _same_stream


def _redraw(variable: keras.Variable, initializer: object) -> Draw | None:
    """Return what draws `variable` from a seed, or None where only a whole new network can."""
    built = copy_of(variable)
    if initializer is _new_stream:
        return lambda seed: np.array([seed, 0], dtype=built.dtype)
    if initializer in (_same_stream, _same_value):
        return lambda seed: built.copy()
    if not isinstance(initializer, keras.initializers.Initializer):
        return None
    config = initializer.get_config()
    if config.get("seed", 0) is not None:
        again = np.array(initializer(variable.shape, dtype=variable.dtype))
        return (lambda seed: built.copy()) if np.array_equal(again, built) else None
    return lambda seed: np.array(
        initializer.__class__.from_config({**config, "seed": seed})(
            variable.shape, dtype=variable.dtype
        )
    )


def _new_stream() -> None:
    """Stand for a random stream that starts from the fit's seed."""


def _same_stream() -> None:
    """Stand for a random stream that the caller seeded."""


def _same_value() -> None:
    """Stand for a weight that comes with its layer."""
