"""Whole film reviews with pretrained word vectors: as they are, then fine-tuned.

The document takes a text embedding of TensorFlow Hub (gnews-swivel-20dim) and fine-tunes it; the
vectors here are GloVe's of length 50, which a package carries. An address or a folder of such an
embedding goes into the same parameter: ``TextClassifier(pretrained="https://tfhub.dev/...")``.
"""

from __future__ import annotations

import time

import matplotlib.pyplot as plt

from estimators import History, TextClassifier
from estimators.datasets import load_imdb_reviews
from examples.support import print_result, read_options, save_plot

DOCUMENT_ACCURACY = 0.8660800


def main() -> None:
    options = read_options(__doc__)
    train, test = load_imdb_reviews()
    if options.quick:
        train, test = train.head(1_000), test.head(500)
    print(f"{len(train):,} reviews to train with, {len(test):,} to test with")
    print(f"the first: {train['text'].iloc[0][:200]} ...")
    epochs = 2 if options.quick else 8
    shared = {
        "pretrained": "glove-50d",
        "hidden_units": (16,),
        "batch_size": 512,
        "learning_rate": 3e-3,
        "early_stopping": False,
        "random_state": options.seed,
        "jit_compile": False if options.quick else "auto",
    }
    models = {
        "frozen": TextClassifier(**shared, dropout=0.0, epochs=3 * epochs),
        "fine-tuned": TextClassifier(**shared, dropout=0.5, epochs=epochs, trainable=True),
    }
    for name, model in models.items():
        began = time.perf_counter()
        model.fit(train["text"], train["label"], validation_data=(test["text"], test["label"]))
        seconds = time.perf_counter() - began
        evaluation = model.evaluate(test["text"], test["label"])
        print(
            f"{name}: accuracy {evaluation['accuracy']:.4f}, "
            f"loss {evaluation['average_loss']:.4f}, {model.n_iter_} epochs in {seconds:.1f} s"
        )
    network = models["fine-tuned"]
    network.summary()
    review = "The plot is thin, but I was moved to tears and would watch it again at once."
    print(f"{review!r}: {network.predict_proba([review])[0, 1]:.3f} positive")

    figure, axes = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
    for axis, metric in zip(axes, ("loss", "accuracy")):
        History.compare(models, metric, ax=axis)
    axes[0].get_legend().remove()
    save_plot(figure, "imdb_pretrained")
    print_result("accuracy", evaluation["accuracy"], DOCUMENT_ACCURACY)


if __name__ == "__main__":
    main()
