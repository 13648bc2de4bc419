"""What every scaler does: any dtype, rows without weight, gaps, equality, refusals."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn import preprocessing
from sklearn.base import clone

from feature_specs import scalers
from feature_specs.scalers import Function, MinMax, Quantile, Standard, Wrapped


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "float32", "bool"])
def test_blocks_of_any_dtype(scaler, dtype, assert_same_bits):
    block = np.random.default_rng(9).integers(0, 256, (40, 3)).astype(dtype)
    expected = clone(scaler).fit(block.astype(np.float64)).transform(block.astype(np.float64))
    assert_same_bits(clone(scaler).fit(block).transform(block), expected)


def test_rows_without_weight_do_not_count(scaler):
    block = np.arange(12.0).reshape(6, 2)
    weight = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    some = clone(scaler).fit(block, weight).transform(block)
    np.testing.assert_allclose(some, clone(scaler).fit(block[:4]).transform(block), rtol=1e-12)


def test_columns_without_values_give_no_warning(scaler_or_function):
    block = np.full((5, 2), np.nan)
    block[:, 1] = [1.0, 2.0, 3.0, np.inf, np.nan]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scaler = clone(scaler_or_function).fit(block)
        scaled = scaler.transform(block)
    assert np.isnan(scaled[:, 0]).all()
    assert np.isfinite(scaled[:3, 1]).all()
    if scaler.affine:
        assert (scaler.center_[0], scaler.inv_scale_[0]) == (0.0, 1.0)


def test_scalers_are_values(scaler, assert_same_bits):
    block = np.random.default_rng(6).normal(size=(9, 2))
    before = block.copy()
    fitted = clone(scaler).fit(block)
    restored = pickle.loads(pickle.dumps(fitted))
    assert_same_bits(fitted.transform(block), restored.transform(block))
    np.testing.assert_array_equal(block, before)
    assert not np.shares_memory(fitted.transform(block), block)
    assert fitted == scaler
    assert hash(fitted) == hash(scaler)
    assert eval(repr(scaler), vars(scalers)) == scaler
    assert fitted.transform(block[:0]).shape == (0, 2)


def test_equality_looks_at_parameters():
    assert Standard() != Standard(ddof=1)
    assert Standard() != MinMax()
    assert Function(np.abs) == Function(np.abs)
    assert Wrapped(preprocessing.Normalizer()) == Wrapped(preprocessing.Normalizer())


def test_what_is_refused():
    block = np.ones((3, 2))
    with pytest.raises(ValueError, match="not fitted"):
        Standard().transform(block)
    with pytest.raises(ValueError, match="not fitted"):
        Standard().to_keras()
    with pytest.raises(ValueError, match="fitted on 2 columns"):
        Standard().fit(block).transform(block[:, :1])
    with pytest.raises(ValueError, match="not 1-D"):
        Standard().fit(block[0])
    with pytest.raises(ValueError, match="2 sample weights were given for 3 rows"):
        Standard().fit(block, [1.0, 2.0])
    with pytest.raises(ValueError, match="output must be"):
        Quantile(output="gaussian").fit(block)
    with pytest.raises(ValueError, match="at least 1"):
        Quantile(n_quantiles=0).fit(block)


def test_a_transformer_in_place_leaves_the_table_alone():
    block = np.arange(6.0).reshape(3, 2)
    in_place = Wrapped(preprocessing.StandardScaler(copy=False)).fit(block.copy())
    in_place.transform(block)
    np.testing.assert_array_equal(block, np.arange(6.0).reshape(3, 2))
