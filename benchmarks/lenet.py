"""LeNet on the 60,000 digits of MNIST, one epoch at a time.

python -m benchmarks.lenet [--quick] [--repeats N]
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.harness.side_by_side import Benchmark, Contestant, Learner, main

FILTERS, KERNEL_SIZE, UNITS, CLASSES = (16, 32), 5, 512, 10
BATCH_SIZE = 128

HEAD = """\
# LeNet on MNIST

60,000 images of 28 by 28, float32 from 0 to 1, and 10,000 more for `predict`. The document's
network: 16 filters of 5 by 5, tanh, maximum of 2 by 2; 32 filters of 5 by 5, relu, maximum of 2 by
2, both padded; 512 relu units, 10 logits; Adam (0.001), batches of 128. A fit is one epoch of a new
network, building it included; a further epoch continues with the same network. PyTorch has all
images in one tensor and draws its batches by index, without a `DataLoader`.
"""


def load(quick):
    """Images and digits to train on, and those to predict."""
    from estimators.datasets import load_mnist

    parts = [part for pair in load_mnist() for part in pair]
    X, y, X_test, y_test = (part[: 2_560 if quick else None] for part in parts)
    X, X_test = (images.astype("float32") / 255 for images in (X, X_test))
    return X, y.astype("int64"), X_test, y_test.astype("int64")


def ours():
    from estimators import ImageClassifier

    def fit(X, y, seed):
        model = ImageClassifier(
            filters=FILTERS,
            kernel_size=KERNEL_SIZE,
            hidden_units=(UNITS,),
            activation=("tanh", "relu", "relu"),
            dropout=0.0,
            epochs=1,
            early_stopping=False,
            batch_size=BATCH_SIZE,
            random_state=seed,
        )
        return model.fit(X, y)

    return Learner(
        fit,
        predict=lambda model, X: model.predict(X),
        another_epoch=lambda model, X, y: model.set_params(warm_start=True).fit(X, y),
    )


def plain_keras():
    import keras
    from keras import layers

    def fit(X, y, seed):
        keras.utils.set_random_seed(seed)
        network = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(FILTERS[0], KERNEL_SIZE, padding="same", activation="tanh"),
                layers.MaxPooling2D(2),
                layers.Conv2D(FILTERS[1], KERNEL_SIZE, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(UNITS, activation="relu"),
                layers.Dense(CLASSES),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        network.compile(keras.optimizers.Adam(1e-3), loss)
        another_epoch(network, X, y)
        return network

    def another_epoch(network, X, y):
        network.fit(X[..., None], y, batch_size=BATCH_SIZE, epochs=1, verbose=0)

    def predict(network, X):
        return np.argmax(network.predict(X[..., None], verbose=0), axis=1)

    return Learner(fit, predict, another_epoch)


def pytorch():
    import torch
    import torch._dynamo  # noqa: F401  the first optimizer would import it
    from torch import nn

    def fit(X, y, seed):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(1, FILTERS[0], KERNEL_SIZE, padding="same"), nn.Tanh(), nn.MaxPool2d(2),
            nn.Conv2d(FILTERS[0], FILTERS[1], KERNEL_SIZE, padding="same"), nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(FILTERS[1] * 7 * 7, UNITS), nn.ReLU(),
            nn.Linear(UNITS, CLASSES),
        )  # fmt: skip
        network.apply(start_as_keras_does)
        network.optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7)
        another_epoch(network, X, y)
        return network

    def start_as_keras_does(layer):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def another_epoch(network, X, y):
        images, digits = torch.from_numpy(X)[:, None], torch.from_numpy(y)
        for rows in torch.randperm(len(images)).split(BATCH_SIZE):
            network.optimizer.zero_grad()
            nn.functional.cross_entropy(network(images[rows]), digits[rows]).backward()
            network.optimizer.step()

    def predict(network, X):
        with torch.inference_mode():
            batches = torch.from_numpy(X)[:, None].split(BATCH_SIZE)
            return torch.cat([network(batch).argmax(1) for batch in batches]).numpy()

    return Learner(fit, predict, another_epoch)


LENET = Benchmark(
    name="lenet",
    head=HEAD,
    load=load,
    contestants={
        "ours": Contestant("ours, `ImageClassifier`", ours),
        "keras": Contestant("plain Keras, `Model.fit`", plain_keras),
        "torch": Contestant("PyTorch", pytorch),
    },
    columns={
        "first": "first fit of a process",
        "later": "later fits",
        "another_epoch": "a further epoch",
        "predict": "`predict`",
    },
)

if __name__ == "__main__":
    sys.exit(main(LENET))
