"""An optimizer trains a network as it stands, whatever its configuration leaves out."""

import copy
import pickle
import threading

import keras
import numpy as np
import pytest
from sklearn.base import clone

from estimators import DNNLinearCombinedRegressor, DNNRegressor, load_model
from estimators.engine.optimizers import copy_optimizer, optimizer_key
from estimators.persistence.serialization.trusted import UnsavableError

SGD, AdamW = keras.optimizers.SGD, keras.optimizers.AdamW
RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 3))
Y = X[:, 0] + 0.1 * RNG.normal(size=96)


def without_decay(*names, **others):
    optimizer = AdamW(0.01, weight_decay=2.0, **others)
    optimizer.exclude_from_weight_decay(var_names=list(names))
    return optimizer


class Bold(SGD):
    """Knows more than it says: an argument, a choice of its own methods, a table, a variable."""

    def __init__(self, factor, **others):
        super().__init__(**others)
        self.rule = self.plain if factor == 1 else self.bold
        self.table = {"factor": [factor]}
        self.seen = keras.Variable(1.0)

    def plain(self, gradient):
        return gradient

    def bold(self, gradient):
        return gradient * self.table["factor"][0] * self.seen

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(self.rule(gradient), variable, learning_rate)


@keras.saving.register_keras_serializable(package="test_optimizers")
class Falling(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate=0.01):
        self.rate = rate

    def __call__(self, step):
        return self.rate

    def get_config(self):
        return {}


def used():
    optimizer, weights = without_decay("bias", "kernel"), [keras.Variable(np.ones(3))]
    optimizer.build(weights)
    optimizer.apply([np.ones(3, "float32")], weights)
    return optimizer


def several():
    table = keras.optimizers.OptimizerMap(
        without_decay("kernel"), {".*bias": without_decay("bias")}
    )
    return keras.optimizers.MultiOptimizer(table)


# What trains, and a plainer optimizer that trains alike
ALIKE = {
    "excluded variables": (without_decay("bias", "kernel"), keras.optimizers.Adam(0.01)),
    "that has trained before": (used(), keras.optimizers.Adam(0.01)),
    "of one's own": (Bold(3.0, learning_rate=0.01), SGD(0.03)),
    "a schedule of one's own": (SGD(Falling(0.03)), SGD(0.03)),
    "a function": (SGD(lambda: 0.03), SGD(0.03)),
    "scaled losses": (keras.optimizers.LossScaleOptimizer(SGD(0.03)), SGD(0.03)),
    "scaled, of one's own": (
        keras.optimizers.LossScaleOptimizer(Bold(3.0, learning_rate=0.01)), SGD(0.03),
    ),
    "a fixed scale": (SGD(0.03, loss_scale_factor=64.0), SGD(0.03)),
    "one for each variable": (several(), keras.optimizers.Adam(0.01)),
}  # fmt: skip


def fit(optimizer, **others):
    parameters = {"epochs": 2, "random_state": 0, "jit_compile": False} | others
    parameters |= {"numeric_embedding": None}
    return DNNRegressor(hidden_units=3, optimizer=optimizer, **parameters).fit(X, Y)


def weights(model):
    return np.concatenate([weight.ravel() for weight in model.trained_.weights])


@pytest.mark.parametrize("case", ALIKE)
def test_a_copy_is_whole(case):
    optimizer, plain = ALIKE[case]
    model, wanted = fit(optimizer), fit(plain)
    np.testing.assert_array_equal(weights(model), weights(wanted))
    assert model.trained_.iterations == wanted.trained_.iterations
    assert model.optimizer is optimizer
    copies = [clone(model), copy.deepcopy(model)]
    if case != "a function":
        copies.append(pickle.loads(pickle.dumps(model)))
    for again in copies:
        np.testing.assert_array_equal(weights(again.fit(X, Y)), weights(wanted))


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, cls in vars(keras.optimizers).items()
        if isinstance(cls, type)
        and issubclass(cls, keras.optimizers.Optimizer)
        and name not in ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
    ),
)
def test_every_optimizer_of_keras(name):
    cls = getattr(keras.optimizers, name)
    given = cls(0.02, clipnorm=1.0, use_ema=True, ema_momentum=0.5)
    made = copy_optimizer(copy_optimizer(given), 0.1)
    assert made.get_config() | {"name": "", "learning_rate": 0} == given.get_config() | {
        "name": "",
        "learning_rate": 0,
    }
    assert float(made.learning_rate) == pytest.approx(0.1)
    assert optimizer_key(made) == optimizer_key(given) != optimizer_key(cls(0.02))


