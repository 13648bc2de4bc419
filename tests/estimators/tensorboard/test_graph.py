"""The graph is drawn whatever the network is made of, or is left out with a warning."""

import re

import keras
import pytest
from logged_fits import SMALL, X, Y, assert_holds_history, drawn, events

from estimators import KerasRegressor


def test_layer_that_cannot_be_described_costs_the_graph_alone(tmp_path):
    class Odd(keras.layers.Layer):
        def __init__(self, anything):
            super().__init__()

        def call(self, inputs):
            return 2 * inputs

    def network(inputs, units):
        return keras.layers.Dense(units)(Odd(object())(inputs))

    model = KerasRegressor(network, **SMALL, log_dir=tmp_path)
    with pytest.warns(UserWarning, match="show no graph"):
        model.fit(X, Y)
    assert_holds_history(tmp_path / "fit-1", model.history_)
    assert "keras" not in events(tmp_path / "fit-1" / "train").Tags()["tensors"]


def test_models_inside_models_are_drawn(tmp_path):
    a, b = keras.Input((1,), name="a"), keras.Input((2,), name="b")
    both = keras.layers.Concatenate()([a, b])
    inner = keras.Model({"a": a, "b": b}, keras.layers.Dense(3, name="dense")(both), name="inner")
    body = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)], name="body")

    def network(inputs, units):
        sides = {"a": inputs[:, :1], "b": inputs[:, 1:]}
        return body(inner(sides))

    model = KerasRegressor(network, **SMALL, log_dir=tmp_path)
    model.fit(X, Y)
    graph = {
        name.split("/", 1)[1]: sources for name, sources in drawn(tmp_path / "fit-1/train").items()
    }
    assert {"inner/a", "inner/b", "inner/concatenate"} <= {re.sub(r"_\d+$", "", n) for n in graph}
    assert graph["inner/a"] != graph["inner/b"]
    assert all(graph[f"inner/{name}"] for name in "ab")
