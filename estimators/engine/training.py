"""Training as one call: a plan goes in, a trained network comes out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

from joblib import Parallel, delayed, effective_n_jobs

from estimators.engine.architecture import Architecture, forget_predictors
from estimators.engine.compiled.cache import Pool
from estimators.engine.compiled.function_names import label_of
from estimators.engine.compiled.graphs import free_memory
from estimators.engine.compiled.trainer import CompiledTrainer, Objective
from estimators.engine.compiled.xla import is_too_short_to_compile, should_compile
from estimators.engine.history import History
from estimators.engine.initial_weights import InitialWeights
from estimators.engine.loop.epochs import Epochs, train_epochs
from estimators.engine.loop.given_up import GiveUpTogether
from estimators.engine.optimizers import copy_optimizer, learning_rate_of, program_key
from estimators.engine.state import State
from estimators.engine.trained_network import TrainedNetwork

if TYPE_CHECKING:
    import keras
    import numpy as np

_trainers: Pool[CompiledTrainer] = Pool(capacity=16)


@dataclass(frozen=True)
class TrainerConfig:
    """What is compiled into a trainer, as ``keras.Model.compile`` takes it.

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
        return tuple(map(learning_rate_of, self.optimizers.values()))

    def key(self, row_count: int) -> Hashable:
        """Return what two fits must agree in to share a trainer."""
        optimizers = tuple((part, program_key(o)) for part, o in self.optimizers.items())
        return (
            self.architecture,
            optimizers,
            self.objective,
            self.batch_size,
            is_too_short_to_compile(row_count),
        )

    def new_trainer(self, row_count: int, twin: CompiledTrainer | None = None) -> CompiledTrainer:
        """Build a network and a trainer for it, which runs its own programs or those of `twin`."""
        network = self.architecture.network_to_compile()
        draw = self.architecture.draw_weights
        if draw is None:
            weights = InitialWeights(network, self.architecture.build)
        else:
            weights = draw(network)
        compiled = should_compile(network, self.architecture.jit_compile, row_count)
        trainer = CompiledTrainer(
            network,
            weights,
            {part: _called_alike(copy_optimizer(o)) for part, o in self.optimizers.items()},
            self.objective,
            batch_size=self.batch_size,
            jit_compile=compiled,
            twin=twin and twin.root,
            label=label_of(self.key(row_count)),
        )
        trainer.rates_key = self.architecture.rates()
        return trainer

    def set_rates(self, trainer: CompiledTrainer) -> None:
        """Let a trainer of this configuration's key train at its rates."""
        given = self.architecture
        trainer.take_rates(given.rates(), given.new_network, list(self.optimizers.values()))


def _called_alike(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return `optimizer`, whose name no longer says how many there were before it."""
    optimizer.name = type(optimizer).__name__.lower()
    return optimizer


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that decides a training, before its first step.

    Parameters
    ----------
    config : TrainerConfig
    epochs : Epochs
    previous : TrainedNetwork, optional
        Where training goes on from, instead of fresh weights; left as it is.
    initial_weights : callable, optional
        Takes the network and fresh weights, returns the weights to begin with.
    """

    config: TrainerConfig
    epochs: Epochs
    previous: TrainedNetwork | None = None
    initial_weights: Callable[[keras.Model, Sequence[np.ndarray]], list[np.ndarray]] | None = None


def train(plans: Sequence[TrainingPlan], n_jobs: int | None = 1) -> list[TrainedNetwork]:
    """Train as planned, on trainers that fits of the same configuration share.

    Parameters
    ----------
    plans : sequence of TrainingPlan
        All with one configuration.
    n_jobs : int, default=1
        Threads, as joblib counts them.

    Returns
    -------
    list of TrainedNetwork

    Raises
    ------
    DivergedError
        Where the loss of an epoch is not finite.
    """
    config, row_count = plans[0].config, max(plan.epochs.row_count for plan in plans)
    with ExitStack() as borrowed:
        # Networks are built here: a policy of precision is known to its thread alone.
        trainers: list[CompiledTrainer] = []
        make = partial(config.new_trainer, row_count)
        for _ in range(min(len(plans), effective_n_jobs(n_jobs))):
            trainers.append(borrowed.enter_context(_trainers.borrow(config.key(row_count), make)))
            config.set_rates(trainers[-1])
        config.architecture.predictor_on(trainers[0].network)
        idle = SimpleQueue()
        for trainer in trainers:
            idle.put(trainer)

        together = GiveUpTogether()
        watching = [together] if len(trainers) > 1 else []

        def train_one(plan: TrainingPlan) -> TrainedNetwork:
            trainer = idle.get()
            try:
                together.check()
                epochs = replace(plan.epochs, callbacks=[*plan.epochs.callbacks, *watching])
                return train_epochs(trainer, _beginning(plan, trainer), epochs)
            finally:
                idle.put(trainer)

        if len(trainers) == 1:
            return list(map(train_one, plans))
        try:
            return Parallel(n_jobs=len(trainers), backend="threading")(
                delayed(train_one)(plan) for plan in plans
            )
        except BaseException:
            # A thread that trained on would do so on networks that other fits have borrowed.
            together.give_up()
            for trainer in [idle.get() for _ in trainers]:
                idle.put(trainer)
            raise


def forget_programs() -> None:
    """Free what this process has compiled, as far as it can be.

    Fitted estimators stay as they are and compile anew when they are next asked.

    Notes
    -----
    XLA keeps what it has compiled until the process ends: a few MB of every new architecture
    (``benchmarks/MEMORY.md``), nothing of one that was fitted before; and it runs out of memory
    maps after some 450 of them, of which a warning tells in time. A search over many hundreds
    stays small in workers that are renewed. Those of ``n_jobs=`` are, once one has grown
    by 300 MB, where psutil is installed; a ``ProcessPoolExecutor`` by ``max_tasks_per_child``.

    Operations of TensorFlow that draw random numbers from a seed of their own, as
    ``tf.random.uniform(shape, seed=1)`` does, begin anew, as after ``tf.random.set_seed``.

    Examples
    --------
    >>> from estimators import forget_programs
    >>> forget_programs()

    References
    ----------
    ``keras.utils.clear_session``; ``joblib.parallel_config``.
    """
    _trainers.clear()
    forget_predictors()
    free_memory()


def _beginning(plan: TrainingPlan, trainer: CompiledTrainer) -> TrainedNetwork:
    """Return the network that the first step changes: of a former training, or fresh."""
    if plan.epochs.progress is not None:
        return plan.epochs.progress.trained
    rates, previous = plan.config.learning_rates, plan.previous
    if previous is None:
        state = trainer.initial_state(plan.epochs.seed)
        if plan.initial_weights is not None:
            state = State(plan.initial_weights(trainer.network, state.weights), state.slots)
    else:
        state = previous.state
    if previous is None or rates != previous.learning_rates:
        state = trainer.with_learning_rates(state, rates)
    return TrainedNetwork(
        state,
        History() if previous is None else previous.history.copy(),
        plan.epochs.seed,
        rates,
        plan.config.batch_size,
        trainer.variable_names,
    )
