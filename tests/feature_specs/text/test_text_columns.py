"""Text columns: words and weights as Keras has them, pooling as NumPy has it."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from feature_specs import FeatureSpec, all_nominal
from feature_specs.text.layers import BagOfWords, TextEmbedding

# Keras itself loads variables in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("error", "ignore:__array__ implementation")

WORDS = ["the", "The", "a", "film", "Film!", "good", "bad", "é", "Größe", "ÄB", "zzz", "x-y"]
WORDS += ["it's", "[UNK]", "日本", "😀", "a1", "...", "don't\nstop"]


def sentences(seed, rows):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(0, 12))) for _ in range(rows)]


SENTENCES = [*sentences(0, 300), "", "  ", "!!!", "tab\tand\r\nline"]
LATER = [*sentences(1, 30), "never heard of the film", "the " * 60, "", "?!"]
TABLE = pd.DataFrame({"text": SENTENCES})


def text_spec(**how):
    return FeatureSpec().step_text_column("text", **how)


def encoded(spec, texts=LATER):
    return spec.encode(pd.DataFrame({"text": texts}))["text"]


def dense(spec, texts=LATER):
    inputs = spec.inputs()
    network = keras.Model(inputs, spec.dense_features(inputs))
    return network(spec.encode(pd.DataFrame({"text": texts}))).numpy()


# Against keras.layers.TextVectorization

HOW = {
    "as it comes": {},
    "few tokens": {"max_tokens": 7},
    "more tokens than words": {"max_tokens": 5_000},
    "pairs": {"ngrams": 2},
    "pairs alone, few": {"ngrams": (2,), "max_tokens": 30},
    "one and three": {"ngrams": (1, 3)},
    "several of NumPy": {"ngrams": [*np.arange(1, 3)]},
    "lower": {"standardize": "lower"},
    "strip": {"standardize": "strip_punctuation"},
    "untouched": {"standardize": None},
    "own standardize": {"standardize": lambda texts: tf.strings.regex_replace(texts, "o", "0")},
    "characters": {"split": "character"},
    "pairs of characters": {"split": "character", "ngrams": 2, "max_tokens": 50},
    "own split": {"split": lambda texts: tf.strings.split(texts, "o")},
    "given": {"vocabulary": ["film", "good", "nowhere"]},
}


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_words_and_codes_are_those_of_keras(how):
    ngrams = how.get("ngrams")
    keras_how = {"ngrams": tuple(map(int, ngrams))} if isinstance(ngrams, list) else {}
    keras_layer = keras.layers.TextVectorization(**how | keras_how, output_sequence_length=10)
    if "vocabulary" not in how:
        keras_layer.adapt(SENTENCES)
    spec = text_spec(sequence_length=10, **how).fit(TABLE)
    assert spec.features_["text"].vocabulary == keras_layer.get_vocabulary()[2:]
    # The texts of the fit are split once; nobody may see that.
    for texts in (SENTENCES, SENTENCES, LATER):
        np.testing.assert_array_equal(encoded(spec, texts), keras_layer(tf.constant(texts)))


@pytest.mark.parametrize("how", ["few tokens", "pairs alone, few", "pairs of characters"])
@pytest.mark.parametrize("representation", ["multi_hot", "count", "tf_idf"])
def test_counted_words_are_those_of_keras(representation, how):
    how = HOW[how]
    # Keras has a token for padding where words stand in order only.
    keras_how = how | {"max_tokens": how["max_tokens"] - 1}
    keras_layer = keras.layers.TextVectorization(**keras_how, output_mode=representation)
    keras_layer.adapt(SENTENCES)
    spec = text_spec(representation=representation, **how).fit(TABLE)
    expected = keras_layer(tf.constant(LATER)).numpy()
    columns = dense(spec)
    np.testing.assert_allclose(columns[:, 1 : expected.shape[1] + 1], expected, rtol=1e-6)
    assert not columns[:, 0].any()
    assert not columns[:, expected.shape[1] + 1 :].any()


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_thousands_of_texts_are_read_in_pieces(mode):
    texts = [*[""] * 1_100, *sentences(2, 300)]
    keras_layer = keras.layers.TextVectorization(
        max_tokens=9, output_mode=mode, output_sequence_length=10 if mode == "int" else None
    )
    keras_layer.adapt(texts)
    expected = keras_layer(tf.constant(texts)).numpy()
    how = {"int": {"max_tokens": 9, "sequence_length": 10}}
    how = how.get(mode, {"max_tokens": 10, "representation": mode})
    spec = text_spec(**how).fit(pd.DataFrame({"text": texts}))
    if mode == "int":
        np.testing.assert_array_equal(encoded(spec, texts), expected)
    else:
        np.testing.assert_allclose(dense(spec, texts)[:, 1:10], expected, rtol=1e-6)


@pytest.mark.parametrize("representation", ["multi_hot", "count", "tf_idf"])
def test_an_unseen_word_is_silent_where_training_had_none(representation):
    spec = text_spec(representation=representation).fit(TABLE)
    np.testing.assert_array_equal(dense(spec, ["film"]), dense(spec, ["film never heard of"]))


def test_nothing_between_two_separators_is_no_unseen_word():
    spec = text_spec(standardize=None, split=lambda texts: tf.strings.split(texts, ","))
    spec = spec.fit(pd.DataFrame({"text": ["a,,b", "b,a"]}))
    alone, *others = dense(spec, ["a", "a,unheard", "a,,,"])
    assert alone.any()
    np.testing.assert_array_equal(others, [alone, alone])


def test_sequence_length_covers_95_of_100_texts():
    texts = ["w " * n for n in range(1, 101)]
    spec = text_spec().fit(pd.DataFrame({"text": texts}))
    assert spec.features_["text"].length == 96  # 95, rounded up so that folds share a network
    assert encoded(spec, ["w " * 500]).shape == (1, 96)


# Layers

ROWS, LENGTH, CODES, DIMENSION = 40, 9, 12, 3
RNG = np.random.default_rng(0)
TEXTS = RNG.integers(0, CODES, (ROWS, LENGTH)).astype("int32")
TEXTS[RNG.random((ROWS, LENGTH)) < 0.4] = 0
TEXTS[:3] = 0
TEXTS[3] = [1, 0, 1, 0, 1, 0, 0, 0, 0]


def pooled(pooling, vectors, attention):
    """Return what NumPy makes of the vectors of a text's words."""
    if not len(vectors):
        return np.zeros(DIMENSION)
    if pooling == "max":
        return vectors.max(axis=0)
    weight = np.exp(vectors @ attention) if pooling == "attention" else np.ones(len(vectors))
    return weight @ vectors / weight.sum()


