"""What a text is turned into: its words, their pooling, and bits that hang on nothing else."""

import pickle

import cloudpickle
import keras
import numpy as np
import pandas as pd
import pytest
from text_reviews import ASKED, VECTORS, X, Y, new
from text_tones import QUERIES, TEXTS, fitted

from feature_specs import FeatureSpec

NETWORKS = {
    "mean": {},
    "max": {"pooling": "max"},
    "attention": {"pooling": "attention"},
    "multi_hot": {"representation": "multi_hot"},
    "count": {"representation": "count", "ngrams": 2},
    "tf_idf": {"representation": "tf_idf"},
    "frozen": {"pretrained": VECTORS},
    "trained": {"pretrained": VECTORS, "trainable": True},
}


@pytest.fixture(scope="module", params=NETWORKS)
def network(request):
    return new(**NETWORKS[request.param]).fit(X, Y)


def test_a_row_predicts_the_same_bits_in_any_company(network):
    together = network.predict_proba(ASKED)
    alone = np.concatenate([network.predict_proba([text]) for text in ASKED])
    np.testing.assert_array_equal(together, alone)
    others = network.predict_proba([" ".join(X), *X, *ASKED[::-1]])
    np.testing.assert_array_equal(others[: len(X) : -1], together)


def test_the_network_says_what_predict_says(network):
    encoded = network.feature_spec_.encode(pd.DataFrame({"text": ASKED}))
    logits = network.network_(encoded).numpy().ravel()
    np.testing.assert_allclose(logits, network.decision_function(ASKED), rtol=1e-5, atol=1e-6)
    copied = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(copied.predict_proba(ASKED), network.predict_proba(ASKED))


def test_texts_without_known_words_are_alike(network):
    found = network.predict_proba(["", "unheard", "!?", "never, ever"])
    np.testing.assert_array_equal(found, found[[0, 0, 0, 0]])


@pytest.mark.parametrize("representation", ["embedding", "tf_idf"])
def test_a_text_predicts_alike_alone_and_in_company(representation):
    model = fitted(representation=representation)
    together = model.predict_proba([*QUERIES, " ".join(TEXTS)])
    alone = [model.predict_proba([text])[0] for text in [*QUERIES, " ".join(TEXTS)]]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("parameters", [{}, {"pooling": "attention"}, {"representation": "count"}])
def test_the_same_seed_gives_the_same_bits(parameters):
    first, again = (fitted(**parameters) for _ in range(2))
    np.testing.assert_array_equal(first.predict_proba(QUERIES), again.predict_proba(QUERIES))
    other = fitted(**parameters, random_state=1)
    assert not np.array_equal(first.predict_proba(QUERIES), other.predict_proba(QUERIES))


@pytest.mark.parametrize("copy", [pickle, cloudpickle], ids=["pickle", "cloudpickle"])
def test_copies_predict_the_same_bits(toned_model, copy):
    copied = copy.loads(copy.dumps(toned_model))
    np.testing.assert_array_equal(copied.predict_proba(QUERIES), toned_model.predict_proba(QUERIES))
    assert copied.vocabulary_.tolist() == toned_model.vocabulary_.tolist()


@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_words_are_pooled_and_padding_is_not(pooling):
    model = fitted(pooling=pooling, hidden_units=(), epochs=5)
    layers = {type(layer).__name__: layer for layer in model.network_.layers}
    table = layers["TextEmbedding"].embeddings.numpy()
    codes = model.feature_spec_.encode(pd.DataFrame({"text": QUERIES}))["text"]
    expected = np.zeros((len(QUERIES), table.shape[1]))
    for row, words in enumerate(codes):
        # Every training text is made of known words, so that an unseen one says nothing.
        vectors = table[words[words > 1]].astype(float)
        if len(vectors) and pooling == "max":
            expected[row] = vectors.max(axis=0)
        elif len(vectors):
            likeness = np.zeros(len(vectors))
            if pooling == "attention":
                likeness = vectors @ layers["TextEmbedding"].attention.numpy()
            weight = np.exp(likeness) / np.exp(likeness).sum()
            expected[row] = weight @ vectors
    pooled = layers["TextEmbedding"](codes)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(pooled), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("how", "max_tokens"),
    [
        ({}, None),
        ({}, 6),
        ({"ngrams": 2}, 12),
        ({"standardize": "lower", "split": "character"}, None),
        ({"standardize": None}, 5),
    ],
)
def test_the_vocabulary_is_the_one_that_keras_adapts(how, max_tokens):
    texts = [*TEXTS, "Fine FILM !", "a b c a b a", "z y x [UNK]"]
    layer = keras.layers.TextVectorization(**how, max_tokens=max_tokens)
    layer.adapt(texts)
    model = fitted(texts, np.arange(len(texts)) % 2, epochs=1, **how, max_tokens=max_tokens)
    assert model.vocabulary_.tolist() == layer.get_vocabulary(include_special_tokens=False)


@pytest.mark.parametrize("mode", ["multi_hot", "count", "tf_idf"])
def test_bags_are_those_of_keras(mode):
    table = pd.DataFrame({"text": [*TEXTS, "fine fine plot"]})
    spec = FeatureSpec().step_text_column("text", representation=mode, max_tokens=8).fit(table)
    layer = keras.layers.TextVectorization(max_tokens=7, output_mode=mode, pad_to_max_tokens=True)
    layer.adapt(table["text"].tolist())
    expected = keras.ops.convert_to_numpy(layer(table["text"].tolist()))
    inputs = spec.inputs()
    network = keras.Model(inputs, spec.dense_features(inputs))
    bags = keras.ops.convert_to_numpy(network(spec.encode(table)))
    # Keras has no column for padding here.
    np.testing.assert_allclose(bags[:, 1:], expected, rtol=1e-6)
    words = spec.transform(table)
    np.testing.assert_allclose(words, expected[:, : words.shape[1]], rtol=1e-6)


def test_documented_results(toned_model):
    proba = toned_model.predict_proba(["", "unheard words", "   "])
    np.testing.assert_array_equal(proba, np.broadcast_to(proba[0], proba.shape))
    million = "fine " * 1_000_000
    np.testing.assert_array_equal(
        toned_model.predict_proba([million]), toned_model.predict_proba(["fine " * 8])
    )
    counted = fitted(representation="count").predict_proba([million])
    assert np.isfinite(counted).all()
