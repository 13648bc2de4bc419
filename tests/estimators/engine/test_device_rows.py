"""A row's prediction does not depend on the rows beside it."""

import keras
import numpy as np
import pandas as pd
import pytest

from estimators import (
    DNNLinearCombinedRegressor,
    DNNRegressor,
    ImageRegressor,
    KerasRegressor,
    LinearRegressor,
    TextRegressor,
)

ROWS = 600
RNG = np.random.default_rng(0)
Y = RNG.normal(size=ROWS)
TABLE = pd.DataFrame({"age": RNG.normal(size=ROWS), "city": RNG.choice(list("abcdef"), ROWS)})
WORDS = np.array([f"w{i}" for i in range(60)])
TEXTS = pd.Series([" ".join(RNG.choice(WORDS, 1 + i % 40)) for i in range(ROWS)])
WIDE = pd.DataFrame(RNG.normal(size=(ROWS, 200)))
IMAGES = RNG.integers(0, 256, (ROWS, 8, 8), dtype=np.uint8)


def recurrent(inputs, units):
    steps = keras.layers.Reshape((50, 4))(inputs)
    return keras.layers.Dense(units)(keras.layers.GRU(4)(steps))


ONCE = {"epochs": 1, "random_state": 0}
NETWORKS = {
    "two wide layers": (DNNRegressor(hidden_units=(256, 128), **ONCE), WIDE),
    "without XLA": (DNNRegressor(hidden_units=(256, 128), jit_compile=False, **ONCE), WIDE),
    "linear": (LinearRegressor(**ONCE), WIDE),
    "wide and deep": (DNNLinearCombinedRegressor(dnn_batch_norm=True, **ONCE), TABLE),
    "members": (DNNRegressor(members=3, **ONCE), TABLE),
    "texts": (TextRegressor(**ONCE), TEXTS),
    "bags of words": (TextRegressor("tf_idf", **ONCE), TEXTS),
    "images": (ImageRegressor(filters=(4,), **ONCE), IMAGES),
    "recurrent": (KerasRegressor(recurrent, **ONCE), WIDE),
}


def taken(X, rows):
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


@pytest.mark.parametrize("case", NETWORKS)
def test_the_same_bits_in_any_company(case):
    model, X = NETWORKS[case]
    model.fit(X, Y)
    few = model.predict(taken(X, np.arange(256)))
    for rows in (np.arange(1), np.arange(255, -1, -1), RNG.choice(256, 33), np.full(7, 200)):
        np.testing.assert_array_equal(model.predict(taken(X, rows)), few[rows])
    many = model.predict(X)
    for rows in (RNG.permutation(ROWS), RNG.choice(ROWS, 257), np.full(1500, 3)):
        np.testing.assert_array_equal(model.predict(taken(X, rows)), many[rows])
    np.testing.assert_allclose(few, many[:256], rtol=1e-4, atol=1e-6)
