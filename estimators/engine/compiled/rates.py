"""Penalties, dropout rates and weight decay as inputs of a compiled program, not parts of it.

A search over them trains by one program; compiled in, each value would take seconds of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from estimators.engine.layers.dropout import HashedDropout


class Rates:
    """The rates of a network and of its optimizers, each with a variable in its place.

    They stand in their owners while a step is traced alone, so that whoever looks at the network
    or the optimizer finds numbers.

    Parameters
    ----------
    network : keras.Model
    optimizers : sequence of keras.optimizers.Optimizer
    """

    def __init__(
        self, network: keras.Model, optimizers: Sequence[keras.optimizers.Optimizer]
    ) -> None:
        self._penalized = [v for v in network.trainable_variables if _is_penalized(v)]
        self._of_network = [_Rate.of(*place) for place in _places_in(network)]
        self._of_optimizers = [_Rate.of(o, "weight_decay") for o in optimizers if _decays(o)]
        self._penalties = [
            _Penalty(*(r for r in self._of_network if r.owner is variable.regularizer))
            for variable in self._penalized
        ]

    @property
    def variables(self) -> list[tf.Variable]:
        """The variables, in the same order for networks of the same program."""
        return [rate.variable for rate in (*self._of_network, *self._of_optimizers)]

    def take_from(self, network: keras.Model) -> None:
        """Take over the rates of another network of the same program."""
        for rate, place in zip(self._of_network, _places_in(network), strict=True):
            rate.set(getattr(*place))

    def take_decays(self, optimizers: Sequence[keras.optimizers.Optimizer]) -> None:
        """Take over the weight decay of other optimizers that are alike otherwise."""
        decaying = [optimizer for optimizer in optimizers if _decays(optimizer)]
        for rate, optimizer in zip(self._of_optimizers, decaying, strict=True):
            rate.set(optimizer.weight_decay)

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Have the network and the optimizers compute with the variables."""
        owners = [(variable, "_regularizer") for variable in self._penalized]
        owners += [(r.owner, r.name) for r in self._standing]
        before = [vars(owner)[name] for owner, name in owners]
        for (owner, name), there in zip(
            owners, [*self._penalties, *(r.variable for r in self._standing)], strict=True
        ):
            # Past Keras, which would watch it.
            vars(owner)[name] = there
        try:
            yield
        finally:
            for (owner, name), number in zip(owners, before, strict=True):
                vars(owner)[name] = number

    @property
    def _standing(self) -> list[_Rate]:
        """Those whose variables are computed with where the numbers are."""
        of_penalty = keras.regularizers.Regularizer
        of_network = [r for r in self._of_network if not isinstance(r.owner, of_penalty)]
        return of_network + self._of_optimizers


def without_rates(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of layers of which a program depends on the values, of rates on whether any.

    Examples
    --------
    >>> from estimators.engine.compiled.rates import without_rates
    >>> without_rates({"hidden_units": (8,), "dropout": 0.3, "l2": 0.0})
    {'hidden_units': (8,), 'dropout': True, 'l2': False}
    """
    return {name: bool(v) if name in _NAMES else v for name, v in settings.items()}


def decay_in_program(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Return what a program depends on of an optimizer's weight decay, where it is an input."""
    return {"weight_decay": True} if _decays(optimizer) else {}


_NAMES = ("dropout", "l1", "l2")


class _Rate(NamedTuple):
    """A number in its place, and the variable for it.

    Attributes
    ----------
    owner : object
        A layer, a regularizer or an optimizer.
    name : str
        Of its attribute.
    variable : tf.Variable
    """

    owner: Any
    name: str
    variable: tf.Variable

    @classmethod
    def of(cls, owner: Any, name: str) -> _Rate:
        # The threshold of dropout is a number of 32 bits.
        return cls(owner, name, tf.Variable(getattr(owner, name), dtype=tf.float64))

    def set(self, number: float) -> None:
        self.variable.assign(number)
        setattr(self.owner, self.name, float(number))


class _Penalty(keras.regularizers.Regularizer):
    """`keras.regularizers.L1L2` of variables."""

    def __init__(self, l1: _Rate, l2: _Rate) -> None:
        self._l1, self._l2 = l1, l2

    def __call__(self, kernel: tf.Tensor) -> tf.Tensor:
        kernel = tf.convert_to_tensor(kernel)
        total = tf.zeros((), kernel.dtype)
        if self._l1.owner.l1 != 0:
            total += tf.cast(self._l1.variable, kernel.dtype) * tf.reduce_sum(tf.abs(kernel))
        if self._l2.owner.l2 != 0:
            total += tf.cast(self._l2.variable, kernel.dtype) * tf.reduce_sum(tf.square(kernel))
        return total


def _places_in(network: keras.Model) -> list[tuple[Any, str]]:
    layers = [layer for layer in network._flatten_layers() if type(layer) is HashedDropout]
    penalized = filter(_is_penalized, network.trainable_variables)
    # Layers may share one.
    regularizers = {id(v.regularizer): v.regularizer for v in penalized}.values()
    return [(layer, "rate") for layer in layers] + [
        (regularizer, name) for regularizer in regularizers for name in ("l1", "l2")
    ]


def _is_penalized(variable: keras.Variable) -> bool:
    return type(variable.regularizer) is keras.regularizers.L1L2


def _decays(optimizer: keras.optimizers.Optimizer) -> bool:
    """Return whether Keras's own code takes a share off the weights in each step."""
    is_keras = type(optimizer).__module__.startswith("keras.")
    return is_keras and isinstance(getattr(optimizer, "weight_decay", None), int | float)
