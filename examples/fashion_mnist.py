"""Clothes: look at the images, train the document's 128 units on them, look at the predictions."""

from __future__ import annotations

import resource
import sys
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay

from estimators import DNNClassifier
from estimators.datasets import FASHION_MNIST_CLASSES, load_fashion_mnist
from estimators.displays import (
    ClassProbabilityDisplay,
    ImageGridDisplay,
    ImagePredictionDisplay,
)
from examples.support import print_result, read_options, save_plot

DOCUMENT_ACCURACY = 0.8644


def main() -> None:
    options = read_options(__doc__)
    (train_images, train_labels), (test_images, test_labels) = load_fashion_mnist()
    print(f"{train_images.shape} {train_images.dtype} to train with, {test_images.shape} to test")
    print(f"images of each class: {np.bincount(train_labels).tolist()}")
    if options.quick:
        train_images, train_labels = train_images[:1_000], train_labels[:1_000]
    names = FASHION_MNIST_CLASSES
    looked_at = ImageGridDisplay.from_images(train_images, train_labels, class_names=names)
    save_plot(looked_at.figure_, "fashion_mnist_images")

    epochs = 2 if options.quick else 5
    model = DNNClassifier(
        hidden_units=(128,),
        weight_decay=0.0,
        epochs=epochs,
        batch_size=32,
        early_stopping=False,
        random_state=options.seed,
    )
    began = time.perf_counter()
    model.fit(train_images, train_labels)
    seconds = time.perf_counter() - began
    for epoch, accuracy in enumerate(model.history_["accuracy"], start=1):
        print(
            f"epoch {epoch}: accuracy {accuracy:.4f}, loss {model.history_['loss'][epoch - 1]:.4f}"
        )
    print(f"{seconds / epochs:.2f} s an epoch, compilation included")

    evaluation = model.evaluate(test_images, test_labels)
    print(f"test: accuracy {evaluation['accuracy']:.4f}, loss {evaluation['average_loss']:.4f}")
    print(f"probabilities of the first image: {model.predict_proba(test_images[:1])[0].round(4)}")
    print(f"the first twenty: {model.predict(test_images[:20]).tolist()}")
    image = test_images[:1]
    print(f"one image of shape {image.shape}: {names[model.predict(image)[0]]}")

    predicted = ImagePredictionDisplay.from_estimator(
        model, test_images, test_labels, class_names=names
    )
    save_plot(predicted.figure_, "fashion_mnist")
    figure, axes = plt.subplots(1, 2, figsize=(14, 6), layout="constrained")
    ClassProbabilityDisplay.from_estimator(
        model, image, test_labels[:1], class_names=names, ax=axes[0]
    )
    ConfusionMatrixDisplay.from_estimator(
        model,
        test_images,
        test_labels,
        display_labels=names,
        xticks_rotation=45,
        colorbar=False,
        ax=axes[1],
    )
    save_plot(figure, "fashion_mnist_classes")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(f"peak resident memory: {peak:,.0f} MiB")
    print_result("accuracy", evaluation["accuracy"], DOCUMENT_ACCURACY)


if __name__ == "__main__":
    main()
