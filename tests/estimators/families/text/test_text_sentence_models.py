"""Sentence models from elsewhere: frozen, fine-tuned, in a table, and those that are none."""

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.base import clone
from text_reviews import ASKED, FAMILIES, LABELS, PLAIN, TABLE, WORDS, X, Y, new
from text_tones import QUERIES, TAGS, TEXTS, fitted

from estimators import DNNClassifier, TextClassifier, load_model
from feature_specs import FeatureSpec, all_numeric
from feature_specs.text.sentence_models import shared_sentence_model


class Hashed(tf.Module):
    """The mean of the vectors of hashed words, from a table that lists itself nowhere."""

    def __init__(self):
        super().__init__()
        table = np.random.default_rng(5).normal(size=(40, 4))
        self.table = tf.Variable(table.astype("float32"), name="table")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def embed(self, texts):
        words = tf.strings.to_hash_bucket_fast(tf.strings.split(texts), 40)
        vectors = tf.reduce_mean(tf.gather(self.table, words), axis=1)
        return {"default": tf.where(tf.math.is_nan(vectors), 0.0, vectors)}


class Called(Hashed):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, texts):
        return self.embed(texts)["default"]


class Counted(Hashed):
    """Counts the texts that it is asked about."""

    def __init__(self):
        super().__init__()
        self.calls = tf.Variable(0, trainable=False, dtype=tf.int64)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, texts):
        self.calls.assign_add(tf.size(texts, out_type=tf.int64))
        return self.embed(texts)["default"]


def vectors_of(model, texts):
    made = getattr(model, "embed", model)(tf.constant(texts))
    return (made["default"] if isinstance(made, dict) else made).numpy()


def by_call(folder):
    module = Called()
    tf.saved_model.save(module, folder)
    return module


def by_signature(folder):
    module = Hashed()
    tf.saved_model.save(module, folder, signatures={"serving_default": module.embed})
    return module


def by_keras(folder):
    words = keras.layers.TextVectorization(output_sequence_length=6, vocabulary=WORDS)
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((), dtype="string"),
            words,
            keras.layers.Embedding(len(WORDS) + 2, 4, embeddings_initializer="normal"),
            keras.layers.GlobalAveragePooling1D(),
        ]
    )
    network.export(folder, verbose=False)
    return network


KINDS = {"call": by_call, "signature": by_signature, "keras": by_keras}


@pytest.fixture(scope="module", params=KINDS)
def sentence_model(request, tmp_path_factory):
    """Return the folder of a model and the model."""
    folder = str(tmp_path_factory.mktemp(request.param))
    return folder, KINDS[request.param](folder)


def test_a_frozen_model_gives_the_vectors_that_it_makes_by_hand(sentence_model):
    folder, saved = sentence_model
    model = new(pretrained=folder, dropout=0.0).fit(X, Y)
    spec = FeatureSpec().step_numeric_column(all_numeric())
    beneath = new(DNNClassifier, feature_spec=spec, numeric_embedding=None, weight_decay=0.0).fit(
        vectors_of(saved, X), Y
    )
    expected = beneath.predict_proba(vectors_of(saved, ASKED))
    np.testing.assert_allclose(model.predict_proba(ASKED), expected, rtol=1e-6)
    assert model.vocabulary_.tolist() == []


def test_fine_tuning_starts_from_the_folder_each_time(sentence_model):
    folder, saved = sentence_model
    tuned = {"pretrained": folder, "trainable": True}
    model = new(**tuned).fit(X, Y)
    expected = model.predict_proba(ASKED)
    frozen = new(pretrained=folder).fit(X, Y)
    tables = [v for v in model.network_.trainable_variables if v.shape[0] in (12, 40)]
    (given,) = saved.trainable_variables
    assert 0 < np.abs(tables[0].numpy() - given.numpy()).max() < 1
    assert not np.array_equal(frozen.predict_proba(ASKED), expected)
    again = new(**tuned).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(ASKED), expected)
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict_proba(ASKED), expected)
    copied.partial_fit(X, Y)
    assert not np.array_equal(copied.predict_proba(ASKED), expected)
    np.testing.assert_array_equal(model.predict_proba(ASKED), expected)


def test_two_fine_tuned_models_do_not_disturb_one_another(tmp_path):
    by_call(str(tmp_path))
    tuned = {"pretrained": str(tmp_path), "trainable": True}
    models = [new(**tuned).fit(X, Y), new(**tuned, epochs=6).fit(X, 1 - Y)]
    expected = [model.predict_proba(ASKED) for model in models]
    assert not np.allclose(*expected)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda i: models[i % 2].predict_proba(ASKED), range(40)))
    for i, probabilities in enumerate(found):
        np.testing.assert_array_equal(probabilities, expected[i % 2])
    with ThreadPoolExecutor(2) as threads:
        targets = {"epochs": 3, "y": Y}, {"epochs": 6, "y": 1 - Y}
        refitted = list(
            threads.map(lambda how: new(**tuned, epochs=how["epochs"]).fit(X, how["y"]), targets)
        )
    for model, probabilities in zip(refitted, expected):
        np.testing.assert_array_equal(model.predict_proba(ASKED), probabilities)


