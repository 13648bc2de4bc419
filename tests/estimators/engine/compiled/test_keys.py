"""Keys are equal for equal settings, and for no others."""

import functools
import re

import keras
import numpy as np
import pytest

from estimators.engine.compiled.keras_keys import beyond_config
from estimators.engine.compiled.keys import key_of


class Times(keras.losses.Loss):
    """Says nothing of its factor."""

    def __init__(self, factor=1, **others):
        super().__init__(**others)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


class Penalty(keras.regularizers.Regularizer):
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, weights):
        return self.factor * keras.ops.sum(weights**2)


class Plain:
    def __init__(self, value):
        self.value = value
        self.itself = self

    def method(self):
        return self.value


def of(kind, value):
    return {
        "a loss": lambda: Times(value),
        "a regularizer": lambda: Penalty(value),
        "a loss of Keras": lambda: keras.losses.Huber(delta=float(value)),
        "an object": lambda: Plain(value),
        "a method": lambda: Plain(value).method,
        "a partial": lambda: functools.partial(of, value),
        "a set": lambda: {value, "a"},
        "a pattern": lambda: re.compile("a" * value),
        "an array": lambda: np.full(3, value),
        "an array of objects": lambda: np.array([value, "a"], object),
        "a variable": lambda: keras.Variable(float(value)),
        "within containers": lambda: {"a": [Times(value), (None, Plain(value))]},
    }[kind]()


KINDS = (
    *("a loss", "a regularizer", "a loss of Keras", "an object", "a method", "a partial", "a set"),
    *("a pattern", "an array", "an array of objects", "a variable", "within containers"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_for_equal_settings_alone(kind):
    assert hash(key_of(of(kind, 2))) == hash(key_of(of(kind, 2)))
    assert key_of(of(kind, 2)) == key_of(of(kind, 2)) != key_of(of(kind, 3))


def test_what_a_configuration_leaves_out():
    assert beyond_config(Times()) == {}
    assert beyond_config(Times(2)) == {"factor": 2}
    assert beyond_config(keras.losses.Huber(2.0)) == {"_fn_kwargs": {"delta": 2.0}}
    assert beyond_config(keras.regularizers.L2(0.5)) == {}
