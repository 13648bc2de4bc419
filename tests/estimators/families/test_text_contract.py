"""Text estimators: forms of input, the contract, pretrained parts, and what is refused."""

import pickle

import cloudpickle
import gensim
import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from estimators import DNNClassifier, TextClassifier, TextRegressor, load_model
from feature_specs import FeatureSpec

TEXTS = [f"{tone} {noun} {rest}".strip() for tone in ("fine", "dull") for noun in ("film", "plot")
         for rest in ("", "indeed", "and long, too")] * 12  # fmt: skip
TAGS = np.array([text.split()[0] == "fine" for text in TEXTS]).astype(int)
SHORT = {"epochs": 3, "learning_rate": 0.05, "sequence_length": 8, "random_state": 0}
ASKED = ["fine film", "dull", "", "unheard of words", "film and plot"]


def fitted(X=TEXTS, y=TAGS, kind=TextClassifier, **parameters):
    return kind(**(SHORT | parameters)).fit(X, y)


@pytest.fixture(scope="module")
def model():
    return fitted()


FORMS = {
    "tuple": tuple,
    "object array": lambda texts: np.array(texts, dtype=object),
    "unicode array": np.array,
    "column": lambda texts: np.array(texts, dtype=object)[:, None],
    "Series": pd.Series,
    "object Series": lambda texts: pd.Series(texts, dtype=object, index=range(5, 5 + len(texts))),
    "table of one column": lambda texts: pd.DataFrame({"review": texts}),
    "polars": pl.Series,
    "bytes": lambda texts: [text.encode() for text in texts],
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_the_same_texts_are_one(model, form):
    expected = model.predict_proba(ASKED)
    np.testing.assert_array_equal(model.predict_proba(FORMS[form](ASKED)), expected)
    np.testing.assert_array_equal(fitted(FORMS[form](TEXTS)).predict_proba(ASKED), expected)


def test_the_tags_say_text():
    tags = get_tags(TextClassifier())
    assert tags.input_tags.string
    assert tags.input_tags.one_d_array
    assert not tags.input_tags.two_d_array


@pytest.mark.parametrize("representation", ["embedding", "tf_idf"])
def test_a_text_predicts_alike_alone_and_in_company(representation):
    model = fitted(representation=representation)
    together = model.predict_proba([*ASKED, " ".join(TEXTS)])
    alone = [model.predict_proba([text])[0] for text in [*ASKED, " ".join(TEXTS)]]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("parameters", [{}, {"pooling": "attention"}, {"representation": "count"}])
def test_the_same_seed_gives_the_same_bits(parameters):
    first, again = (fitted(**parameters) for _ in range(2))
    np.testing.assert_array_equal(first.predict_proba(ASKED), again.predict_proba(ASKED))
    other = fitted(**parameters, random_state=1)
    assert not np.array_equal(first.predict_proba(ASKED), other.predict_proba(ASKED))


@pytest.mark.parametrize("copy", [pickle, cloudpickle], ids=["pickle", "cloudpickle"])
def test_copies_predict_the_same_bits(model, copy):
    copied = copy.loads(copy.dumps(model))
    np.testing.assert_array_equal(copied.predict_proba(ASKED), model.predict_proba(ASKED))
    assert copied.vocabulary_.tolist() == model.vocabulary_.tolist()


@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_words_are_pooled_and_padding_is_not(pooling):
    model = fitted(pooling=pooling, hidden_units=(), epochs=5)
    layers = {type(layer).__name__: layer for layer in model.network_.layers}
    table = layers["TextEmbedding"].embeddings.numpy()
    codes = model.feature_spec_.encode(pd.DataFrame({"text": ASKED}))["text"]
    expected = np.zeros((len(ASKED), table.shape[1]))
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


def test_a_grid_search_in_a_pipeline():
    search = GridSearchCV(
        Pipeline([("text", TextClassifier(**SHORT))]),
        {"text__ngrams": [None, 2], "text__max_tokens": [8, 20], "text__dropout": [0.0, 0.5]},
        cv=2,
        error_score="raise",
    ).fit(TEXTS, TAGS)
    assert len(search.cv_results_["params"]) == 8
    assert search.best_score_ == 1.0
    assert cross_val_score(TextClassifier(**SHORT), TEXTS, TAGS, cv=2).shape == (2,)


def test_tasks():
    names = np.array(["bad", "good", "so so"])[np.arange(len(TEXTS)) % 3]
    assert set(fitted(y=names).predict(ASKED)) <= set(names)
    both = np.stack([TAGS, 1 - TAGS], axis=1)
    assert fitted(y=both).predict(ASKED).shape == (len(ASKED), 2)
    regressor = fitted(y=TAGS * 3.0, kind=TextRegressor, dropout=0.0, epochs=20)
    assert regressor.score(TEXTS, TAGS * 3.0) > 0.9


def test_training_goes_on():
    whole = fitted(epochs=2)
    half = fitted(epochs=1, warm_start=True).fit(TEXTS, TAGS)
    np.testing.assert_array_equal(half.predict_proba(ASKED), whole.predict_proba(ASKED))
    part = TextClassifier(**SHORT).partial_fit(TEXTS, TAGS, classes=[0, 1])
    assert part.partial_fit(["new words", "fine film"], [0, 1]).n_iter_ == 2
    stopped = TextClassifier(**SHORT | {"epochs": 50}, early_stopping=1, validation_fraction=0.25)
    assert stopped.fit(TEXTS, TAGS).evaluate(TEXTS, TAGS)["accuracy"] == 1.0


def test_documented_results(model):
    proba = model.predict_proba(["", "unheard words", "   "])
    np.testing.assert_array_equal(proba, np.broadcast_to(proba[0], proba.shape))
    million = "fine " * 1_000_000
    np.testing.assert_array_equal(
        model.predict_proba([million]), model.predict_proba(["fine " * 8])
    )
    counted = fitted(representation="count").predict_proba([million])
    assert np.isfinite(counted).all()


SURROGATE = "a \ud800 b"

BAD_TEXTS = {
    "number": ([*TEXTS[:3], 5], "row 3.*int"),
    "None": (["a", None], "row 1.*None"),
    "NaN": (["a", np.nan], "row 1.*nan"),
    "NA": (pd.Series(["a", None], dtype="string"), "row 1"),
    "nothing": ([], "0 sample"),
    "one text": ("a text", r"single one; pass \[text\]"),
    "two columns": (pd.DataFrame({"a": ["x"], "b": ["y"]}), r"shape \(1, 2\)"),
    "latin-1 bytes": (["a", "ä".encode("latin-1")], "row 1.*not UTF-8"),
    "half a character": (["a", SURROGATE], "row 1.*no valid Unicode"),
}


@pytest.mark.parametrize("kind", BAD_TEXTS)
def test_bad_texts(model, kind):
    texts, words = BAD_TEXTS[kind]
    with pytest.raises(ValueError, match=words):
        model.predict(texts)
    new = TextClassifier(**SHORT)
    with pytest.raises(ValueError, match=words):
        new.fit(texts, np.arange(len(texts)) % 2)
    assert not hasattr(new, "network_")


class Mean(tf.Module):
    """A text embedding as TensorFlow Hub has them: hashed words, a table, their mean."""

    def __init__(self, dimension=4):
        super().__init__()
        rng = np.random.default_rng(0)
        self.table = tf.Variable(rng.normal(size=(50, dimension)).astype("float32"))
        self.calls = tf.Variable(0, trainable=False, dtype=tf.int64)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, texts):
        self.calls.assign_add(tf.size(texts, out_type=tf.int64))
        words = tf.strings.to_hash_bucket_fast(tf.strings.split(texts), 50)
        vectors = tf.reduce_mean(tf.gather(self.table, words), axis=1)
        return tf.where(tf.math.is_nan(vectors), 0.0, vectors)


