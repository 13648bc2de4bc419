"""Digits: the document's deeper network, and TensorBoard on what it wrote while it learnt.

The document trains 10 epochs and tells no accuracy.
"""

from __future__ import annotations

import json
import shutil
import time
from urllib.request import urlopen

import keras
import matplotlib.pyplot as plt
from tensorboard.program import TensorBoard

from estimators import ImageClassifier
from examples.support import OUTPUT, print_result, read_digits, read_options, save_plot

LOGS = OUTPUT / "mnist_tensorboard"
RUNS = {"train", "validation"}


def main() -> None:
    options = read_options(__doc__)
    (train_images, train_labels), (test_images, test_labels), epochs = read_digits(options)
    shutil.rmtree(LOGS, ignore_errors=True)
    model = ImageClassifier(
        filters=(32, 32),
        kernel_size=5,
        padding="valid",
        hidden_units=(256,),
        dropout=(0.25, 0.25, 0.4),
        optimizer="rmsprop",
        batch_size=128,
        epochs=epochs,
        early_stopping=False,
        validation_fraction=0.2,
        callbacks=keras.callbacks.TensorBoard(LOGS, histogram_freq=1),
        random_state=options.seed,
    )
    began = time.perf_counter()
    model.fit(train_images, train_labels)
    print(f"{(time.perf_counter() - began) / epochs:.1f} s an epoch")
    model.summary()

    size = sum(path.stat().st_size for path in LOGS.rglob("*.tfevents.*"))
    print(f"{size / 1e3:.0f} kB of events; to look at them:")
    print(f"tensorboard --logdir {LOGS.relative_to(OUTPUT.parents[1])}")
    check_server()

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    model.history_.plot(ax=axes)
    save_plot(figure, "mnist_tensorboard")
    print_result("accuracy", model.score(test_images, test_labels))


def check_server() -> None:
    """Start TensorBoard and ask it for the runs, which it needs a moment to read."""
    board = TensorBoard()
    board.configure(logdir=str(LOGS), host="127.0.0.1", port=0, load_fast="false")
    address = board.launch()
    deadline = time.monotonic() + 60
    runs: set[str] = set()
    while not runs >= RUNS and time.monotonic() < deadline:
        with urlopen(f"{address}data/runs", timeout=30) as answer:
            runs = set(json.load(answer))
        time.sleep(0.5)
    if not runs >= RUNS:
        raise SystemExit(f"TensorBoard lists {sorted(runs)} instead of {sorted(RUNS)}.")
    print(f"TensorBoard at {address} lists {', '.join(sorted(runs))}")


if __name__ == "__main__":
    main()