@pytest.mark.parametrize("silent", [(0,), (0, 1)])
@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_pooling_is_that_of_numpy(pooling, silent):
    table = RNG.normal(size=(CODES, DIMENSION)).astype("float32") - 2
    attention = 5 * RNG.normal(size=DIMENSION).astype("float32")
    layer = TextEmbedding(CODES, DIMENSION, silent, pooling, keras.initializers.Constant(table))
    layer.build((None, LENGTH))
    if pooling == "attention":
        layer.attention.assign(attention)
    expected = [pooled(pooling, table[row[~np.isin(row, silent)]], attention) for row in TEXTS]
    found = layer(TEXTS).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert not found[:3].any()
    assert found[3].any() == (silent == (0,))


def test_attention_starts_as_the_mean():
    attentive, mean = (
        TextEmbedding(CODES, DIMENSION, pooling=pooling, embeddings_initializer="ones")
        for pooling in ("attention", "mean")
    )
    for layer in (attentive, mean):
        layer.build((None, LENGTH))
        layer.embeddings.assign(RNG.normal(size=(CODES, DIMENSION)))
    attentive.embeddings.assign(mean.embeddings)
    np.testing.assert_allclose(attentive(TEXTS), mean(TEXTS), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_gradients_of_texts_without_words_are_zero(pooling):
    layer = TextEmbedding(CODES, DIMENSION, pooling=pooling)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(TEXTS[:3]))
    for gradient in tape.gradient(total, layer.trainable_variables):
        assert not tf.convert_to_tensor(gradient).numpy().any()


def test_bag_of_words_is_that_of_numpy():
    codes = np.array([[2, 4, 0, 0], [3, 1, 5, 0], [0, 0, 0, 0]], "int32")
    weights = np.array([[0.5, 2, 9, 9], [1, 7, 3, 9], [9, 9, 9, 9]], "float32")
    expected = np.zeros((3, 6), "float32")
    expected[0, [2, 4]], expected[1, [3, 5]] = [0.5, 2], [1, 3]
    bag = BagOfWords(6, (0, 1))
    np.testing.assert_array_equal(bag(codes, weights), expected)
    np.testing.assert_array_equal(bag(codes), expected > 0)


@pytest.mark.parametrize(
    "layer", [TextEmbedding(6, 2, (0, 1), "attention"), BagOfWords(6, (0, 1))], ids=type
)
def test_layers_survive_saving(layer, tmp_path):
    inputs = keras.Input((4,), dtype="int32")
    network = keras.Model(inputs, layer(inputs))
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    codes = np.array([[2, 4, 0, 0], [0, 0, 0, 0]], "int32")
    np.testing.assert_array_equal(loaded(codes).numpy(), network(codes).numpy())


# Steps

VECTORS = {"good": [1.0, 2.0], "bad": [3.0, 4.0], "great": [5.0, 6.0]}


def test_the_last_step_on_a_column_alone_counts():
    once = text_spec(dimension=3).fit(TABLE)
    for earlier in (
        text_spec(pretrained=VECTORS),
        text_spec(representation="count"),
        FeatureSpec()
        .step_categorical_column_with_vocabulary_list(all_nominal())
        .step_indicator_column(all_nominal()),
    ):
        twice = earlier.step_text_column("text", dimension=3).fit(TABLE)
        assert twice.encoded_signature_ == once.encoded_signature_
        assert dense(twice).shape == (len(LATER), 3)