@pytest.mark.parametrize("trainable", [False, True])
def test_another_model_in_the_same_folder_is_another(trainable, tmp_path):
    how = {"pretrained": str(tmp_path), "trainable": trainable}
    by_call(str(tmp_path))
    model = new(**how).fit(X, Y)
    before = model.predict_proba(ASKED)
    other = Called()
    other.table.assign(-other.table)
    tf.saved_model.save(other, str(tmp_path))
    assert not np.allclose(new(**how).fit(X, Y).predict_proba(ASKED), before)
    np.testing.assert_array_equal(model.predict_proba(ASKED), before)


def test_a_model_without_weights_cannot_be_fine_tuned(tmp_path):
    class Lengths(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, texts):
            return tf.cast(tf.strings.length(texts)[:, None], tf.float32)

    tf.saved_model.save(Lengths(), tmp_path)
    assert new(pretrained=tmp_path).fit(X, Y).predict(ASKED).shape == (len(ASKED),)
    with pytest.raises(ValueError, match="no weights.*trainable=False"):
        new(pretrained=tmp_path, trainable=True).fit(X, Y)


@pytest.mark.parametrize(
    ("family", "trainable"),
    [("dnn", False), ("dnn", True), ("linear", False), ("combined", False)],
)
def test_sentence_models_in_a_table(family, trainable, tmp_path):
    by_call(str(tmp_path))
    spec = PLAIN.step_text_column("text", pretrained=str(tmp_path), trainable=trainable)
    model = clone(FAMILIES[family]).set_params(feature_spec=spec, epochs=3).fit(TABLE, LABELS)
    logits = model.network_(
        {name: tf.constant(array) for name, array in model.feature_spec_.encode(TABLE).items()}
    )
    np.testing.assert_allclose(
        logits.numpy().ravel(), model.decision_function(TABLE), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("family", ["linear", "combined"])
def test_no_linear_model_can_fine_tune_a_sentence_model(family, tmp_path):
    by_call(str(tmp_path))
    spec = PLAIN.step_text_column("text", pretrained=str(tmp_path), trainable=True)
    with pytest.raises(ValueError, match="'text'.*no linear model can"):
        clone(FAMILIES[family]).set_params(feature_spec=spec).fit(TABLE, LABELS)


def saved(folder, module, **kwargs):
    tf.saved_model.save(module, str(folder), **kwargs)
    return str(folder)


@pytest.fixture(scope="module")
def counted_model(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("counted"), Counted())


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


def test_addresses_need_tensorflow_hub(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_hub", None)
    with pytest.raises(ImportError, match=r"keras-estimators\[hub\]"):
        fitted(pretrained="https://tfhub.dev/google/nnlm-en-dim50/2")


def test_a_frozen_sentence_model_runs_once_a_text(counted_model):
    calls = shared_sentence_model(counted_model).loaded.calls
    before = int(calls.numpy())
    model = fitted(pretrained=counted_model, epochs=5)
    # The texts of the fit, and two to see what the model makes of any.
    assert int(calls.numpy()) - before in (len(TEXTS), len(TEXTS) + 2)
    vectors = vectors_of(Counted(), QUERIES)
    encoded = model.feature_spec_.encode(pd.DataFrame({"text": QUERIES}))["numeric"]
    np.testing.assert_array_equal(encoded, vectors)


def test_a_sentence_model_is_fine_tuned(counted_model):
    parameters = {"pretrained": counted_model, "trainable": True}
    model = fitted(**parameters)
    table = next(v for v in model.network_.trainable_variables if v.shape == (40, 4))
    assert not np.array_equal(table.numpy(), Hashed().table.numpy())
    expected = model.predict_proba(QUERIES)
    other = fitted(**parameters, random_state=7)
    assert not np.array_equal(other.predict_proba(QUERIES), expected)
    np.testing.assert_array_equal(model.predict_proba(QUERIES), expected)
    np.testing.assert_array_equal(fitted(**parameters).predict_proba(QUERIES), expected)
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict_proba(QUERIES), expected)


@pytest.mark.parametrize("trainable", [False, True])
def test_a_sentence_model_must_be_trusted_where_it_lies(counted_model, trainable, tmp_path):
    model = TextClassifier(pretrained=counted_model, trainable=trainable, epochs=1, random_state=0)
    model.fit(TEXTS, TAGS).save(tmp_path / "model")
    with pytest.raises(ValueError, match="asks for pretrained='.*counted0', which lies outside"):
        load_model(tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=[counted_model])
    np.testing.assert_array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))
