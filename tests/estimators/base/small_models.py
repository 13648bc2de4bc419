"""A small table of numbers with targets of every kind, and small models to fit on it."""

import keras
import numpy as np

from estimators import DNNRegressor
from feature_specs import FeatureSpec, all_numeric

ROWS = 100
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.3 * RNG.normal(size=ROWS)
LABELS = np.where(Y > 0, "yes", "no")
THREE = np.digitize(Y, [-1, 1])
WEIGHT = RNG.uniform(0.5, 2, ROWS)
RAW = FeatureSpec().step_numeric_column(all_numeric())
DEEP = DNNRegressor(hidden_units=8, dropout=0.2, epochs=5, random_state=0)


def small_network(units=1, activation=None, inputs=3):
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(4, activation="tanh"),
            keras.layers.Dense(units, activation=activation),
        ]
    )
