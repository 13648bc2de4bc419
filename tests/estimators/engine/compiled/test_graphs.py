"""What was compiled goes with its owner: nothing of TensorFlow's keeps the graphs."""

import gc
import weakref

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context

from estimators import DNNRegressor
from estimators.engine import architecture, training
from estimators.engine.compiled.function import Compiled
from estimators.engine.training import forget_programs


def graphs_of(compiled):
    """Return weak references to all graphs, the inner ones of loops among them."""
    found = [concrete.graph for concrete in compiled._graphs.values()]
    for graph in found:
        found.extend(function.graph for function in graph._functions.values())
    return [weakref.ref(graph) for graph in found]


def fit(width):
    X = np.random.default_rng(0).normal(size=(200, 3)).astype("float32")
    model = DNNRegressor(hidden_units=(width,), epochs=2, random_state=0, jit_compile=False)
    return model.fit(X, X[:, 0]), X


def runtime_functions():
    """Return the graphs that the runtime knows, but for those of operations run eagerly."""
    names = map(str, context.context().list_function_names())
    return {name for name in names if "__wrapped__" not in name}


def test_forgotten_programs_keep_no_network_and_no_graph():
    forget_programs()
    model, X = fit(5)
    expected = model.predict(X)
    (_, trainer), *_ = training._trainers._idle.values()
    (predictor,) = architecture._predictors._items.values()
    kept = [weakref.ref(trainer.network), *graphs_of(trainer._train)]
    kept += graphs_of(predictor._outputs)
    assert len(kept) >= 5
    del trainer, predictor
    forget_programs()
    assert [reference() for reference in kept if reference() is not None] == []
    np.testing.assert_array_equal(model.predict(X), expected)


def test_evicted_programs_leave_the_runtime_without_a_collection():
    forget_programs()
    fit(6)
    forget_programs()
    before = runtime_functions()
    gc.disable()
    try:
        fit(7)
        assert runtime_functions() > before
        training._trainers.clear()
        architecture._predictors.clear()
        assert runtime_functions() == before
    finally:
        gc.enable()


def test_custom_gradients_of_a_network_go_too():
    variable = keras.Variable(2.0)

    class Owner:
        def __init__(self):
            self.call = Compiled(self.slope, jit_compile=False)

        def slope(self, x):
            with tf.GradientTape() as tape:
                y = keras.activations.silu(x * variable)
            return tape.gradient(y, [variable.value])[0]

    owner = Owner()
    owner.call(tf.constant(1.0))
    (graph,) = graphs_of(owner.call)
    del owner
    gc.collect()
    gc.collect()
    assert graph() is None


def test_functions_that_others_call_live_on():
    """A layer may call a ``tf.function`` of its own, first traced here, that others call too."""

    @tf.function
    def halved(x):
        return tf.while_loop(lambda y: y > 1, lambda y: (y / 2,), (tf.nn.silu(x),))[0]

    x = tf.constant(9.0)
    compiled = Compiled(lambda x: halved(x) + 1, jit_compile=False)
    expected = compiled(x)
    del compiled
    gc.collect()
    assert halved(x) + 1 == expected
    other = Compiled(lambda x: halved(x) + 1, jit_compile=False)
    assert other(x) == expected
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = halved(x)
    assert np.isfinite(tape.gradient(y, x))


def test_errors_still_name_the_users_file():
    compiled = Compiled(lambda x: x + 1, jit_compile=False)
    compiled(tf.constant(1))
    (concrete,) = compiled._graphs.values()
    files = [f.filename for op in concrete.graph.get_operations() for f in op.traceback or ()]
    assert __file__ in files
    assert not any("/keras/" in file for file in files)