def saved(folder, module, **kwargs):
    tf.saved_model.save(module, str(folder), **kwargs)
    return str(folder)


@pytest.fixture(scope="module")
def sentence_model(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("mean"), Mean())


@pytest.fixture(scope="module")
def bad_models(tmp_path_factory):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def double(numbers):
        return {"out": 2 * numbers}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def lengths(texts):
        return {"out": tf.strings.length(texts)}

    def module(function):
        made = tf.Module()
        made.function = function
        return made

    home = tmp_path_factory.mktemp("bad")
    (home / "empty").mkdir()
    return {
        "empty": str(home / "empty"),
        "numbers": saved(home / "numbers", module(double), signatures=double),
        "scalars": saved(home / "scalars", module(lengths), signatures=lengths),
    }


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("empty", "holds no SavedModel"),
        ("numbers", "takes no texts"),
        ("scalars", r"int32 of shape \(2,\)"),
    ],
)
def test_bad_sentence_models(bad_models, folder, words):
    with pytest.raises(ValueError, match=words):
        fitted(pretrained=bad_models[folder])


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"vocabulary": ["a", "b", "c"], "max_tokens": 4}, ValueError, "3 words.*at least 5"),
        ({"vocabulary": ["a", "a"]}, ValueError, "'a' twice"),
        ({"vocabulary": ["a", 3]}, ValueError, "3, which is no word"),
        ({"pretrained": {"film": [1.0, 2.0], "plot": [1.0]}}, ValueError, "plot"),
        ({"pretrained": {"nowhere": [1.0]}}, ValueError, "no vector for any word"),
        ({"pretrained": "glove-50d", "representation": "count"}, ValueError, "representation"),
        ({"pretrained": "/no/such/place"}, ValueError, "/no/such/place"),
        ({"pretrained": "https://no.such.host.invalid/1"}, OSError, "no.such.host.*reached"),
        ({"representation": "words"}, ValueError, "representation"),
        ({"pooling": "median"}, ValueError, "pooling"),
        ({"max_tokens": 2}, ValueError, "max_tokens"),
        ({"sequence_length": 0}, ValueError, "sequence_length"),
        ({"ngrams": 0}, ValueError, "ngrams"),
        ({"split": "comma"}, ValueError, "split"),
        ({"standardize": "upper"}, ValueError, "standardize"),
    ],
)
def test_bad_parameters(parameters, error, words):
    if "https" in str(parameters):
        pytest.importorskip("tensorflow_hub")
    with pytest.raises(error, match=words):
        fitted(**parameters)


