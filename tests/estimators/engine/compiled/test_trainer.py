"""The compiled loop against NumPy: trajectories of optimizers, fillings, segments."""

import keras
import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config

from estimators import DNNRegressor
from estimators.engine.compiled import function
from estimators.engine.compiled.orders import lay_out
from estimators.engine.compiled.trainer import CompiledTrainer
from estimators.engine.compiled.xla import should_compile
from estimators.engine.device_rows import chunks, coarse, place_rows, roomy
from estimators.engine.initial_weights import InitialWeights, KeptWeights, keras_seed
from estimators.heads.objectives import regression_objective


def linear_network(columns=3):
    inputs = {"numeric": keras.Input((columns,), name="numeric")}
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="zeros")(inputs["numeric"]))


def deep_network(dropout=0.0, seed=None):
    inputs = {"numeric": keras.Input((3,), name="numeric")}
    hidden = keras.layers.Dense(8, activation="relu")(inputs["numeric"])
    hidden = keras.layers.BatchNormalization()(hidden)
    hidden = keras.layers.Dropout(dropout, seed=seed)(hidden)
    return keras.Model(inputs, keras.layers.Dense(1)(hidden))


def program_of(build, optimizer="sgd", batch_size=4, jit_compile=False):
    network = build()
    return CompiledTrainer(
        network,
        InitialWeights(network, build),
        {"": keras.optimizers.get(optimizer)},
        regression_objective(keras.losses.mean_squared_error),
        batch_size=batch_size,
        jit_compile=jit_compile,
    )


def table(rows=10, columns=3):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, columns)).astype("float32")
    return X, (X @ np.arange(1, columns + 1) + 1).astype("float32")[:, None]


def placed(X, y):
    constants = {"scale": np.ones(1, "float32"), "offset": np.zeros(1, "float32")}
    return place_rows({"numeric": X}, y, np.ones(len(y), "float32"), constants, batch_size=4)


def run(program, X, y, epochs, segments=1, seed=0):
    program.load(program.initial_state(seed))
    for epoch in range(epochs):
        orders = lay_out([np.random.default_rng([seed, epoch]).permutation(len(y))], 4)
        edges = np.linspace(0, orders.steps, segments + 1).astype(int)
        totals = None
        for first, last in zip(edges, edges[1:]):
            totals = program.train(placed(X, y), orders, first, last, totals)
    return totals.numpy()[0]


class Reference:
    """Optimizers of one linear model, written out in float64."""

    def __init__(self, columns):
        self.w = np.zeros(columns + 1)
        self.slots = {}
        self.t = 0

    def step(self, name, X, y):
        X = np.c_[X, np.ones(len(X))]
        gradient = 2 * X.T @ (X @ self.w - y[:, 0]) / len(X)
        self.t += 1
        getattr(self, name)(gradient)

    def slot(self, name, start):
        return self.slots.setdefault(name, np.full_like(self.w, start))

    def sgd(self, g, rate=0.01):
        self.w -= rate * g

    def adam(self, g, rate=0.001):
        m, v = self.slot("m", 0.0), self.slot("v", 0.0)
        m += 0.1 * (g - m)
        v += 0.001 * (g * g - v)
        rate *= np.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        self.w -= rate * m / (np.sqrt(v) + 1e-7)

    def adagrad(self, g, rate=0.001):
        accumulator = self.slot("accumulator", 0.1)
        accumulator += g * g
        self.w -= rate * g / np.sqrt(accumulator + 1e-7)

    def ftrl(self, g, rate=0.001):
        n, z = self.slot("n", 0.1), self.slot("z", 0.0)
        z += g - (np.sqrt(n + g * g) - np.sqrt(n)) / rate * self.w
        n += g * g
        self.w = -z / (np.sqrt(n) / rate)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("name", ["sgd", "adam", "adagrad", "ftrl"])
