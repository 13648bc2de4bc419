"""Every scaler in turn, and what it means that two arrays are the same."""

import keras
import numpy as np
import pytest

from feature_specs.scalers import (
    Function,
    Identity,
    Log1p,
    MaxAbs,
    MinMax,
    Quantile,
    Robust,
    Standard,
)

SCALERS = [
    Identity(),
    Standard(),
    Standard(ddof=1),
    MinMax(),
    Robust(),
    MaxAbs(),
    Log1p(),
    Quantile(n_quantiles=7),
    Quantile(n_quantiles="auto", limit=1.5),
    Quantile(n_quantiles=1000, output="uniform"),
]


@pytest.fixture(scope="session", params=SCALERS, ids=repr)
def scaler(request):
    """Not to be fitted: tests clone it."""
    return request.param


@keras.saving.register_keras_serializable(package="tests")
def halved_square(column):
    return keras.ops.square(column) / 2.0


def steady(scaler):
    """A test's name without a function's address: pytest-xdist compares names between workers."""
    return repr(scaler).split(" at 0x")[0]


@pytest.fixture(scope="session", params=[*SCALERS, Function(halved_square)], ids=steady)
def scaler_or_function(request):
    return request.param


@pytest.fixture(scope="session")
def assert_same_bits():
    def check(one, other):
        np.testing.assert_array_equal(bits(one), bits(other))
        with np.errstate(over="ignore"):
            narrow = one.astype(np.float32), other.astype(np.float32)
        np.testing.assert_array_equal(*narrow)

    return check


def bits(array):
    assert array.dtype == np.float64
    # A NaN's sign and payload carry no meaning; TensorFlow flushes subnormal numbers to zero.
    array = np.where(np.abs(array) < np.finfo(np.float64).tiny, np.copysign(0.0, array), array)
    return np.where(np.isnan(array), np.nan, array).view(np.int64)
