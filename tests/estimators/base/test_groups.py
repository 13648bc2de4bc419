"""Rows of one group are trained on or set aside together, however the groups get to the fit."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedGroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import estimators
from estimators import DNNRegressor, KerasClassifier, KerasRegressor, LinearRegressor
from estimators.base.groups import check_groups, deal_groups
from estimators.base.rows import CheckedRows
from estimators.engine import fit_observers

KINDS = [
    getattr(estimators, name)
    for name in estimators.__all__
    if hasattr(getattr(estimators, name), "fit")
]
RNG = np.random.default_rng(0)
GROUPS = np.repeat([f"patient {i}" for i in range(20)], 6)
# A patient is known by the numbers, and says nothing of another one.
X = np.repeat(RNG.normal(size=(20, 8)), 6, axis=0) + 0.01 * RNG.normal(size=(120, 8))
Y = np.repeat(RNG.normal(size=20), 6)
LEARNS = DNNRegressor(
    hidden_units=64, epochs=80, learning_rate=0.01, validation_fraction=0.2, random_state=0
)
SHORT = LinearRegressor(epochs=1, validation_fraction=0.12, random_state=0)


def test_who_was_seen_in_training_is_not_set_aside():
    apart = clone(LEARNS).fit(X, Y, groups=GROUPS).history_["val_loss"]
    torn = clone(LEARNS).fit(X, Y).history_["val_loss"]
    # Patients that training has seen are known by heart, others are not.
    assert min(torn) < 0.05 * Y.var()
    assert min(apart) > 0.3 * Y.var()


def test_rows_of_weight_0_are_no_rows_of_a_group():
    weight = np.ones(120)
    weight[::2] = 0
    kept = weight > 0
    weighted = clone(SHORT).fit(X, Y, groups=GROUPS, sample_weight=weight)
    without = clone(SHORT).fit(X[kept], Y[kept], groups=GROUPS[kept])
    np.testing.assert_array_equal(weighted.predict(X), without.predict(X))


def rows_of(y, groups):
    return CheckedRows(np.arange(len(y))[:, None], np.array(y), np.ones(len(y)), np.array(groups))


@given(
    st.lists(st.tuples(st.integers(0, 15), st.sampled_from("aab")), min_size=2, max_size=80),
    st.floats(0.05, 0.9),
    st.integers(0, 2**31 - 1),
    st.booleans(),
)
def test_no_group_is_on_both_sides(pairs, fraction, seed, stratify):
    groups, y = zip(*pairs, strict=True)
    rows = rows_of(y, groups)
    if np.ceil(len(y) * fraction) == len(y) or len(set(groups)) == 1:
        with pytest.raises(ValueError, match="leaves no row|alone"):
            rows.split(fraction, seed, stratify=stratify)
        return
    training, validation = rows.split(fraction, seed, stratify=stratify)
    assert not set(training.groups) & set(validation.groups)
    places = np.sort(np.concatenate([training.X, validation.X]).ravel())
    np.testing.assert_array_equal(places, np.arange(len(y)))
    assert len(training.y)
    assert len(validation.y)
    again, _ = rows.split(fraction, seed, stratify=stratify)
    np.testing.assert_array_equal(training.X, again.X)
    for side in (training, validation):
        np.testing.assert_array_equal(rows.groups[side.X.ravel()], side.groups)


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.25, 0.5])
def test_the_share_of_every_class_is_the_fraction(fraction):
    groups = np.repeat(np.arange(300), RNG.integers(1, 6, 300))
    y = (RNG.random(300) < 0.2)[groups]
    _, aside = rows_of(y, groups).split(fraction, 0, stratify=True)
    shares = np.bincount(aside.y, minlength=2) / np.bincount(y)
    np.testing.assert_allclose(shares, fraction, atol=0.02)


def test_a_rare_class_weighs_as_much_as_a_frequent_one():
    # Of 40 groups of 11 to 50 rows ten hold one row of the rare class.
    groups = np.repeat(np.arange(40), np.arange(11, 51))
    is_rare = np.isin(np.arange(len(groups)), np.flatnonzero(np.diff(groups))[::4])
    for seed in range(10):
        parts = deal_groups(groups, is_rare.astype(int), [0.2] * 5, seed)
        np.testing.assert_array_equal(np.bincount(parts[is_rare]), [2] * 5)


def test_groups_are_dealt_as_well_as_by_scikit_learn():
    ours, theirs = [], []
    for seed in range(30):
        groups = np.repeat(np.arange(25), RNG.geometric(0.1, 25))
        classes = (RNG.random(25)[groups] + 0.5 * RNG.random(len(groups)) > 0.8).astype(int)

        def uneven(parts, classes=classes):
            held = np.array([np.bincount(classes[p], minlength=2) for p in parts])
            return (held / held.sum(axis=0)).std(axis=0).mean()

        part = deal_groups(groups, classes, [0.2] * 5, seed)
        ours.append(uneven([part == i for i in range(5)]))
        reference = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        theirs.append(uneven([test for _, test in reference.split(classes, classes, groups)]))
    assert np.mean(ours) < 1.05 * np.mean(theirs)


FORMS = {
    "texts": list("aabbc"),
    "mixed": [1, 1, "1", "1", 2],
    "tuples": [("a", 1), ("a", 1), ("b", 1), ("b", 1), ("a", 2)],
    "mixed tuples": [("a", 1), ("a", 1), (1, "a"), (1, "a"), "a"],
    "pandas": pd.Series([7, 7, 8, 8, 9], dtype="Int64"),
    "categories": pd.Categorical(list("bbaac")),
    "dates": pd.to_datetime(["2020-01-01"] * 2 + ["2021-01-01"] * 2 + ["2022-01-01"], utc=True),
    "polars": pl.Series(list("aabbc")),
    "numbers": np.array([0.5, 0.5, 0.25, 0.25, np.inf]),
}


@pytest.mark.parametrize("groups", FORMS.values(), ids=FORMS)
def test_forms_of_groups(groups):
    found = check_groups(groups, np.zeros(5))
    _, codes = np.unique(found, return_inverse=True)
    assert [codes[0] == codes[1], codes[2] == codes[3], len(set(codes))] == [True, True, 3]


# groups, the words that name what is wrong
WRONG = {
    "another length": (GROUPS[:-1], "groups has 119 labels for 120 rows"),
    "missing": ([None, *GROUPS[1:]], "groups has no label for row 0"),
    "not a number": (np.r_[np.arange(119.0), np.nan], "groups has no label for row 119"),
    "a column's name": ("patient", "groups is 'patient'.*a label for every row"),
    "one number": (3, "groups is 3"),
    "two columns": (np.zeros((120, 2)), r"groups has shape \(120, 2\)"),
    "lists": ([["a"]] * 120, "groups must be labels.*list"),
    "everything": (["me"] * 120, "groups holds the group 'me' alone.*validation_data"),
}


@pytest.mark.parametrize(("groups", "words"), WRONG.values(), ids=WRONG)
def test_bad_input(groups, words):
    model = clone(LEARNS)
    with pytest.raises(ValueError, match=words) as raised:
        model.fit(X, Y, groups=groups)
    assert "\n" not in str(raised.value)
    assert not hasattr(model, "trained_")


def test_without_rows_set_aside_groups_have_no_effect():
    model = clone(SHORT).set_params(validation_fraction=None)
    alone, grouped = clone(model).fit(X, Y), clone(model).fit(X, Y, groups=["me"] * 120)
    np.testing.assert_array_equal(alone.predict(X), grouped.predict(X))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_family_asks_for_groups(kind):
    needs_network = issubclass(kind, KerasClassifier | KerasRegressor)
    model = kind(network=abs) if needs_network else kind()
    with config_context(enable_metadata_routing=True):
        routing = model.set_fit_request(groups=True).get_metadata_routing()
    assert routing.fit.requests["groups"] is True


@pytest.fixture
def set_aside():
    """The numbers of rows set aside by every fit of a test."""

    class Listener:
        counts = []

        def on_fit(self, fit):
            self.counts.append(fit.validation_samples)
            return []

    listener = Listener()
    fit_observers.join(listener)
    yield listener.counts
    fit_observers.leave(listener)


ROUTES = {
    "cross_validate": lambda model: cross_validate(
        model, X, Y, params={"groups": GROUPS}, cv=GroupKFold(3)
    ),
    "grid": lambda model: GridSearchCV(model, {"epochs": [1, 2]}, cv=GroupKFold(2)).fit(
        X, Y, groups=GROUPS
    ),
    "pipeline": lambda model: make_pipeline(StandardScaler(), model).fit(X, Y, groups=GROUPS),
    "pipeline in a grid": lambda model: GridSearchCV(
        make_pipeline(StandardScaler(), model), {"linearregressor__epochs": [1]}, cv=GroupKFold(2)
    ).fit(X, Y, groups=GROUPS),
}


@pytest.mark.parametrize(
    ("route", "fits"), list(zip(ROUTES.values(), (3, 5, 1, 3), strict=True)), ids=ROUTES
)
def test_groups_are_routed(route, fits, set_aside):
    with config_context(enable_metadata_routing=True):
        route(clone(SHORT).set_fit_request(groups=True))
    # Patients have six rows each, and 12 % of no fold is a multiple of six.
    assert len(set_aside) == fits
    assert all(count and count % 6 == 0 for count in set_aside)


def test_groups_for_the_splitter_alone_are_not_for_the_fit(set_aside):
    with config_context(enable_metadata_routing=True):
        with pytest.raises(UnsetMetadataPassedError, match="groups"):
            ROUTES["cross_validate"](clone(SHORT))
        ROUTES["cross_validate"](clone(SHORT).set_fit_request(groups=False))
    assert set_aside == [10, 10, 11]
