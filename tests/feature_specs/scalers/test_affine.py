"""Scalers that shift and stretch: what scikit-learn learns, and bits that can be read off."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import preprocessing
from sklearn.base import clone

from feature_specs.scalers import Identity, MaxAbs, MinMax, Robust, Standard

AFFINE = [Identity(), Standard(), Standard(ddof=1), MinMax(), Robust(), MaxAbs()]


def blocks(largest):
    numbers = st.floats(-largest, largest, allow_subnormal=False) | st.integers(-3, 90).map(float)
    return st.integers(2, 30).flatmap(lambda n: hnp.arrays(np.float64, (n, 4), elements=numbers))


def test_standard_reads_wide_and_long_blocks_in_pieces():
    rng = np.random.default_rng(10)
    for shape in [(3, 200_000), (300_000, 2), (1000, 300)]:
        block = rng.normal(1e3, 1.0, shape).astype(np.float32)
        scaler = Standard().fit(block)
        exact = block.astype(np.float64)
        np.testing.assert_allclose(scaler.center_, exact.mean(axis=0), rtol=1e-13)
        np.testing.assert_allclose(1 / scaler.inv_scale_, exact.std(axis=0), rtol=1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Standard(), preprocessing.StandardScaler()),
        (MinMax(), preprocessing.MinMaxScaler()),
        (Robust(), preprocessing.RobustScaler()),
        (MaxAbs(), preprocessing.MaxAbsScaler()),
    ],
    ids=lambda scaler: type(scaler).__name__,
)
@settings(max_examples=60, deadline=None)
@given(block=blocks(1e6).map(lambda block: block.round(3)))
def test_affine_scalers_agree_with_scikit_learn(ours, theirs, block):
    ours, theirs = clone(ours).fit(block), clone(theirs).fit(block)
    expected = theirs.transform(block)
    # The last bit of a mean may differ, and a small spread around a large mean magnifies it.
    slack = 1e-14 * np.abs(block).max() * ours.inv_scale_.max()
    np.testing.assert_allclose(ours.transform(block), expected, rtol=1e-9, atol=1e-9 + slack)


@settings(max_examples=30, deadline=None)
@given(block=blocks(100), data=st.data())
def test_standard_weighs_rows_as_scikit_learn_does(block, data):
    weight = data.draw(hnp.arrays(np.float64, len(block), elements=st.integers(1, 5).map(float)))
    block = block.round(2)
    ours = Standard().fit(block, weight)
    theirs = preprocessing.StandardScaler().fit(block, sample_weight=weight)
    repeated = Standard().fit(np.repeat(block, weight.astype(int), axis=0))
    np.testing.assert_allclose(ours.center_, theirs.mean_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.inv_scale_, 1 / theirs.scale_, rtol=1e-8)
    np.testing.assert_allclose(ours.inv_scale_, repeated.inv_scale_, rtol=1e-8)


@pytest.mark.parametrize("scaler", AFFINE, ids=repr)
def test_affine_scalers_compute_what_they_expose(scaler, assert_same_bits):
    rng = np.random.default_rng(1)
    block = rng.normal(5.0, 3.0, (50, 3))
    block[::7, 1] = np.nan
    scaler = clone(scaler).fit(block)
    assert scaler.center_.dtype == scaler.inv_scale_.dtype == np.float64
    assert scaler.center_.shape == scaler.inv_scale_.shape == (3,)
    assert_same_bits(scaler.transform(block), (block - scaler.center_) * scaler.inv_scale_)
    known = block[~np.isnan(block[:, 1])][:, 1:2]
    assert clone(scaler).fit(known).center_[0] == scaler.center_[1]
    assert clone(scaler).fit(known).inv_scale_[0] == scaler.inv_scale_[1]


@pytest.mark.parametrize("scaler", [Standard(), Standard(ddof=1), MinMax(), Robust()], ids=repr)
@pytest.mark.parametrize("noise", [0.0, 1e-16, 2e-16])
def test_constant_columns_are_not_stretched(scaler, noise):
    rng = np.random.default_rng(2)
    block = 123.4 * (1.0 + noise * rng.choice([-1.0, 0.0, 1.0], (100, 1)))
    scaler = clone(scaler).fit(block)
    assert scaler.inv_scale_.tolist() == [1.0]
    np.testing.assert_allclose(scaler.transform(block), 0.0, atol=1e-12)
