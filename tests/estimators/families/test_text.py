"""Text estimators: rows, weights and warm starts; pretrained parts alone and beside a table."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import joblib
import keras
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import tensorflow as tf
from sklearn.base import clone

from estimators import (
    DNNClassifier,
    DNNLinearCombinedClassifier,
    LinearClassifier,
    TextClassifier,
    TextRegressor,
)
from feature_specs import FeatureSpec, all_numeric

WORDS = ["good", "bad", "film", "plot", "acting", "the", "a", "so", "and", "very"]


def reviews(seed, rows):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(2, 9))) for _ in range(rows)]


X = reviews(0, 96)
Y = np.array([text.count("good") > text.count("bad") for text in X]).astype(int)
ASKED = [*reviews(1, 8), "unheard of", "", "good superb film", "and " * 40]
SHORT = {"hidden_units": (16,), "epochs": 3, "learning_rate": 0.05, "random_state": 0}
VECTORS = dict(
    zip(["good", "bad", "film", "superb"], np.random.default_rng(0).normal(size=(4, 3)).tolist())
)


def new(kind=TextClassifier, **parameters):
    return kind(**(SHORT | parameters))


@pytest.fixture(scope="module")
def model():
    return new().fit(X, Y)


# Texts

FORMS = {
    "fixed bytes": lambda texts: np.array([text.encode() for text in texts]),
    "NumPy's strings": lambda texts: np.array(texts, np.dtypes.StringDType()),
    "nullable strings": lambda texts: pd.Series(texts, dtype="string"),
    "Arrow-backed strings": lambda texts: pd.Series(texts, dtype="string[pyarrow]"),
    "categories": lambda texts: pd.Series(texts, dtype="category"),
    "index": pd.Index,
    "Arrow array": pa.array,
    "Arrow, in pieces": lambda texts: pa.chunked_array([texts[:5], texts[5:]]),
    "Arrow table": lambda texts: pa.table({"review": texts}),
    "polars table": lambda texts: pl.DataFrame({"review": texts}),
    "dictionary of a column": lambda texts: {"review": texts},
    "generator": iter,
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_the_same_texts_are_one(model, form):
    np.testing.assert_array_equal(
        model.predict_proba(FORMS[form](ASKED)), model.predict_proba(ASKED)
    )


REFUSED = {
    "nothing": (None, "NoneType.*list of str"),
    "a number": (5, "int.*list of str"),
    "an array without rows": (np.array("good"), r"single one; pass \[text\]"),
    "numbers": (np.ones((3, 1)), "1.0 in row 0.*float64"),
    "lists": ([["good", ["bad"]]], r"\['good'.* in row 0.*list; give each row one text"),
    "three dimensions": (np.array(ASKED).reshape(-1, 1, 1), r"shape \(12, 1, 1\)"),
    "two columns": ({"a": ["good"], "b": ["bad"]}, r"shape \(1, 2\).*step_text_column"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", REFUSED)
def test_refused(model, case):
    texts, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        model.predict(texts)


@pytest.mark.parametrize("how", [{"sample_weight": np.arange(96)}, {"validation_fraction": 0.5}])
def test_errors_count_rows_as_the_caller_does(how):
    broken = [*X[:70], "\ud800", *X[71:]]
    weight = {name: how[name] for name in how if name == "sample_weight"}
    parameters = {name: how[name] for name in how if name != "sample_weight"}
    with pytest.raises(ValueError, match="X holds a text in row 70.*Unicode"):
        new(**parameters).fit(broken, Y, **weight)


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


# Fits


def test_fit_changes_nothing_that_it_is_given():
    given = {
        "texts": pd.Series(X, index=range(7, 7 + len(X))),
        "labels": pd.Series(Y),
        "weight": np.linspace(0, 1, len(X)),
        "vectors": {word: np.array(vector) for word, vector in VECTORS.items()},
        "vocabulary": np.array(["good", "bad", "film"]),
        "units": [16],
    }
    before = copy.deepcopy(given)
    model = new(
        pretrained=given["vectors"],
        vocabulary=given["vocabulary"],
        hidden_units=given["units"],
        trainable=True,
    )
    parameters = model.get_params()
    model.fit(given["texts"], given["labels"], sample_weight=given["weight"])
    model.predict(given["texts"])
    assert joblib.hash(given) == joblib.hash(before)
    assert all(model.get_params()[name] is value for name, value in parameters.items())


def test_weights():
    heavy = np.where(Y == 1, 20.0, 0.5)
    plain, weighted = (
        new(dropout=0.0).fit(X, Y, sample_weight=weight).predict_proba(X)[:, 1].mean()
        for weight in (None, heavy)
    )
    assert weighted > plain + 0.02
    balanced = new(class_weight="balanced").fit(X, Y)
    by_hand = new().fit(X, Y, sample_weight=(len(Y) / 2 / np.bincount(Y))[Y])
    np.testing.assert_allclose(
        balanced.predict_proba(ASKED), by_hand.predict_proba(ASKED), rtol=1e-6
    )


def test_texts_of_no_weight_are_not_read():
    kept = np.arange(len(X)) < 80
    X_with_others = [*X[:80], *["strange words"] * 16]
    weighted = new().fit(X_with_others, Y, sample_weight=kept.astype(float))
    cut = new().fit(X[:80], Y[:80])
    np.testing.assert_array_equal(weighted.predict_proba(ASKED), cut.predict_proba(ASKED))
    assert "strange" not in weighted.vocabulary_


def test_validation_and_early_stopping():
    stopped = new(epochs=60, early_stopping=2).fit(X, Y, validation_data=(ASKED, Y[: len(ASKED)]))
    assert stopped.n_iter_ < 60
    assert len(stopped.history_.history["val_loss"]) == stopped.n_iter_
    assert "unheard" not in stopped.vocabulary_
    evaluated = stopped.evaluate(ASKED, Y[: len(ASKED)])
    assert evaluated["accuracy"] == stopped.score(ASKED, Y[: len(ASKED)])


def test_in_parts_as_at_once():
    at_once = new(dropout=0.0).fit(X, Y)
    parts = new(dropout=0.0)
    for _ in range(3):
        parts.partial_fit(X, Y)
    np.testing.assert_array_equal(parts.predict_proba(ASKED), at_once.predict_proba(ASKED))
    parts.partial_fit(["other words"], [1])
    assert parts.vocabulary_.tolist() == at_once.vocabulary_.tolist()


CHANGES = {
    "representation": "count",
    "max_tokens": 6,
    "sequence_length": 3,
    "ngrams": 2,
    "standardize": None,
    "split": "character",
    "vocabulary": ["good"],
    "dimension": 3,
    "pooling": "max",
    "pretrained": VECTORS,
    "trainable": True,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_warm_start_refuses_other_words(model, name):
    warm = copy.deepcopy(model).set_params(warm_start=True, **{name: CHANGES[name]})
    with pytest.raises(ValueError, match=f"^{name} changed since the fit"):
        warm.fit(X, Y)
    with pytest.raises(ValueError, match=f"^{name} changed since the fit"):
        warm.partial_fit(X, Y)
    np.testing.assert_array_equal(warm.predict_proba(ASKED), model.predict_proba(ASKED))


def test_a_warm_start_goes_on_with_equal_words():
    frame = pd.DataFrame.from_dict(VECTORS, orient="index")
    model = new(pretrained=frame, vocabulary=np.array(["good", "film"]), warm_start=True, epochs=1)
    model.fit(X, Y).set_params(pretrained=frame.copy(), vocabulary=np.array(["good", "film"]))
    assert model.fit(X, Y).n_iter_ == 2


def test_values_and_counts():
    stars = np.array([text.count("good") - text.count("bad") for text in X]) + 3.0
    learns = {"dropout": 0.0, "epochs": 40, "jit_compile": False}
    assert new(TextRegressor, **learns).fit(X, stars).score(X, stars) > 0.8
    counts = new(TextRegressor, loss="poisson", **learns).fit(X, stars.clip(0))
    assert (counts.predict(ASKED) > 0).all()
    two = (
        new(TextRegressor, jit_compile=False)
        .fit(X, np.stack([stars, -stars], axis=1))
        .predict(ASKED)
    )
    assert two.shape == (len(ASKED), 2)


# Word vectors


def table_of(model):
    """Return the vector of each word in a fitted network."""
    labels = model.feature_spec_.features_["text"].labels
    table = next(v for v in model.network_.variables if v.name == "embeddings").numpy()
    return dict(zip(labels, table))


@pytest.mark.parametrize("trainable", [False, True])
def test_vectors_stay_or_move(trainable):
    found = table_of(new(pretrained=VECTORS, trainable=trainable).fit(X, Y))
    for word in ("good", "bad", "film"):
        assert np.array_equal(found[word], np.float32(VECTORS[word])) != trainable
    np.testing.assert_array_equal(found["superb"], np.float32(VECTORS["superb"]))


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_a_word_of_the_table_predicts_as_if_it_had_been_there(pooling):
    frozen = {"pretrained": VECTORS, "pooling": pooling}
    words = ["good", "bad", "film"]
    unseen = new(**frozen, vocabulary=words).fit(X, Y)
    there = new(**frozen, vocabulary=[*words, "superb"]).fit(X, Y)
    asked = ["superb", "superb film", "good superb superb"]
    np.testing.assert_array_equal(unseen.predict_proba(asked), there.predict_proba(asked))
    assert (unseen.decision_function(["superb"]) != unseen.decision_function(["unheard"])).all()
    for_training = unseen.feature_spec_.for_training().features_["text"]
    assert unseen.feature_spec_.features_["text"].labels[-1] == "superb"
    assert for_training.labels == ["missing", "unseen", *words]


def test_fits_on_other_vectors_do_not_meet():
    # The words of the texts have the same vectors, save that one has none at first.
    one = {"good": [1.0, 2.0], "superb": [3.0, 4.0]}
    other = {"good": [1.0, 2.0], "bad": [3.0, 4.0]}
    texts, labels = ["good good bad", "bad good"] * 10, [0, 1] * 10
    alike = {"trainable": True, "hidden_units": (16,)}
    new(pretrained=one, **alike).fit(texts, labels)
    model = new(pretrained=other, **alike, epochs=1, learning_rate=1e-9).fit(texts, labels)
    np.testing.assert_allclose(table_of(model)["bad"], [3, 4], atol=1e-6)


# Tables


def make_table():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"text": X, "pay": rng.normal(size=96), "city": rng.choice(["Bonn", "Rome"], 96)}
    )
    score = 2.0 * (Y == 1) + frame["pay"] + (frame["city"] == "Rome")
    return frame, (score > 1.5).to_numpy().astype(int)


TABLE, LABELS = make_table()
PLAIN = (
    FeatureSpec()
    .step_numeric_column("pay", normalizer="standard")
    .step_categorical_column_with_vocabulary_list("city")
)
# Nothing here hangs on how a network is compiled.
QUICK = {"epochs": 40, "random_state": 0, "jit_compile": False}
FAMILIES = {
    "dnn": DNNClassifier(hidden_units=(16,), learning_rate=0.03, **QUICK),
    "linear": LinearClassifier(**QUICK),
    "combined": DNNLinearCombinedClassifier(dnn_hidden_units=(16,), **QUICK),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_text_helps_beside_numbers_and_categories(family):
    with_text = PLAIN.step_text_column("text", representation="count")
    without, with_it = (
        clone(FAMILIES[family]).set_params(feature_spec=spec).fit(TABLE, LABELS)
        for spec in (PLAIN, with_text)
    )
    assert with_it.score(TABLE, LABELS) > without.score(TABLE, LABELS) + 0.1
    missing = with_it.predict_proba(TABLE[:1].assign(text=None))
    np.testing.assert_array_equal(missing, with_it.predict_proba(TABLE[:1].assign(text="")))


@pytest.mark.parametrize(
    ("family", "trainable"), [("dnn", True), ("linear", False), ("combined", False)]
)
def test_word_vectors_in_a_table(family, trainable):
    spec = PLAIN.step_text_column("text", pretrained=VECTORS, trainable=trainable)
    model = clone(FAMILIES[family]).set_params(feature_spec=spec, epochs=3).fit(TABLE, LABELS)
    asked = TABLE[:3].assign(text=["superb", "", "good superb"])
    logits = model.network_(model.feature_spec_.encode(asked)).numpy().ravel()
    np.testing.assert_allclose(logits, model.decision_function(asked), rtol=1e-5, atol=1e-6)
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict_proba(asked), model.predict_proba(asked))
    moved = model.decision_function(asked) - model.decision_function(asked.assign(text=""))
    # A linear model has learnt nothing of a word that no training text holds.
    assert (moved[0] != 0) == (family != "linear")


# Sentence models


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
    beneath = new(DNNClassifier, feature_spec=spec).fit(vectors_of(saved, X), Y)
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


def test_a_dictionary_of_one_column_is_evaluated(model):
    assert model.evaluate({"review": X}, Y) == model.evaluate(X, Y)