def test_addresses_need_tensorflow_hub(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorflow_hub", None)
    with pytest.raises(ImportError, match=r"keras-estimators\[hub\]"):
        fitted(pretrained="https://tfhub.dev/google/nnlm-en-dim50/2")


def test_a_frozen_sentence_model_runs_once_a_text(sentence_model):
    from feature_specs.text.sentence_models import shared_sentence_model

    calls = shared_sentence_model(sentence_model).loaded.calls
    before = int(calls.numpy())
    model = fitted(pretrained=sentence_model, epochs=5)
    # The texts of the fit, and two to see what the model makes of any.
    assert int(calls.numpy()) - before in (len(TEXTS), len(TEXTS) + 2)
    vectors = Mean()(tf.constant(ASKED)).numpy()
    encoded = model.feature_spec_.encode(pd.DataFrame({"text": ASKED}))["numeric"]
    np.testing.assert_array_equal(encoded, vectors)


def test_a_sentence_model_is_fine_tuned(sentence_model):
    parameters = {"pretrained": sentence_model, "trainable": True}
    model = fitted(**parameters)
    table = next(v for v in model.network_.trainable_variables if v.shape == (50, 4))
    assert not np.array_equal(table.numpy(), Mean().table.numpy())
    expected = model.predict_proba(ASKED)
    other = fitted(**parameters, random_state=7)
    assert not np.array_equal(other.predict_proba(ASKED), expected)
    np.testing.assert_array_equal(model.predict_proba(ASKED), expected)
    np.testing.assert_array_equal(fitted(**parameters).predict_proba(ASKED), expected)
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict_proba(ASKED), expected)


