"""What a fit keeps of its training, enough to predict and to continue, and how it does both."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from estimators.engine.cache import Pool, Shelf
from estimators.engine.compilation import is_too_short_to_compile, should_compile
from estimators.engine.graphs import free_memory
from estimators.engine.history import History
from estimators.engine.keys import key_of
from estimators.engine.predictor import Predictor, has_captured_weights, new_predictor
from estimators.engine.program import Objective, Program, State
from estimators.engine.training import Training, train
from estimators.engine.weights import InitialWeights, keras_seed

_programs: Pool[Program] = Pool(capacity=16)
_predictors: Shelf[Predictor] = Shelf(capacity=32)


@dataclass(frozen=True)
class Architecture:
    """How a network is built, and a key that equals another's where the networks would be equal.

    Parameters
    ----------
    key : hashable
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
    """

    key: Hashable
    build: Callable[[], keras.Model] = field(compare=False)
    draw_weights: Callable | None = field(default=None, compare=False)
    jit_compile: bool | str = "auto"
    complete: Callable | None = field(default=None, compare=False)

    def new_network(self) -> keras.Model:
        """Return a new network, whatever it draws taken from one fixed seed."""
        with keras_seed(0):
            return self.build()

    def completed(self, network: keras.Model, weights: list[np.ndarray]) -> list[np.ndarray]:
        """Return the weights of `network` where training ended with `weights`."""
        return weights if self.complete is None else self.complete(network, weights)

    def predictor(self) -> Predictor:
        """Return the compiled prediction that all fits of this architecture share."""
        return self._predictor(self.new_network)

    def predictor_on(self, network: keras.Model) -> Predictor:
        """Return the same, made on `network` where it is new and can serve two masters."""
        is_shared = not has_captured_weights(network)
        return self._predictor((lambda: network) if is_shared else self.new_network)

    def _predictor(self, network: Callable[[], keras.Model]) -> Predictor:
        def make() -> Predictor:
            made = network()
            # A short fit is not worth compiling; its prediction is, since only XLA rounds a
            # row alike wherever it stands in the chunk.
            return new_predictor(made, jit_compile=should_compile(made, self.jit_compile))

        return _predictors.get((self.key, self.jit_compile), make)


@dataclass(frozen=True)
class Setup:
    """What is compiled into a program.

    Parameters
    ----------
    architecture : Architecture
    optimizers : mapping of str to keras.optimizers.Optimizer
        For each part of the network, "" for the whole; they serve as templates.
    objective : Objective
    batch_size : int
    """

    architecture: Architecture
    optimizers: Mapping[str, keras.optimizers.Optimizer]
    objective: Objective
    batch_size: int

    @property
    def learning_rates(self) -> tuple[float | None, ...]:
        """Learning rate of each optimizer, None for a schedule."""
        rates = (_configured_rate(optimizer) for optimizer in self.optimizers.values())
        return tuple(None if isinstance(rate, dict) else rate for rate in rates)

    def key(self, row_count: int) -> Hashable:
        """Return what two fits must agree in to share a program."""
        optimizers = tuple(
            (part, type(o), _key_without_rate(o)) for part, o in self.optimizers.items()
        )
        return (
            self.architecture,
            optimizers,
            self.objective,
            self.batch_size,
            is_too_short_to_compile(row_count),
        )

    def new_program(self, row_count: int) -> Program:
        """Build and compile a program."""
        network = self.architecture.new_network()
        draw = self.architecture.draw_weights
        if draw is None:
            weights = InitialWeights(network, self.architecture.build)
        else:
            weights = draw(network)
        compiled = should_compile(network, self.architecture.jit_compile, row_count)
        return Program(
            network,
            weights,
            {part: type(o).from_config(o.get_config()) for part, o in self.optimizers.items()},
            self.objective,
            batch_size=self.batch_size,
            jit_compile=compiled,
        )


class Session:
    """The outcome of training: weights, optimizer slots, history and the random stream's place.

    Pickles without anything compiled; the weights go to the device again when first used.
    """

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
        self._placed: tuple[list[tf.Tensor], list[tf.Tensor]] | None = None

    @property
    def weights(self) -> list[np.ndarray]:
        """Weights of the network, in the order of its variables."""
        return self.state.weights

    @property
    def iterations(self) -> int:
        """Number of batches trained on."""
        return int(self.state.slots[0][0])

    @property
    def named_weights(self) -> dict[str, np.ndarray]:
        """Weights by their names, without the states of random generators."""
        return {n: w for n, w in zip(self.names, self.weights, strict=True) if n is not None}

    def with_weights(self, weights: Sequence[np.ndarray]) -> Session:
        """Return a session with other weights, in the order of the network's variables."""
        other = copy(self)
        other.state = State(list(weights), self.state.slots)
        other._placed = None
        return other

    def predict(self, architecture: Architecture, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the network's outputs, shape (rows, units)."""
        predictor = architecture.predictor()
        if self._placed is None:
            weights = architecture.completed(predictor.network, self.weights)
            self._placed = predictor.place(weights)
        return predictor.predict(self._placed, inputs)

    def network(self, architecture: Architecture) -> keras.Model:
        """Return a new Keras model that holds the weights."""
        network = architecture.new_network()
        weights = architecture.completed(network, self.weights)
        for variable, value in zip(network.variables, weights, strict=True):
            variable.assign(value)
        return network

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "_placed": None}


def run(setup: Setup, training: Training, previous: Session | None = None) -> Session:
    """Train, from scratch or from where `previous` ended, and return the outcome.

    Parameters
    ----------
    setup : Setup
    training : Training
    previous : Session, optional
        Left as it is.

    Returns
    -------
    Session
    """
    key = setup.key(training.row_count)
    with _programs.borrow(key, lambda: setup.new_program(training.row_count)) as program:
        setup.architecture.predictor_on(program.network)
        if previous is None:
            state, history = program.initial_state(training.seed), History()
            if training.start is not None:
                state = State(training.start(program.network, state.weights), state.slots)
        else:
            state, history = previous.state, previous.history.copy()
            epochs_done = history.epoch[-1] + 1 if history.epoch else 0
            training = replace(training, seed=previous.seed, first_epoch=epochs_done)
        rates = setup.learning_rates
        if previous is None or rates != previous.learning_rates:
            state = program.with_learning_rates(state, rates)
        new_session = partial(
            Session,
            seed=training.seed,
            learning_rates=rates,
            batch_size=setup.batch_size,
            names=program.variable_names,
        )
        if training.recorder is not None:
            training.recorder.new_session = new_session
        session = new_session(*train(program, state, training, history))
        if training.recorder is not None and training.patience is not None:
            training.recorder.finish(session)
    return session


def forget_programs() -> None:
    """Free what this process has compiled, as far as it can be; fitted estimators stay as they are.

    XLA keeps what it has compiled until the process ends, a few MB a network. Operations that
    draw random numbers from a seed of their own, as ``tf.random.uniform(shape, seed=1)`` does,
    begin anew, as after ``tf.random.set_seed``.
    """
    _programs.clear()
    _predictors.clear()
    free_memory()


def _configured_rate(optimizer: keras.optimizers.Optimizer) -> float | dict:
    return optimizer.get_config()["learning_rate"]


def _key_without_rate(optimizer: keras.optimizers.Optimizer) -> Hashable:
    config = optimizer.get_config()
    if not isinstance(config["learning_rate"], dict):
        del config["learning_rate"]
    return repr(sorted((name, key_of(v)) for name, v in config.items() if name != "name"))