def test_networks_on_other_vectors_are_others():
    table = pd.DataFrame({"text": ["good bad", "bad"]})
    first, second = (
        text_spec(pretrained=vectors, trainable=True).fit(table).for_training()
        for vectors in (
            {"bad": [1.0, 2.0], "good": [3.0, 4.0]},
            {"bad": [1.0, 2.0], "great": [3.0, 4.0]},
        )
    )
    assert first.encoded_signature_ != second.encoded_signature_


def test_names_and_columns_of_counted_words():
    spec = text_spec(representation="count", max_tokens=4).fit(
        pd.DataFrame({"text": ["b a b", "c a", "a"]})
    )
    assert spec.get_feature_names_out().tolist() == ["text_unseen", "text_a", "text_b"]
    table = pd.DataFrame({"text": ["a b a q q", "", None]})
    np.testing.assert_array_equal(spec.transform(table), [[2, 2, 1], [0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("representation", ["multi_hot", "count", "tf_idf"])
def test_transform_gives_what_a_network_sees(representation):
    spec = text_spec(representation=representation, max_tokens=7).fit(TABLE)
    columns = dense(spec)[:, spec.features_["text"].kept]
    np.testing.assert_array_equal(spec.transform(pd.DataFrame({"text": LATER})), columns)
    assert len(spec.get_feature_names_out()) == columns.shape[1]


@pytest.mark.parametrize("representation", ["embedding", "multi_hot", "count", "tf_idf"])
def test_serving_encodes_as_the_host(representation, tmp_path):
    spec = text_spec(representation=representation, max_tokens=7).fit(TABLE)
    spec.preprocessing_model().export(tmp_path, verbose=False)
    served = tf.saved_model.load(tmp_path).serve
    # The last are longer than all of the training.
    for texts in (LATER, [""], [" ".join(SENTENCES)]):
        table = pd.DataFrame({"text": texts})
        found = served({"text": tf.constant(spec.raw_inputs(table)["text"])})
        expected = spec.encode(table)
        assert set(found) == set(expected)
        for name, array in expected.items():
            np.testing.assert_array_equal(found[name].numpy(), array)


def test_shows_itself():
    spec = text_spec(representation="tf_idf", max_tokens=5).fit(TABLE)
    shown = "3 words (film, the, Äb), bag of words"
    assert shown in repr(spec)
    assert shown in spec._repr_html_()
    assert "mean of vectors of 2" in repr(text_spec(pretrained=VECTORS).fit(TABLE))


# texts, how, the words that name what is wrong
REFUSED = {
    "numbers": ([1.5, 2.5], {}, "'text'.*1.5.*text"),
    "no Unicode": (["good", "\ud800"], {}, "'text'.*row 1.*Unicode"),
    "no known vectors": (["good", "bad"], {"pretrained": {"x": [1.0]}}, "any word.*'text'.*'x'"),
    "no known vectors, trained": (
        ["good", "bad"],
        {"pretrained": {"x": [1.0]}, "trainable": True},
        "any word.*'text'.*'x'",
    ),
    "no length of ngrams": (["good", "bad"], {"ngrams": ()}, r"ngrams.*\(\)"),
    "ngrams of no word": (["good", "bad"], {"ngrams": (1, 0)}, r"ngrams.*\(1, 0\)"),
    "ngrams of half a word": (["good", "bad"], {"ngrams": [1.5]}, r"ngrams.*\[1.5\]"),
    "ngrams of ngrams": (["good", "bad"], {"ngrams": [[1, 2]]}, r"ngrams.*\[\[1, 2\]\]"),
    "ngrams of letters": (["good", "bad"], {"ngrams": ["a"]}, r"ngrams.*\['a'\]"),
    "no split": (["good", "bad"], {"split": lambda texts: texts}, "split.*ragged"),
    "empty vocabulary": (["good", "bad"], {"vocabulary": []}, "vocabulary.*no word"),
    "long vocabulary": (
        ["good", "bad"],
        {"vocabulary": ["a", "b"], "max_tokens": 3},
        "2 words.*4.*3",
    ),
    "word twice": (["good", "bad"], {"vocabulary": ["a", "b", "a"]}, "vocabulary.*'a' twice"),
    "number in vocabulary": (["good", "bad"], {"vocabulary": ["a", 3]}, "vocabulary.*3.*no word"),
    "Keras's own words": (
        ["good", "bad"],
        {"vocabulary": ["a", "[UNK]"]},
        "vocabulary.*UNK.*no word",
    ),
    "vocabulary of no Unicode": (["good", "bad"], {"vocabulary": ["\ud800"]}, "vocabulary.*ud800"),
    "table of vocabulary": (["good", "bad"], {"vocabulary": [["a", "b"]]}, "vocabulary.*no word"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    texts, how, words = REFUSED[case]
    spec = text_spec(**how)
    with pytest.raises(ValueError, match=f"(?s){words}"):
        spec.fit(pd.DataFrame({"text": texts}, dtype=object))
    assert not spec.__sklearn_is_fitted__()
