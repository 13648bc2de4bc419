"""Reviews of a few words, and a table that holds them beside a number and a category."""

import numpy as np
import pandas as pd

from estimators import DNNClassifier, DNNLinearCombinedClassifier, LinearClassifier, TextClassifier
from feature_specs import FeatureSpec

WORDS = ["good", "bad", "film", "plot", "acting", "the", "a", "so", "and", "very"]


def reviews(seed, rows):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(2, 9))) for _ in range(rows)]


X = reviews(0, 96)
Y = np.array([text.count("good") > text.count("bad") for text in X]).astype(int)
ASKED = [*reviews(1, 8), "unheard of", "", "good superb film", "and " * 40]
SHORT = {"hidden_units": (16,), "epochs": 3, "learning_rate": 0.05, "random_state": 0}
VECTORS = dict(
    zip(["good", "bad", "film", "superb"], np.random.default_rng(0).normal(size=(4, 3)).tolist())
)


def new(kind=TextClassifier, **parameters):
    return kind(**(SHORT | parameters))


def make_table():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"text": X, "pay": rng.normal(size=96), "city": rng.choice(["Bonn", "Rome"], 96)}
    )
    score = 2.0 * (Y == 1) + frame["pay"] + (frame["city"] == "Rome")
    return frame, (score > 1.5).to_numpy().astype(int)


TABLE, LABELS = make_table()
PLAIN = (
    FeatureSpec()
    .step_numeric_column("pay", normalizer="standard")
    .step_categorical_column_with_vocabulary_list("city")
)
# Nothing here hangs on how a network is compiled.
QUICK = {"epochs": 40, "random_state": 0, "jit_compile": False}
FAMILIES = {
    "dnn": DNNClassifier(hidden_units=(16,), learning_rate=0.03, **QUICK),
    "linear": LinearClassifier(**QUICK),
    "combined": DNNLinearCombinedClassifier(dnn_hidden_units=(16,), **QUICK),
}