def test_trajectories_equal_numpy(name, jit_compile):
    X, y = table(rows=10)
    program = program_of(linear_network, name, batch_size=4, jit_compile=jit_compile)
    run(program, X, y, epochs=5)
    reference = Reference(X.shape[1])
    for epoch in range(5):
        order = np.random.default_rng([0, epoch]).permutation(len(y))
        for start in range(0, len(y), 4):
            rows = order[start : start + 4]
            reference.step(name, X[rows].astype(float), y[rows].astype(float))
    kernel, bias = program.weights()
    np.testing.assert_allclose(np.append(kernel[:, 0], bias), reference.w, rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_an_epoch_in_segments_has_the_same_bits(jit_compile):
    X, y = table(rows=30)
    build = lambda: deep_network(dropout=0.5)  # noqa: E731
    program = program_of(build, "adam", jit_compile=jit_compile)
    whole_totals = run(program, X, y, epochs=2)
    whole = program.state()
    cut_totals = run(program, X, y, epochs=2, segments=3)
    for a, b in zip(
        [*whole.weights, *whole.slots[0]], [*program.weights(), *program.state().slots[0]]
    ):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(whole_totals, cut_totals)


def test_reused_program_has_the_bits_of_a_fresh_one():
    X, y = table(rows=30)
    build = lambda: deep_network(dropout=0.5)  # noqa: E731
    used = program_of(build, "ftrl")
    run(used, X, y, epochs=2, seed=7)
    run(used, X, y, epochs=3, seed=0)
    with keras_seed(123):
        fresh = program_of(build, "ftrl")
    run(fresh, X, y, epochs=3, seed=0)
    for a, b in zip(used.weights(), fresh.weights()):
        np.testing.assert_array_equal(a, b)


def test_filling_the_last_batch_leaves_totals_alone():
    X, y = table(rows=5)
    program = program_of(linear_network, batch_size=4)
    totals = run(program, X, y, epochs=1)
    assert totals[-1] == 5


def test_learning_rate_needs_no_new_program():
    X, y = table()
    program = program_of(linear_network, "adam")
    state = program.with_learning_rates(program.initial_state(0), [0.5])
    program.load(state)
    assert float(program.optimizers[0].learning_rate.numpy()) == 0.5


@pytest.mark.parametrize("length", [1, 8, 9, 31, 404, 7043, 60_000])
def test_coarse_size_is_close(length):
    assert length <= coarse(length) <= max(16, length * 9 / 8)
    assert length <= coarse(length, 4) <= max(16, length * 5 / 4)


@pytest.mark.parametrize(("length", "size"), [(1, 8), (8, 8), (9, 16), (4097, 8192), (7000, 8192)])
def test_roomy_size_is_a_power_of_two_as_long_as_it_costs_little(length, size):
    assert roomy(length, 4) == size
    assert roomy(length, 1 << 30) == coarse(length)


def test_fits_in_threads_share_one_program(monkeypatch):
    traced, bits = [], []
    trace = function.trace
    monkeypatch.setattr(function, "trace", lambda *args: traced.append(1) or trace(*args))
    X = np.arange(900, dtype="float32").reshape(300, 3) % 7

    def fit(seed):
        model = DNNRegressor(
            hidden_units=(7, 3), epochs=3, random_state=seed, early_stopping=False,
            jit_compile=False,
        )  # fmt: skip
        return model.fit(X, X[:, 0]).predict(X)

    for backend in ("threading", "sequential"):
        with parallel_config(backend=backend):
            bits.append(Parallel(n_jobs=3)(delayed(fit)(seed) for seed in range(6)))
        # One trains, one predicts.
        assert len(traced) == 2
    np.testing.assert_array_equal(*bits)


@pytest.mark.parametrize("early_stopping", [False, 2])
def test_a_learning_curve_has_one_program(monkeypatch, early_stopping):
    traced = []
    trace = function.trace
    monkeypatch.setattr(function, "trace", lambda *args: traced.append(1) or trace(*args))
    counts = []
    for rows in (4000, 3999, 3700, 3300, 2900):
        model = DNNRegressor(
            hidden_units=3, epochs=2, batch_size=64, early_stopping=early_stopping,
            validation_fraction=0.1 if early_stopping else None, jit_compile=False,
        )  # fmt: skip
        X = np.arange(3 * rows, dtype="float32").reshape(rows, 3) % 7
        model.fit(X, X[:, 0])
        counts.append(len(traced))
    assert counts[0] >= 1
    assert counts[1:] == counts[:-1]


@pytest.mark.parametrize("length", [1, 32, 33, 256, 257, 5000])
def test_chunks_keep_every_row(length):
    X = np.arange(length, dtype="float32")[:, None]
    pieces = list(chunks({"numeric": X}))
    assert len({len(piece["numeric"]) for _, piece in pieces}) == 1
    back = np.concatenate([piece["numeric"][:count] for count, piece in pieces])
    np.testing.assert_array_equal(back, X)


def lstm_network():
    inputs = {"numeric": keras.Input((6, 2), name="numeric")}
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.LSTM(3)(inputs["numeric"])))


@pytest.mark.parametrize("build", [linear_network, deep_network, lstm_network])
def test_initial_weights_depend_on_the_seed_alone(build):
    draws = [InitialWeights(build(), build)(seed) for seed in (1, 1, 2)]
    for a, b in zip(*draws[:2]):
        np.testing.assert_array_equal(a, b)
    if build is not linear_network:
        assert any(not np.array_equal(a, b) for a, b in zip(draws[0], draws[2]))


def test_initial_weights_follow_the_initializers():
    build = lambda: keras.Sequential([keras.Input((400,)), keras.layers.Dense(400)])  # noqa: E731
    kernel, bias = InitialWeights(build(), build)(3)
    limit = np.sqrt(6 / 800)  # Glorot uniform
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    assert not bias.any()


def test_kept_weights_are_the_networks_own_and_streams_are_new():
    network = deep_network(dropout=0.5)
    kept = KeptWeights(network)(5)
    streams = [v for v in network.variables if "seed" in v.path]
    for variable, value in zip(network.variables, kept):
        same = np.array_equal(variable.numpy(), value)
        assert same is not any(variable is stream for stream in streams)


@pytest.mark.parametrize(
    ("layer", "shape", "compiles"),
    [
        (lambda: keras.layers.Dense(2), (4,), True),
        (lambda: keras.layers.Conv2D(2, 3), (8, 8, 1), False),
        (lambda: keras.layers.LSTM(2), (5, 3), False),
    ],
)
def test_xla_is_chosen_by_layers(layer, shape, compiles):
    network = keras.Sequential([keras.Input(shape), layer()])
    assert should_compile(network, "auto", 1000) is compiles
    assert should_compile(network, True) is True
    assert should_compile(network, "auto", 10) is False