DIFFERENT = [
    AdamW(0.01, weight_decay=2.0),
    without_decay(),
    without_decay("bias"),
    without_decay("kernel"),
    without_decay("kernel", clipnorm=1.0),
    Bold(2.0),
    Bold(3.0),
    SGD(Falling(0.1)),
    SGD(Falling(0.2)),
    keras.optimizers.LossScaleOptimizer(without_decay("bias")),
    keras.optimizers.LossScaleOptimizer(without_decay("kernel")),
]


def test_no_two_share_a_program_that_train_otherwise():
    keys = [optimizer_key(optimizer) for optimizer in DIFFERENT]
    assert len(set(keys)) == len(DIFFERENT)
    assert keys == [optimizer_key(copy_optimizer(optimizer)) for optimizer in DIFFERENT]


def test_a_rate_that_is_given_replaces_that_of_the_optimizer():
    wanted = weights(fit(SGD(0.03)))
    for optimizer in (SGD(1.0), SGD(Falling()), keras.optimizers.LossScaleOptimizer(SGD(1.0))):
        np.testing.assert_array_equal(weights(fit(optimizer, learning_rate=0.03)), wanted)


def test_both_sides_keep_what_they_exclude():
    sides = {"linear_optimizer": without_decay("l"), "dnn_optimizer": without_decay("kernel")}
    model = DNNLinearCombinedRegressor(**sides, epochs=1, random_state=0)
    bare = clone(model).set_params(dnn_optimizer=without_decay()).fit(X, Y)
    assert not np.array_equal(weights(model.fit(X, Y)), weights(bare))


def test_averaged_weights_are_what_a_fit_ends_with():
    """As with Keras, whose averages begin with the weights after the first step."""
    after = [weights(fit(SGD(0.1), epochs=n, batch_size=96)) for n in (1, 2, 3)]
    mean = 0.9 * (0.9 * after[0] + 0.1 * after[1]) + 0.1 * after[2]
    model = fit(SGD(0.1, use_ema=True, ema_momentum=0.9), epochs=3, batch_size=96)
    np.testing.assert_allclose(weights(model), mean, rtol=1e-5)


REFUSED = {
    "variables of another network": "var_names=",
    "a lock": "cannot be copied.*lock",
    "one rate for many": "learning_rate cannot replace.*MultiOptimizer",
}


@pytest.mark.parametrize("case", REFUSED)
def test_one_sentence(case):
    others, optimizer = {}, SGD()
    if case == "variables of another network":
        optimizer.exclude_from_weight_decay(var_list=[keras.Variable(1.0)])
    elif case == "a lock":
        optimizer.lock = threading.Lock()
    else:
        optimizer, others = several(), {"learning_rate": 0.1}
    with pytest.raises(ValueError, match=REFUSED[case]):
        fit(optimizer, **others)


@pytest.mark.parametrize(
    "optimizer",
    [
        without_decay("bias", "kernel"),
        keras.optimizers.LossScaleOptimizer(without_decay("bias", "kernel")),
    ],
)
def test_a_saved_estimator_goes_on_as_if_it_had_never_stopped(optimizer, tmp_path):
    model = fit(optimizer)
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    for one in (model, again):
        one.set_params(warm_start=True).fit(X, Y)
    np.testing.assert_array_equal(weights(again), weights(model))


def test_a_file_holds_what_a_configuration_leaves_out(tmp_path):
    loss, optimizer = keras.losses.Huber(0.01), SGD(Falling(0.2))
    model = fit(optimizer, loss=loss)
    assert not np.array_equal(weights(model), weights(fit(optimizer, loss=keras.losses.Huber())))
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=True)
    copies = [again, clone(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for one in copies:
        np.testing.assert_array_equal(weights(one.fit(X, Y)), weights(model))


def test_what_a_file_cannot_hold_is_not_saved(tmp_path):
    with pytest.raises(UnsavableError, match="optimizer is a Bold.*get_config"):
        DNNRegressor(optimizer=Bold(2.0)).save(tmp_path / "model")
