"""The document's network on sentences of movie reviews, from Python strings to fitted.

python -m benchmarks.movie_reviews [--quick] [--repeats N]
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.harness.side_by_side import Benchmark, Contestant, Learner, main

WORDS, LENGTH, DIMENSION, UNITS, DROPOUT = 10_000, 50, 16, 16, 0.5
EPOCHS, BATCH_SIZE = 10, 512

HEAD = """\
# Movie reviews

Sentences of film reviews, positive or negative: 51,776 of 64,720 (80 %, one fixed draw) to train
on, from Python strings to a fitted network, and labels predicted for the other 12,944. 10,000
words, 50 of a text, vectors of 16, their mean, 16 relu units, dropout 0.5, Adam (0.001), 10 epochs
of batches of 512. Plain Keras has its `TextVectorization` layer inside the model, adapted on the
training texts, as the tutorial does it. Its mean counts padding, as the tutorial's does (with
`mask_zero` the loss is NaN as soon as a text holds no word); ours leaves padding out.
scikit-learn is there for scale: another model.
"""


def load(quick):
    """Texts and tags to train on, and those set aside."""
    from estimators.datasets import load_movie_reviews

    reviews = load_movie_reviews()
    order = np.random.default_rng(0).permutation(len(reviews))
    train, test = np.split(order, [len(order) * 4 // 5])
    if quick:
        train, test = train[:5_000], test[:1_000]
    texts, tags = reviews["text"].to_numpy(object), reviews["tag"].to_numpy(object)
    return texts[train].tolist(), tags[train], texts[test].tolist(), tags[test]


def ours():
    from estimators import TextClassifier

    def fit(texts, tags, seed):
        model = TextClassifier(
            sequence_length=LENGTH,
            batch_size=BATCH_SIZE,
            epochs=EPOCHS,
            early_stopping=False,
            random_state=seed,
        )
        return model.fit(texts, tags)

    return Learner(fit, lambda model, texts: model.predict(texts))


def plain_keras():
    import keras
    import tensorflow as tf
    from keras import layers

    def fit(texts, tags, seed):
        keras.utils.set_random_seed(seed)
        texts = tf.constant(texts)
        words = layers.TextVectorization(max_tokens=WORDS, output_sequence_length=LENGTH)
        words.adapt(texts)
        network = keras.Sequential(
            [
                keras.Input((), dtype="string"),
                words,
                layers.Embedding(WORDS, DIMENSION),
                layers.GlobalAveragePooling1D(),
                layers.Dense(UNITS, activation="relu"),
                layers.Dropout(DROPOUT),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        network.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
        positive = (tags == "pos").astype("float32")
        network.fit(texts, positive, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
        return network

    def predict(network, texts):
        probabilities = network.predict(tf.constant(texts), batch_size=BATCH_SIZE, verbose=0)
        return np.where(probabilities[:, 0] > 0.5, "pos", "neg")

    return Learner(fit, predict)


def scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    def fit(texts, tags, seed):
        model = make_pipeline(
            TfidfVectorizer(max_features=WORDS), SGDClassifier(loss="log_loss", random_state=seed)
        )
        return model.fit(texts, tags)

    return Learner(fit, lambda model, texts: model.predict(texts))


MOVIE_REVIEWS = Benchmark(
    name="movie_reviews",
    head=HEAD,
    load=load,
    contestants={
        "ours": Contestant("ours, `TextClassifier`", ours),
        "keras": Contestant("plain Keras, `Model.fit`", plain_keras),
        "sklearn": Contestant("scikit-learn, `TfidfVectorizer` + `SGDClassifier`", scikit_learn),
    },
    columns={"first": "first fit of a process", "later": "later fits", "predict": "`predict`"},
    goals={"later": 10, "first": 4},
)

if __name__ == "__main__":
    sys.exit(main(MOVIE_REVIEWS))
