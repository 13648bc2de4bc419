"""Text estimators: weights, validation, training in parts, and warm starts."""

import copy

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from text_reviews import ASKED, VECTORS, X, Y, new
from text_tones import BRIEF, QUERIES, TAGS, TEXTS, fitted

from estimators import TextClassifier, TextRegressor


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


def test_a_grid_search_in_a_pipeline():
    search = GridSearchCV(
        Pipeline([("text", TextClassifier(**BRIEF))]),
        {"text__ngrams": [None, 2], "text__max_tokens": [8, 20], "text__dropout": [0.0, 0.5]},
        cv=2,
        error_score="raise",
    ).fit(TEXTS, TAGS)
    assert len(search.cv_results_["params"]) == 8
    assert search.best_score_ == 1.0
    assert cross_val_score(TextClassifier(**BRIEF), TEXTS, TAGS, cv=2).shape == (2,)


def test_tasks():
    names = np.array(["bad", "good", "so so"])[np.arange(len(TEXTS)) % 3]
    assert set(fitted(y=names).predict(QUERIES)) <= set(names)
    both = np.stack([TAGS, 1 - TAGS], axis=1)
    assert fitted(y=both).predict(QUERIES).shape == (len(QUERIES), 2)
    regressor = fitted(y=TAGS * 3.0, kind=TextRegressor, dropout=0.0, epochs=20)
    assert regressor.score(TEXTS, TAGS * 3.0) > 0.9


def test_training_goes_on():
    whole = fitted(epochs=2)
    half = fitted(epochs=1, warm_start=True).fit(TEXTS, TAGS)
    np.testing.assert_array_equal(half.predict_proba(QUERIES), whole.predict_proba(QUERIES))
    part = TextClassifier(**BRIEF).partial_fit(TEXTS, TAGS, classes=[0, 1])
    assert part.partial_fit(["new words", "fine film"], [0, 1]).n_iter_ == 2
    stopped = TextClassifier(**BRIEF | {"epochs": 50}, early_stopping=1, validation_fraction=0.25)
    assert stopped.fit(TEXTS, TAGS).evaluate(TEXTS, TAGS)["accuracy"] == 1.0


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
