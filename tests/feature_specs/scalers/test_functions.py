"""Scalers by a function, and transformers of scikit-learn as scalers."""

import keras
import numpy as np
import pytest
from sklearn import preprocessing
from sklearn.base import clone

from feature_specs.scalers import Log1p, as_scaler, exact_math


def halved_square(column):
    return keras.ops.square(column) / 2.0


def test_log1p_is_accurate_and_follows_numpy_at_the_edges(assert_same_bits):
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.uniform(-1, 3, 5000), np.exp(50 * rng.normal(size=5000)), [1e-300]])
    ours = Log1p().fit(x[:, None]).transform(x[:, None])[:, 0]
    np.testing.assert_allclose(ours, np.log1p(x), rtol=5e-16, atol=exact_math.SMALLEST)
    edges = np.array([[0.0], [-1.0], [-1.5], [np.inf], [-np.inf], [np.nan]])
    with np.errstate(all="ignore"):
        assert_same_bits(Log1p().fit(edges).transform(edges), np.log1p(edges))


def test_functions(assert_same_bits):
    block = np.random.default_rng(8).normal(size=(30, 2))
    scaler = as_scaler(halved_square).fit(block)
    assert_same_bits(scaler.transform(block), np.square(block) / 2.0)
    assert_same_bits(scaler.transform(block), scaler.to_keras()(block).numpy())
    only_host = as_scaler(lambda column: np.sort(column)).fit(block)
    np.testing.assert_array_equal(only_host.transform(block), np.sort(block, axis=0))
    with pytest.raises(TypeError, match="write it with keras.ops"):
        only_host.to_keras()
    with pytest.raises(ValueError, match="one number a row"):
        as_scaler(np.sum).fit(block).transform(block)


def test_wrapped_transformers_stay_on_the_host():
    block = np.random.default_rng(7).normal(size=(30, 2))
    transformer = preprocessing.QuantileTransformer(n_quantiles=5).set_output(transform="pandas")
    scaler = as_scaler(transformer).fit(block)
    assert not hasattr(transformer, "quantiles_")
    expected = clone(transformer).set_output(transform="default").fit_transform(block)
    np.testing.assert_array_equal(scaler.transform(block), expected)
    assert not scaler.affine
    with pytest.raises(TypeError, match="QuantileTransformer is a scikit-learn transformer"):
        scaler.to_keras()
    with pytest.raises(ValueError, match="must keep the number of columns"):
        as_scaler(preprocessing.PolynomialFeatures()).fit(block).transform(block)
