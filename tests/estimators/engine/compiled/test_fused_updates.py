"""One operation a variable trains as Keras's optimizers do."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from estimators.engine.compiled.fused_updates import fused_updates

GRADIENTS = np.random.default_rng(0).normal(size=(6, 3, 4)).astype("float32")
SETTINGS = {
    "plain": {},
    "other betas": {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3},
    "decay and clipping": {"weight_decay": 0.1, "clipnorm": 0.5},
    "accumulated": {"gradient_accumulation_steps": 2},
    "averaged": {"use_ema": True, "ema_momentum": 0.9},
    "scaled": {"loss_scale_factor": 8.0},
    "a schedule": {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)},
}
KINDS = (keras.optimizers.Adam, keras.optimizers.AdamW)


class Counted(keras.optimizers.Adam):
    """One of somebody's own, which counts its steps."""

    taken = 0

    def update_step(self, gradient, variable, learning_rate):
        self.taken += 1
        super().update_step(gradient, variable, learning_rate)


def trained(optimizer, dtype, *, jit_compile, fused):
    """Return the variables of a network and of its optimizer, and the operations of a step."""
    weights = keras.Variable(np.ones((3, 4)), dtype=dtype)
    optimizer.build([weights])

    @tf.function(jit_compile=jit_compile)
    def step(gradient):
        if fused:
            with fused_updates(optimizer):
                optimizer.apply([gradient], [weights])
        else:
            optimizer.apply([gradient], [weights])

    for gradient in GRADIENTS:
        step(tf.constant(gradient, dtype))
    optimizer.finalize_variable_values([weights])
    operations = [
        node.op for node in step.get_concrete_function(gradient).graph.as_graph_def().node
    ]
    numbers = [np.asarray(v.numpy(), "float64") for v in [weights, *optimizer.variables]]
    return numbers, operations


@pytest.mark.parametrize("jit_compile", [False, True], ids=["without XLA", "XLA"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_step_is_that_of_keras(kind, settings, jit_compile):
    ours, operations = trained(kind(**settings), "float32", jit_compile=jit_compile, fused=True)
    wanted, _ = trained(kind(**settings), "float32", jit_compile=jit_compile, fused=False)
    for mine, theirs in zip(ours, wanted, strict=True):
        # Keras subtracts 0.999 from 1 in float64, TensorFlow in float32.
        np.testing.assert_allclose(mine, theirs, rtol=3e-5, atol=1e-7)
    if "gradient_accumulation_steps" not in settings:
        assert operations.count("ResourceApplyAdam") == 1
        assert "Sqrt" not in operations or "clipnorm" in settings


@pytest.mark.parametrize(("dtype", "tolerance"), [("float16", 0), ("float64", 1e-6)])
def test_variables_of_other_precision(dtype, tolerance):
    ours, _ = trained(keras.optimizers.Adam(), dtype, jit_compile=True, fused=True)
    wanted, _ = trained(keras.optimizers.Adam(), dtype, jit_compile=True, fused=False)
    for mine, theirs in zip(ours, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=1e-7)


def test_other_steps_are_their_own():
    counted, amsgrad = Counted(), keras.optimizers.Adam(amsgrad=True)
    for optimizer in (counted, amsgrad, keras.optimizers.SGD()):
        _, operations = trained(optimizer, "float32", jit_compile=False, fused=True)
        assert "ResourceApplyAdam" not in operations
    assert counted.taken == 1


def test_the_optimizer_is_left_as_it_was():
    optimizer = keras.optimizers.Adam()
    trained(optimizer, "float32", jit_compile=False, fused=True)
    assert "update_step" not in vars(optimizer)


def test_those_within_others():
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
    _, operations = trained(scaled, "float32", jit_compile=False, fused=False)
    assert "ResourceApplyAdam" not in operations
    with fused_updates(scaled):
        assert "update_step" in vars(scaled.inner_optimizer)
    assert "update_step" not in vars(scaled.inner_optimizer)
