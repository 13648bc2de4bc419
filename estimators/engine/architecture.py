"""How a network is built, and what all fits of one architecture share to predict and explain."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from estimators.engine.compiled import keras_keys  # noqa: F401  for what keys are made of
from estimators.engine.compiled.cache import Shelf
from estimators.engine.compiled.function_names import keras_names_from_the_start, label_of
from estimators.engine.compiled.path_integral import PathIntegral
from estimators.engine.compiled.predictor import Predictor, has_captured_weights, new_predictor
from estimators.engine.compiled.together import forget_graphs_of_several
from estimators.engine.compiled.xla import should_compile
from estimators.engine.forks import check_not_forked
from estimators.engine.initial_weights import keras_seed
from estimators.engine.layers.members import MeanOfMembers

if TYPE_CHECKING:
    import keras
    import numpy as np

_predictors: Shelf[Predictor] = Shelf(capacity=32)
_integrals: Shelf[PathIntegral] = Shelf(capacity=8)


@dataclass(frozen=True)
class Architecture:
    """How a network is built, and a key that equals another's where the networks would be equal.

    Parameters
    ----------
    key : hashable
        Without the rates of dropout and penalties, which are inputs of programs.
    build : callable
        Returns a new network.
    draw_weights : callable, optional
        Takes the network, returns a function from a seed to initial weights; by default the
        network's own initializers are called again.
    jit_compile : bool or "auto"
        Whether XLA compiles training and prediction.
    complete : callable, optional
        Takes the network and the weights of a training, returns the weights of the network, for
        one that knows more than the one that was trained.
    rates : callable, optional
        Returns what equals another's where the rates are; who predicts does not ask.
    """

    key: Hashable
    build: Callable[[], keras.Model] = field(compare=False)
    draw_weights: Callable | None = field(default=None, compare=False)
    jit_compile: bool | str = "auto"
    complete: Callable | None = field(default=None, compare=False)
    rates: Callable[[], Hashable] = field(default=lambda: None, compare=False)

    def new_network(self) -> keras.Model:
        """Return a new network, whatever it draws taken from one fixed seed."""
        check_not_forked()
        with keras_seed(0):
            return self.build()

    def network_to_compile(self) -> keras.Model:
        """Return a new network whose layers have the names that they have in every process."""
        try:
            with keras_names_from_the_start():
                return self.new_network()
        except ValueError as error:
            if "unique" not in str(error):
                raise
        # A layer that the user has made before has a name that another one gets from the start.
        return self.new_network()

    def completed(self, network: keras.Model, weights: list[np.ndarray]) -> list[np.ndarray]:
        """Return the weights of `network` where training ended with `weights`."""
        return weights if self.complete is None else self.complete(network, weights)

    def predictor(self) -> Predictor:
        """Return the compiled prediction that all fits of this architecture share."""
        return self._predictor(self.network_to_compile)

    def predictor_on(self, network: keras.Model) -> Predictor:
        """Return the same, made on `network` where it is new and can serve two masters."""
        is_shared = not has_captured_weights(network)
        return self._predictor((lambda: network) if is_shared else self.network_to_compile)

    def path_integral(self, numbers: Collection[str], scale: str) -> PathIntegral:
        """Return what explains outputs, which all fits of this architecture share.

        Parameters
        ----------
        numbers : collection of str
            Names of the inputs that are floats to begin with.
        scale : str
            On which `MeanOfMembers` averages.

        Raises
        ------
        ValueError
            For a network whose weights are no arguments of its graph.
        """

        def make() -> PathIntegral:
            predictor = self.predictor()
            if not predictor.takes_weights:
                raise ValueError(
                    "explain cannot follow a sentence model that training changes; give its text "
                    "column trainable=False and fit again."
                )
            return PathIntegral(
                predictor.network,
                numbers,
                MeanOfMembers(scale, name="mean_of_members").call,
                jit_compile=should_compile(predictor.network, self.jit_compile),
                label=label_of((self.key, "path integral", scale)),
            )

        return _integrals.get((self.key, self.jit_compile, scale), make)

    def _predictor(self, network: Callable[[], keras.Model]) -> Predictor:
        def make() -> Predictor:
            made = network()
            # A short fit is not worth compiling; its prediction is, since only XLA rounds a
            # row alike wherever it stands in the chunk.
            compiled = should_compile(made, self.jit_compile)
            return new_predictor(made, jit_compile=compiled, label=label_of(self.key))

        return _predictors.get((self.key, self.jit_compile), make)


def forget_predictors() -> None:
    """Free what predicts and explains; fitted estimators compile theirs again when asked."""
    _predictors.clear()
    _integrals.clear()
    forget_graphs_of_several()
