"""Digits: what images changed at random and batch normalisation add, where images are few.

The document names both against overfitting and leaves them out.
"""

from __future__ import annotations

import time

import keras
import matplotlib.pyplot as plt

from estimators import History, ImageClassifier
from estimators.datasets import load_mnist
from examples.support import print_result, read_options, save_plot

AUGMENT = [
    keras.layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
    keras.layers.RandomRotation(0.03, fill_mode="constant"),
]
MODELS = {
    "plain": {},
    "batch normalisation": {"batch_norm": True},
    "augmented": {"augment": AUGMENT},
    "both": {"augment": AUGMENT, "batch_norm": True},
}


def main() -> None:
    options = read_options(__doc__)
    (train_images, train_labels), (test_images, test_labels) = load_mnist()
    count, epochs = (500, 2) if options.quick else (5_000, 20)
    if options.quick:
        test_images, test_labels = test_images[:500], test_labels[:500]
    fitted = {}
    for name, parameters in MODELS.items():
        began = time.perf_counter()
        fitted[name] = ImageClassifier(
            **parameters,
            epochs=epochs,
            batch_size=64,
            early_stopping=False,
            random_state=options.seed,
        ).fit(
            train_images[:count],
            train_labels[:count],
            validation_data=(test_images, test_labels),
        )
        seconds = (time.perf_counter() - began) / epochs
        accuracy = fitted[name].history_["val_accuracy"][-1]
        print(f"{name}: test accuracy {accuracy:.4f}, {seconds:.1f} s an epoch")

    figure, axis = plt.subplots(figsize=(9, 5), layout="constrained")
    History.compare(fitted, "accuracy", ax=axis)
    if not options.quick:
        axis.set_ylim(0.95, 1)
    save_plot(figure, "mnist_augmented")
    print_result("accuracy", accuracy)


if __name__ == "__main__":
    main()
