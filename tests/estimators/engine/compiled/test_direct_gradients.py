"""Gradients in operations that XLA lowers at once are those of TensorFlow."""

import threading

import numpy as np
import pytest
import tensorflow as tf

from estimators.engine.compiled.direct_gradients import direct_gradients

RNG = np.random.default_rng(0)
SHAPES = {"rows": (5, 3), "images": (2, 4, 4, 3), "a sequence": (2, 4, 3)}
GIVEN = ("ReluGrad", "BiasAddGrad")


def traced(shape, data_format=None, direct=True):
    """Return gradients of a biased ReLU, compiled, and the operations of the graph."""

    @tf.function(jit_compile=True, autograph=False)
    def gradients(X, bias):
        with tf.GradientTape() as tape:
            tape.watch([X, bias])
            total = tf.reduce_sum(tf.nn.relu(tf.nn.bias_add(X, bias, data_format)) ** 2)
        return tape.gradient(total, [X, bias])

    X = RNG.normal(size=shape).astype("float32")
    X[0] = 0  # where ReLU has a corner
    arguments = tf.constant(X), tf.zeros(shape[1 if data_format == "NCHW" else -1])
    if direct:
        with direct_gradients():
            graph = gradients.get_concrete_function(*arguments)
    else:
        graph = gradients.get_concrete_function(*arguments)
    return graph, arguments, {node.op for node in graph.graph.as_graph_def().node}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_they_are_those_of_tensorflow(shape):
    ours, arguments, operations = traced(shape)
    theirs, _, given = traced(shape, direct=False)
    assert operations.isdisjoint(GIVEN)
    assert given.issuperset(GIVEN)
    for mine, wanted in zip(ours(*arguments), theirs(*arguments), strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-6)


def test_a_bias_of_channels_in_front_is_left_alone():
    _, _, operations = traced((2, 3, 4, 4), "NCHW")
    assert "BiasAddGrad" in operations


def test_other_threads_and_later_graphs_are_left_alone():
    elsewhere = []
    with direct_gradients():
        thread = threading.Thread(target=lambda: elsewhere.append(traced((2, 3), direct=False)[2]))
        thread.start()
        thread.join()
    for operations in (elsewhere[0], traced((2, 3), direct=False)[2]):
        assert operations.issuperset(GIVEN)
