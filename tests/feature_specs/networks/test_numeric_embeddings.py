"""What stands beside numbers: layers against NumPy, words for them, models that carry them."""

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from estimators import DNNRegressor, load_model
from feature_specs import FeatureSpec, Periodic, PiecewiseLinear
from feature_specs.networks.column_dense import ColumnDense
from feature_specs.networks.cosines import Cosines
from feature_specs.networks.numeric_embeddings import as_embeddings

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3)).astype("float32")
TABLE = pd.DataFrame(X, columns=[*"abc"]).assign(flag=X[:, 0] > 0, kind=RNG.choice([*"uv"], 80))
Y = np.cos(4 * X[:, 0]) + X[:, 1]
BOTH = [
    Periodic(frequencies=5, dimension=4, sigma=0.5, learning_rate_multiplier=0.3),
    PiecewiseLinear(intervals=7, dimension=2),
]


def test_cosines_are_those_of_numpy():
    layer = Cosines(5, 0.3)
    layer.build((None, 3))
    frequencies, phases = layer.get_weights()
    expected = np.cos(2 * np.pi * X[:, :, None] * frequencies + phases).reshape(80, -1)
    assert_allclose(np.asarray(layer(X)), expected, atol=1e-5)
    assert abs(frequencies.std() - 0.3) < 0.2
    assert np.abs(phases).max() <= np.pi


def test_each_column_is_combined_by_itself():
    layer = ColumnDense(3, 2, "random_normal", "random_normal")
    values = RNG.normal(size=(9, 12)).astype("float32")
    layer.build(values.shape)
    kernel, bias = layer.get_weights()
    expected = [values[:, 4 * i : 4 * i + 4] @ kernel[i] + bias[i] for i in range(3)]
    assert_allclose(np.asarray(layer(values)), np.hstack(expected), atol=1e-5)


@pytest.mark.parametrize("layer", [Cosines(5, 0.3, 0.5), ColumnDense(3, 2, "ones", "zeros", 0.5)])
def test_layers_are_rebuilt_with_their_rates(layer):
    again = type(layer).from_config(layer.get_config())
    again.build((None, 3))
    assert again.get_config() == layer.get_config()
    assert {v.learning_rate_multiplier for v in again.trainable_variables} == {0.5}


@pytest.mark.parametrize(
    ("given", "width"),
    [
        (None, 0),
        (7, 21),
        ("piecewise_linear", 48),
        ("periodic", 18),
        (Periodic(9), 27),
        (BOTH, 18),
        ([], 0),
    ],
)
def test_words_for_embeddings(given, width):
    """The flag of two values has none, and the columns stand as they are beside them all."""
    spec = FeatureSpec().fit(TABLE.drop(columns="kind").astype({"flag": float}))
    features = spec.dense_features(numeric_embedding=given)
    assert features.shape[-1] == 4 + width


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("sines", "numeric_embedding"),
        ([Periodic(), 3], "holds 3"),
        (0, "numeric_embedding"),
    ],
)
def test_what_is_no_embedding(given, told):
    with pytest.raises(ValueError, match=told):
        DNNRegressor(numeric_embedding=given).fit(TABLE, Y)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Periodic(0), "frequencies"),
        (lambda: PiecewiseLinear(None), "intervals"),
        (lambda: Periodic(sigma=-1), "sigma"),
        (lambda: PiecewiseLinear(2.5), "intervals"),
        (lambda: PiecewiseLinear(dimension=0), "dimension"),
        (lambda: PiecewiseLinear(learning_rate_multiplier=np.inf), "learning_rate_multiplier"),
    ],
)
def test_embeddings_check_their_numbers(make, told):
    with pytest.raises(ValueError, match=told):
        make()


def test_a_model_with_both_learns_its_frequencies_and_is_kept(tmp_path):
    model = DNNRegressor(
        hidden_units=8, epochs=3, numeric_embedding=BOTH, random_state=0, early_stopping=False
    ).fit(TABLE, Y)
    at_first = clone(model).set_params(epochs=0).fit(TABLE, Y)
    for name in ("frequencies", "phases", "kernel", "bias"):
        pairs = zip(model.network_.variables, at_first.network_.variables, strict=True)
        moved = [(after != before).numpy().any() for after, before in
                 ((a.value, b.value) for a, b in pairs if a.name == name)]  # fmt: skip
        assert moved
        assert all(moved)
    model.save(tmp_path / "a.model")
    again = load_model(tmp_path / "a.model")
    assert again.numeric_embedding == BOTH
    assert_array_equal(again.predict(TABLE), model.predict(TABLE))
    model.network_.save(tmp_path / "a.keras")
    inputs = {name: np.asarray(v) for name, v in model.feature_spec_.encode(TABLE).items()}
    same = keras.models.load_model(tmp_path / "a.keras")(inputs)
    assert_allclose(same, model.network_(inputs), rtol=1e-5)


def test_a_number_is_a_number_of_intervals():
    assert as_embeddings(3) == (PiecewiseLinear(3),)
