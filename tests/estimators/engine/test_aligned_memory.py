import numpy as np
import pytest
import tensorflow as tf

from estimators import DNNRegressor
from estimators.engine.aligned_memory import aligned, tensor_of
from estimators.engine.architecture import forget_predictors

X, y = np.random.default_rng(0).normal(size=(2, 60, 3)), np.arange(60.0)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8", "bool", "object"])
@pytest.mark.parametrize("offset", [0, 1])
def test_any_array_becomes_the_same_tensor(dtype, offset):
    array = aligned((9, 2), np.dtype("float64"))
    array[:] = np.arange(18).reshape(9, 2)
    array = array[offset:]
    array = array.astype("str").astype(object) if dtype == "object" else array.astype(dtype)
    read_only = array.copy()
    read_only.flags.writeable = False
    for given in (array, array[:, ::-1], read_only, array[:0]):
        tensor = tensor_of(given)
        np.testing.assert_array_equal(
            tensor.numpy().astype(given.dtype).astype(str), given.astype(str)
        )
        assert tensor.shape == given.shape


def test_calls_that_were_readied_give_what_new_ones_give():
    model = DNNRegressor(hidden_units=[4], epochs=2, random_state=0).fit(X[0], y)
    first = model.predict(X[1])
    np.testing.assert_array_equal(model.predict(X[1]), first)
    with tf.GradientTape() as tape:
        np.testing.assert_array_equal(model.predict(X[1]), first)
    assert not tape.watched_variables()
    forget_predictors()
    np.testing.assert_array_equal(model.predict(X[1]), first)
    other = DNNRegressor(hidden_units=[4], epochs=2, random_state=1).fit(X[0], y)
    assert (other.predict(X[1]) != first).all()
    np.testing.assert_array_equal(model.predict(X[1]), first)
    model.partial_fit(X[0], y)
    assert (model.predict(X[1]) != first).any()
