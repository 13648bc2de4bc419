"""Word vectors from elsewhere, and texts beside the other columns of a table."""

import pickle

import gensim
import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from text_reviews import FAMILIES, LABELS, PLAIN, TABLE, VECTORS, X, Y, new
from text_tones import TAGS, TEXTS, TONES, fitted

from estimators import DNNClassifier, TextClassifier, load_model
from feature_specs import FeatureSpec


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


@pytest.mark.parametrize("family", FAMILIES)
def test_the_text_helps_beside_numbers_and_categories(family):
    with_text = PLAIN.step_text_column("text", representation="count")
    without, with_it = (
        clone(FAMILIES[family]).set_params(feature_spec=spec).fit(TABLE, LABELS)
        for spec in (PLAIN, with_text)
    )
    assert with_it.score(TABLE, LABELS) > without.score(TABLE, LABELS) + 0.05
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


@pytest.mark.parametrize("trainable", [False, True])
def test_words_that_only_the_table_holds_are_known_to_prediction(trainable):
    model = fitted(pretrained=TONES, trainable=trainable, epochs=10)
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
        assert {word: known[word].tolist() for word in TONES} == {
            word: np.float32(vector).tolist() for word, vector in TONES.items()
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
    again = load_model(tmp_path / "model", trusted=[str(tmp_path / "words.txt")])
    texts = [*TEXTS, "unheard"]
    np.testing.assert_array_equal(again.predict_proba(texts), model.predict_proba(texts))
    refitted = clone(again).fit(TEXTS, TAGS)
    np.testing.assert_array_equal(refitted.predict_proba(texts), model.predict_proba(texts))
