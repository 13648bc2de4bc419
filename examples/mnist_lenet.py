"""Digits: the document's LeNet, written out in one line, then this library's own defaults."""

from __future__ import annotations

import time

import matplotlib.pyplot as plt

from estimators import History, ImageClassifier
from examples.support import print_result, read_digits, read_options, save_plot

DOCUMENT_ACCURACY = 0.9802


def main() -> None:
    options = read_options(__doc__)
    (train_images, train_labels), (test_images, test_labels), epochs = read_digits(options)
    lenet = ImageClassifier(
        filters=(16, 32),
        kernel_size=5,
        hidden_units=(512,),
        activation=("tanh", "relu", "relu"),
        dropout=0.0,
        learning_rate=1e-4,
        batch_size=128,
        epochs=epochs,
        early_stopping=False,
        random_state=options.seed,
    )
    models = {
        "LeNet": lenet,
        "defaults": ImageClassifier(epochs=epochs, early_stopping=False, random_state=options.seed),
    }
    accuracies = {}
    for name, model in models.items():
        began = time.perf_counter()
        model.fit(train_images, train_labels, validation_data=(test_images, test_labels))
        seconds = (time.perf_counter() - began) / epochs
        accuracies[name] = model.score(test_images, test_labels)
        print(f"{name}: test accuracy {accuracies[name]:.4f}, {seconds:.1f} s an epoch")
    lenet.summary()

    figure, axis = plt.subplots(figsize=(8, 4.5), layout="constrained")
    History.compare(models, "accuracy", ax=axis)
    save_plot(figure, "mnist_lenet")
    print_result("accuracy", accuracies["LeNet"], DOCUMENT_ACCURACY)


if __name__ == "__main__":
    main()
