"""A process that was forked from one with a running TensorFlow is told so, and does not hang."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest

from estimators import DNNRegressor, LinearRegressor, TextRegressor

ROOT = Path(__file__).parents[3]
X = np.random.default_rng(0).normal(size=(64, 3))
MODEL = DNNRegressor(hidden_units=2, epochs=1, random_state=0, jit_compile=False)
SENTENCE = "forked.*'spawn' or 'forkserver'.*'loky'"
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture(scope="module")
def fitted():
    return MODEL.fit(X, X[:, 0])


IN_CHILD = {
    "fit": lambda fitted: fitted.fit(X, X[:, 0]),
    "predict": lambda fitted: fitted.predict(X),
    "evaluate": lambda fitted: fitted.evaluate(X, X[:, 0]),
    "partial_fit": lambda fitted: fitted.partial_fit(X, X[:, 0]),
    "fit another": lambda fitted: LinearRegressor().fit(X, X[:, 0]),
    "fit texts": lambda fitted: TextRegressor(epochs=1).fit(["a", "b"] * 9, X[:18, 0]),
    "network_": lambda fitted: fitted.network_,
}


def answer(connection, what, fitted):
    try:
        what(fitted)
        connection.send("no error")
    except Exception as error:
        connection.send(error)


@pytest.mark.parametrize("case", IN_CHILD)
def test_a_forked_child_is_told(case, fitted):
    before = fitted.predict(X)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=answer, args=(theirs, IN_CHILD[case], fitted))
    child.start()
    try:
        assert ours.poll(60), "it hangs"
        with pytest.raises(RuntimeError, match=SENTENCE):
            raise ours.recv()
    finally:
        child.kill()
        child.join()
    np.testing.assert_array_equal(fitted.predict(X), before)


def test_joblib_that_forks_is_told(fitted):
    parallel = joblib.Parallel(n_jobs=2, backend="multiprocessing")
    with pytest.raises(RuntimeError, match=SENTENCE):
        parallel(joblib.delayed(fitted.predict)(X) for _ in range(2))


PROGRAM = """
import multiprocessing
import numpy as np
import keras
from estimators import DNNRegressor
X = np.random.default_rng(0).normal(size=(64, 3))
model = DNNRegressor(hidden_units=2, epochs=1, random_state=0)
def answer(connection):
    try:
        connection.send(model.fit(X, X[:, 0]).predict(X))
    except RuntimeError as error:
        connection.send(str(error))
def ask():
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=answer, args=(theirs,), daemon=True)
    child.start()
    assert ours.poll(60), "it hangs"
    return ours.recv()
in_child = ask()
keras.optimizers.SGD(0.1)
assert "forked" in ask(), "an optimizer starts TensorFlow"
np.testing.assert_array_equal(in_child, model.fit(X, X[:, 0]).predict(X))
"""


def test_a_parent_that_only_imported_may_fork():
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], cwd=ROOT, check=True, timeout=200
    )