VECTORS = {"fine": [1.0, 0.0], "dull": [-1.0, 0.5], "film": [0.0, 0.1], "superb": [2.0, 0.0]}


@pytest.mark.parametrize("trainable", [False, True])
def test_words_that_only_the_table_holds_are_known_to_prediction(trainable):
    model = fitted(pretrained=VECTORS, trainable=trainable, epochs=10)
    encoder = model.feature_spec_.features_["text"]
    assert encoder.further_words == ["superb"]
    assert "superb" not in encoder.for_training().labels
    unknown, superb = model.decision_function(["unheard", "superb"])
    assert unknown != superb
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.decision_function(["superb"]), [superb])
    codes = model.feature_spec_.encode(pd.DataFrame({"text": ["superb"]}))
    logits = keras.ops.convert_to_numpy(model.network_(codes)).ravel()
    np.testing.assert_allclose(logits, [superb], rtol=1e-5)
    if not trainable:
        # Frozen and averaged, "superb" is twice "fine": the network knows nothing else of it.
        fine = model.network_.layers
        table = next(layer for layer in fine if hasattr(layer, "embeddings")).embeddings.numpy()
        known = dict(zip(encoder.labels, table, strict=False))
        assert {word: known[word].tolist() for word in VECTORS} == {
            word: np.float32(vector).tolist() for word, vector in VECTORS.items()
        }


def test_text_columns_beside_others():
    stars = np.random.default_rng(0).normal(size=len(TEXTS))
    table = pd.DataFrame({"text": TEXTS, "stars": stars})
    labels = (TAGS + (stars > 0) > 1).astype(int)
    spec = FeatureSpec().step_numeric_column("stars", normalizer="standard")
    model = DNNClassifier(spec, hidden_units=(8,), epochs=30, learning_rate=0.02, random_state=0)
    without = clone(model).fit(table, labels).score(table, labels)
    both = model.set_params(feature_spec=spec.step_text_column("text")).fit(table, labels)
    assert both.score(table, labels) > max(0.95, without)
    gap = both.predict_proba(table.head(2).assign(text=[None, ""]))
    assert gap.shape == (2, 2)


# Files


@pytest.mark.parametrize("trainable", [False, True])
def test_a_sentence_model_must_be_trusted_where_it_lies(sentence_model, trainable, tmp_path):
    model = TextClassifier(pretrained=sentence_model, trainable=trainable, epochs=1, random_state=0)
    model.fit(TEXTS, TAGS).save(tmp_path / "model")
    with pytest.raises(ValueError, match="asks for '.*mean0', which is not part of this library"):
        load_model(tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=[sentence_model])
    np.testing.assert_array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))


@pytest.mark.parametrize("kind", ["dictionary", "frame", "gensim", "file"])
def test_tables_of_words_come_back_from_a_file(kind, tmp_path):
    words = {"fine": np.ones(3), "dull": -np.ones(3), "unheard": np.arange(3.0)}
    frame = pd.DataFrame.from_dict(words, orient="index")
    keyed = gensim.models.KeyedVectors(3)
    keyed.add_vectors(list(words), np.stack([*words.values()]))
    (tmp_path / "words.txt").write_text("fine 1 1 1\ndull -1 -1 -1\nunheard 0 1 2\n")
    pretrained = {"dictionary": words, "frame": frame, "gensim": keyed,
                  "file": tmp_path / "words.txt"}[kind]  # fmt: skip
    model = TextClassifier(pretrained=pretrained, epochs=1, random_state=0).fit(TEXTS, TAGS)
    model.save(tmp_path / "model")
    again, texts = load_model(tmp_path / "model"), [*TEXTS, "unheard"]
    np.testing.assert_array_equal(again.predict_proba(texts), model.predict_proba(texts))
    refitted = clone(again).fit(TEXTS, TAGS)
    np.testing.assert_array_equal(refitted.predict_proba(texts), model.predict_proba(texts))
