"""Networks tuned for tables: what they are made of, where they begin, how they are clipped."""

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from scipy.special import logit

from estimators import TabularNetworkClassifier, TabularNetworkRegressor, load_model
from estimators.layers import ClippedOutputs, NTKDense, ParametricActivation, Scale
from feature_specs import FeatureSpec

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({"a": RNG.normal(size=120), "b": RNG.lognormal(sigma=3.0, size=120)})
Y = np.cos(3 * TABLE["a"]).to_numpy() + RNG.normal(size=120) / 10
SHORT = {"hidden_units": (8, 8), "epochs": 3, "random_state": 0, "jit_compile": False}


def test_what_it_is_made_of():
    model = TabularNetworkRegressor(**SHORT).fit(TABLE, Y)
    kinds = [type(layer) for layer in model.network_.layers]
    assert kinds.count(Scale) == 1
    assert kinds.count(NTKDense) == kinds.count(ParametricActivation) == 2
    assert ClippedOutputs in kinds
    encoded = model.feature_spec_.encode(TABLE)["numeric"]
    # Heavy tails end where ranks do.
    assert np.abs(encoded).max() <= 3.5
    optimizer = model._optimizers()[""]
    assert (optimizer.weight_decay, optimizer.beta_2) == (0.02, 0.95)


@pytest.mark.parametrize(
    ("target", "start"),
    [
        (np.arange(120) < 30, [logit(30.5 / 121)]),
        (np.arange(120) // 50, np.log(np.array([50.5, 50.5, 20.5]) / 121.5)),
        (np.stack([np.arange(120) < 30, np.arange(120) < 60], 1).astype(int),
         logit([30.5 / 121, 60.5 / 121])),
    ],
)  # fmt: skip
def test_it_begins_with_what_the_target_tells(target, start):
    model = TabularNetworkClassifier(**SHORT | {"epochs": 0}).fit(TABLE, target)
    outputs = np.asarray(model._outputs(TABLE))
    assert_allclose(outputs, np.broadcast_to(start, outputs.shape), rtol=1e-5)


def test_predictions_stay_within_the_target():
    model = TabularNetworkRegressor(**SHORT | {"learning_rate": 3.0, "epochs": 2}).fit(TABLE, Y)
    predicted = model.predict(TABLE)
    assert Y.min() - 1e-6 <= predicted.min()
    assert predicted.max() <= Y.max() + 1e-6
    # A rate like that would go far beyond.
    assert np.isclose([predicted.min(), predicted.max()], [Y.min(), Y.max()]).any()


@pytest.mark.parametrize("how", ["warm_start", "partial_fit"])
def test_a_fit_that_goes_on_widens_the_range(how):
    model = TabularNetworkRegressor(
        **SHORT, warm_start=how == "warm_start", standardize_target=False
    )
    fit = model.fit if how == "warm_start" else model.partial_fit
    for target in (Y, 5 * Y):
        fit(TABLE, target)
    (clipped,) = (la for la in model.network_.layers if isinstance(la, ClippedOutputs))
    assert_allclose(clipped.minimum.numpy(), 5 * Y.min(), rtol=1e-5)
    assert_allclose(clipped.maximum.numpy(), 5 * Y.max(), rtol=1e-5)


def test_weights_of_another_model_do_not_bring_its_range_alone():
    other = TabularNetworkRegressor(**SHORT, standardize_target=False).fit(TABLE, Y)
    model = TabularNetworkRegressor(**SHORT, standardize_target=False, warm_start_from=other)
    model.fit(TABLE, 5 * Y)
    (clipped,) = (la for la in model.network_.layers if isinstance(la, ClippedOutputs))
    assert_allclose(clipped.maximum.numpy(), 5 * Y.max(), rtol=1e-5)


def test_sparse_rows_and_many_columns():
    matrix = csr_array(RNG.poisson(0.3, size=(120, 150)).astype(float))
    for X in (matrix, matrix.toarray()):
        model = TabularNetworkRegressor(**SHORT).fit(X, Y)
        assert model.predict(X).shape == (120,)


def test_what_can_be_set(tmp_path):
    model = TabularNetworkClassifier(
        FeatureSpec(normalizer="robust"), numeric_embedding=None, activation="silu", dropout=0.0,
        optimizer=keras.optimizers.SGD(0.1), members=2, **SHORT
    ).fit(TABLE, Y > 0)  # fmt: skip
    model.save(tmp_path / "a.model")
    again = load_model(tmp_path / "a.model")
    assert_array_equal(again.predict_proba(TABLE), model.predict_proba(TABLE))
    with pytest.raises(ValueError, match="hidden_units is empty"):
        TabularNetworkRegressor(hidden_units=()).fit(TABLE, Y)
