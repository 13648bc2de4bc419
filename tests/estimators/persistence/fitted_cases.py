"""Fitted estimators of every family, with data to predict on: made once a process."""

from functools import cache

import keras
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import PowerTransformer

from estimators import (
    DNNClassifier,
    DNNLinearCombined,
    DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    ImageClassifier,
    ImageRegressor,
    KerasClassifier,
    KerasRegressor,
    LinearClassifier,
    LinearRegressor,
    NeighborNetworkClassifier,
    QuantileLoss,
    TabularClassifier,
    TabularNetworkRegressor,
    TextClassifier,
    TextRegressor,
)
from feature_specs import FeatureSpec, all_nominal, all_numeric

ROWS = 160
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3))
VALUES = X @ [1.0, -2.0, 0.5] + 0.3 * RNG.normal(size=ROWS)
TWO = np.where(VALUES > 0, "yes", "no")
THREE = np.digitize(VALUES, [-1, 1])
COUNTS = RNG.poisson(np.exp(VALUES / 2))
LABELS = np.stack([VALUES > 0, X[:, 0] > 0], axis=1).astype(int)
TABLE = pd.DataFrame(
    {
        "age": np.where(RNG.random(ROWS) < 0.1, np.nan, RNG.uniform(18, 80, ROWS)),
        "city": pd.array(RNG.choice(["Bonn", "Rome", None], ROWS), dtype="string"),
        "plan": pd.Categorical(RNG.choice(["a", "b", "c"], ROWS)),
        "visits": pd.array(RNG.integers(0, 9, ROWS), dtype="Int64"),
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 900, ROWS), "D"),
        "note": RNG.choice(["a fine film", "a dull film", "fine acting"], ROWS),
    }
)
TEXTS = list(RNG.choice(["a fine film", "a dull film", "fine acting", "dull acting"], ROWS))
IMAGES = RNG.integers(0, 256, (ROWS, 8, 8), dtype=np.uint8)

SPEC = (
    FeatureSpec()
    .step_numeric_column("age", normalizer="quantile")
    .step_bucketized_column("age", boundaries=[30, 50])
    .step_categorical_column_with_vocabulary_list("city")
    .step_categorical_column_with_hash_bucket("plan", hash_bucket_size=8)
    .step_crossed_column(["city", "plan"], hash_bucket_size=16)
    .step_embedding_column("plan", dimension=2)
    .step_text_column("note", dimension=4)
)


def bring_your_own(units, width=4):
    hidden = keras.layers.Dense(width, activation="tanh")
    return keras.Sequential([hidden, keras.layers.Dense(units)])


def ready_made():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])


# XLA would take seconds for each, and another part of the tests looks after it.
QUICK = {"epochs": 3, "random_state": 0, "jit_compile": False}

CASES = {
    "regression": lambda: (DNNRegressor(**QUICK), X, VALUES),
    "monotonic": lambda: (DNNRegressor(monotonic_cst=[1, -1, 0], **QUICK), X, VALUES),
    "several values": lambda: (
        DNNRegressor(dropout=0.2, batch_norm=True, **QUICK), X, np.stack([VALUES, X[:, 0]], 1)
    ),
    "counts": lambda: (LinearRegressor(loss="poisson", **QUICK), X, COUNTS),
    "positive": lambda: (LinearRegressor(loss="gamma", **QUICK), X, COUNTS + 1.0),
    "quantiles": lambda: (
        DNNRegressor(loss=QuantileLoss([0.1, 0.9]), hidden_units=8, **QUICK), X, VALUES
    ),
    "ordinal": lambda: (LinearClassifier(loss="ordinal", **QUICK), X, THREE),
    "linear": lambda: (LinearClassifier(**QUICK), TABLE, TWO),
    "classes": lambda: (DNNClassifier(optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
                                      **QUICK), X, THREE),
    "labels": lambda: (DNNClassifier(**QUICK), X, LABELS),
    "table": lambda: (
        DNNClassifier(SPEC, class_weight={"yes": 2.0, "no": 1.0}, **QUICK), TABLE, TWO
    ),
    "selectors": lambda: (
        DNNClassifier(
            FeatureSpec()
            .step_numeric_column(all_numeric() - "visits", normalizer=PowerTransformer())
            .step_categorical_column_with_vocabulary_list(all_nominal() & ["city", "plan"]),
            validation_fraction=0.2, early_stopping=keras.callbacks.EarlyStopping(patience=1),
            **QUICK,
        ), TABLE, TWO,
    ),
    "frozen spec": lambda: (
        DNNRegressor(FrozenEstimator(clone(SPEC).fit(TABLE)), **QUICK), TABLE, VALUES
    ),
    "combined": lambda: (DNNLinearCombinedClassifier(SPEC, **QUICK), TABLE, TWO),
    "combined values": lambda: (
        DNNLinearCombinedRegressor(early_stopping=1, **QUICK), TABLE, VALUES
    ),
    "combined auto": lambda: (DNNLinearCombined(**QUICK), X, THREE),
    "tabular network": lambda: (TabularNetworkRegressor(hidden_units=8, **QUICK), X, VALUES),
    "neighbor network": lambda: (
        NeighborNetworkClassifier(hidden_units=8, n_components=4, members=2, **QUICK), X, THREE
    ),
    "blend": lambda: (
        TabularClassifier(members=2, jit_compile=False, random_state=0, estimators=[
            ("linear", LinearClassifier(epochs=2)),
            ("deep", DNNClassifier(hidden_units=8, epochs=2)),
        ]), X, THREE,
    ),
    "texts": lambda: (TextClassifier(**QUICK), TEXTS, TWO),
    "text values": lambda: (TextRegressor("tf_idf", ngrams=2, **QUICK), TEXTS, VALUES),
    "word vectors": lambda: (
        TextClassifier(pretrained={w: RNG.normal(size=3) for w in ("fine", "dull", "other")},
                       trainable=True, **QUICK), TEXTS, TWO,
    ),
    "images": lambda: (
        ImageClassifier(filters=(4,), kernel_size=3, dropout=0.1,
                        augment=keras.layers.RandomTranslation(0.1, 0.1), **QUICK), IMAGES, THREE,
    ),
    "image values": lambda: (ImageRegressor(filters=(4,), **QUICK), IMAGES / 255.0, VALUES),
    "members": lambda: (DNNClassifier(members=3, hidden_units=8, n_jobs=2, **QUICK), X, THREE),
    "own network": lambda: (
        KerasClassifier(bring_your_own, network_params={"width": 5}, **QUICK), X, THREE
    ),
    "own model": lambda: (KerasClassifier(ready_made(), **QUICK), X, TWO),
    "own loss": lambda: (
        KerasRegressor(bring_your_own, loss=keras.losses.Huber(), **QUICK), X, VALUES
    ),
}  # fmt: skip
# A blend is fitted as a whole, and has no file of weights alone.
GO_ON = [name for name in CASES if name != "blend"]


@cache
def fitted(name):
    """Return a fitted estimator with its X and y; nobody may change them."""
    model, rows, target = CASES[name]()
    return model.fit(rows, target), rows, target
