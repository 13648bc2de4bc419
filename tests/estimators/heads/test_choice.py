"""Targets, losses and ends of networks: what goes together, and what is told not to."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from small_models import LABELS, RAW, ROWS, THREE, WEIGHT, X, Y

from estimators import DNNClassifier, KerasClassifier, LinearClassifier

ONE_HOT = np.eye(3, dtype=int)[THREE]
SEVERAL = (np.c_[Y, X[:, 0], X[:, 1]] > 0).astype(int)
CATEGORICAL, BINARY = "categorical_crossentropy", "binary_crossentropy"


def ending(activation, units=None):
    given = units

    def build(inputs, units):
        return keras.layers.Dense(given or units, activation=activation)(inputs)

    return build


@pytest.mark.parametrize(
    "model",
    [
        KerasClassifier(ending("softmax"), RAW),
        KerasClassifier(ending("log_softmax"), RAW),
        KerasClassifier(ending(None), RAW, loss=CATEGORICAL),
        KerasClassifier(ending("softmax"), RAW, loss=keras.losses.CategoricalCrossentropy()),
        DNNClassifier(RAW, hidden_units=4, loss=CATEGORICAL),
        LinearClassifier(RAW, loss="sparse_categorical_crossentropy", class_weight="balanced"),
    ],
    ids=["softmax", "log_softmax", "logits", "Keras loss", "deep", "class_weight"],
)
def test_one_hot_rows_are_classes(model):
    model.set_params(epochs=5, random_state=0)
    codes = clone(model).fit(X, THREE, sample_weight=WEIGHT)
    model.fit(X, ONE_HOT, sample_weight=WEIGHT)
    np.testing.assert_array_equal(model.predict_proba(X), codes.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), np.eye(3)[codes.predict(X)])
    assert model.score(X, ONE_HOT) == codes.score(X, THREE)
    assert model.evaluate(X, ONE_HOT) == codes.evaluate(X, THREE)
    model.partial_fit(X, ONE_HOT)
    with pytest.raises(ValueError, match="Row 1 of y holds 2 classes"):
        model.evaluate(X[:2], [[0, 1, 0], [1, 1, 0]])


def test_scores_of_scikit_learn_take_one_hot_rows():
    model = LinearClassifier(RAW, loss=CATEGORICAL, epochs=20, early_stopping=5, random_state=0)
    for scoring in ("accuracy", "neg_log_loss", "roc_auc_ovr"):
        assert cross_val_score(model, X, ONE_HOT, cv=2, scoring=scoring).min() > -1


def test_one_hot_rows_are_labels_where_nothing_says_otherwise():
    plain = LinearClassifier(RAW, epochs=2, random_state=0).fit(X, ONE_HOT)
    named = clone(plain).set_params(loss=BINARY).fit(X, ONE_HOT)
    np.testing.assert_array_equal(plain.predict_proba(X), named.predict_proba(X))
    assert not np.allclose(plain.predict_proba(X).sum(axis=1), 1)


@pytest.mark.parametrize(
    ("y", "loss", "activation", "message"),
    [
        (SEVERAL, None, "softmax", r"row \d+ is not one-hot.* ends in a softmax"),
        (SEVERAL, CATEGORICAL, None, r"row \d+ is not one-hot.* loss='categorical_crossentropy'"),
        (SEVERAL, keras.losses.KLDivergence(), None, "loss='kl_divergence'"),
        (ONE_HOT, BINARY, "softmax", "one-hot rows.* loss='binary_crossentropy' and .* a softmax"),
        (ONE_HOT, CATEGORICAL, "sigmoid", "loss='categorical_crossentropy' and .* a sigmoid"),
        (THREE, BINARY, None, "several classes.* loss='binary_crossentropy'"),
        (THREE, keras.losses.BinaryFocalCrossentropy(), None, "loss='binary_focal_crossentropy'"),
        (THREE, None, "sigmoid", "several classes.* ends in a sigmoid"),
        (THREE, None, "hard_sigmoid", "several classes.* ends in a sigmoid"),
        (LABELS, None, "softmax", "two classes.* ends in a softmax"),
        (LABELS, None, "relu", "never negative.*from_logits=True"),
        (LABELS, None, "log_sigmoid", "never positive.*from_logits=True"),
        (SEVERAL, None, "softplus", "never negative.*from_logits=True"),
    ],
)
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis")
def test_what_does_not_go_together_is_told(y, loss, activation, message):
    model = KerasClassifier(ending(activation), RAW, loss=loss, epochs=0)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert not hasattr(model, "head_")


def test_two_sigmoids_are_no_two_classes():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="sigmoid")])
    with pytest.raises(ValueError, match="two classes.* ends in a sigmoid"):
        KerasClassifier(network, RAW, epochs=0).fit(X, LABELS)


def test_class_weights_of_one_hot_rows_want_a_loss_that_says_so():
    model = KerasClassifier(ending("softmax"), RAW, class_weight="balanced", epochs=0)
    with pytest.raises(ValueError, match="class_weight of one-hot y needs loss="):
        model.fit(X, ONE_HOT)
    assert model.set_params(loss=CATEGORICAL).fit(X, ONE_HOT).predict(X).shape == (ROWS, 3)
