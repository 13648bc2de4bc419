"""Keras's objects come back from a file where they compute, and touch nothing else."""

import keras
import numpy as np
import pytest

from estimators import KerasClassifier, load_model
from estimators.persistence.archive import ModelFileError
from estimators.persistence.serialization.sketches import without_values

layers = keras.layers


def adapted():
    layer = layers.Normalization()
    layer.adapt(np.arange(12.0).reshape(4, 3))
    return layer


def functional():
    inputs = keras.Input((3,))
    rooted = keras.ops.sqrt(keras.ops.abs(inputs)) + 1
    return keras.Model(inputs, layers.Dense(2)(rooted))


def compiled():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.compile(keras.optimizers.Adam(0.1), "mse", metrics=["accuracy", keras.metrics.AUC()])
    return model


def of_parts(*parts, shape=(3,)):
    return lambda: keras.Sequential([keras.Input(shape), *(part() for part in parts)])


SEQUENCE = (5, 4)
MODELS = {
    "functional": functional,
    "compiled": compiled,
    "normalised": of_parts(adapted, lambda: layers.Dense(2)),
    "regularised": of_parts(
        lambda: layers.Dense(4, "relu", kernel_regularizer="l2", kernel_constraint="non_neg"),
        layers.BatchNormalization, lambda: layers.Dropout(0.1, seed=123_456_789),
        lambda: layers.Dense(2, activation=keras.activations.gelu, kernel_initializer="orthogonal"),
    ),
    "recurrent": of_parts(
        lambda: layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        lambda: layers.TimeDistributed(layers.Dense(2)), lambda: layers.GRU(2), shape=SEQUENCE,
    ),
    "convolved": of_parts(
        lambda: layers.Conv1D(3, 2), layers.LayerNormalization, layers.GlobalMaxPooling1D,
        shape=SEQUENCE,
    ),
    "embedded": of_parts(lambda: layers.Embedding(10, 3), layers.Flatten, shape=(4,)),
    "attentive": lambda: (lambda i: keras.Model(i, layers.Flatten()(
        layers.MultiHeadAttention(2, 3)(i, i))))(keras.Input(SEQUENCE)),
    "looked up": lambda: keras.Sequential([layers.StringLookup(vocabulary=["a", "b"])]),
    "mixed": of_parts(lambda: layers.Dense(2, dtype="mixed_float16")),
    "noisy": of_parts(lambda: layers.GaussianNoise(0.1), lambda: layers.SpectralNormalization(
        layers.Dense(2))),
    "not built": lambda: keras.Sequential([layers.Dense(4), layers.Dense(2)]),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_models_of_layers_that_compute_come_back(name, tmp_path):
    model = MODELS[name]()
    KerasClassifier(model).save(tmp_path / "model")
    again = load_model(tmp_path / "model").network
    assert len(again.weights) == len(model.weights)
    for mine, reference in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, reference)


def test_what_acts_comes_back_where_it_is_trusted(tmp_path):
    callback = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    KerasClassifier(functional(), callbacks=[callback]).save(tmp_path / "model")
    with pytest.raises(ModelFileError, match=r"trusted=\['keras.callbacks.BackupAndRestore'\]"):
        load_model(tmp_path / "model")
    for trusted in (["keras.callbacks.BackupAndRestore"], True):
        (again,) = load_model(tmp_path / "model", trusted=trusted).callbacks
        assert isinstance(again, keras.callbacks.BackupAndRestore)


def test_variables_without_values_leave_nothing_behind():
    with without_values():
        sketch = keras.Sequential([keras.Input((1 << 20,)), layers.Dense(1 << 20)])
    assert [tuple(weight.shape) for weight in sketch.weights] == [(1 << 20, 1 << 20), (1 << 20,)]
    # Keras fills in what waits for a value when a scope ends.
    with keras.StatelessScope():
        pass
    assert keras.layers.Dense(2)(np.ones((1, 3))).shape == (1, 2)
