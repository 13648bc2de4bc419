"""Sets of classes: what they cover, and that a row has the same set wherever it stands."""

import numpy as np
import pytest
from held_out_members import Classes, classes, held_out
from scipy.special import log_softmax, softmax
from scipy.stats import kstest
from sklearn.metrics import accuracy_score

from estimators.heads.classification import BinaryHead, MultiLabelHead, OneHotHead
from estimators.heads.conformal.sets import _scores
from estimators.heads.conformal.uniform import uniform_of

SLOPES = np.random.default_rng(1).normal(size=(4, 5))


def drawn(count, rng, certainty=1.0):
    rows = rng.normal(size=(count, 4))
    shares = softmax(certainty * rows @ SLOPES, axis=1).cumsum(axis=1)
    shares[:, -1] = 1
    return rows, (rng.random(count)[:, None] > shares).sum(axis=1)


def network(factor):
    return lambda rows: (factor * rows @ SLOPES).astype(np.float32)


def fold_networks(factor):
    """Networks that disagree, each of which did not see its fifth of the rows."""
    shifts = np.random.default_rng(2).normal(scale=0.1, size=(5, 5))
    return [lambda rows, s=s: (factor * (rows @ SLOPES + s)).astype(np.float32) for s in shifts]


# (how certain the classes are, how certain the network is of them)
@pytest.mark.parametrize(("certainty", "factor"), [(1, 1), (1, 1000), (9, 9), (99, 50)])
@pytest.mark.parametrize("coverage", [0.9, 0.6])
def test_sets_cover_what_was_asked_and_no_more(certainty, factor, coverage):
    rng, covered = np.random.default_rng(0), []
    for _ in range(70):
        rows, y = drawn(300, rng, certainty)
        sets = classes(network(factor), rows[:99], y[:99]).predict_set(rows[99:], coverage)
        covered.append(sets[np.arange(201), y[99:]].mean())
    # A whole number of 100 places.
    assert abs(np.mean(covered) - coverage) < 4 * np.std(covered) / np.sqrt(len(covered))


def test_rows_that_are_all_alike_are_covered_at_least():
    rows, y = drawn(300, np.random.default_rng(0))
    sets = classes(network(0), rows[:99], y[:99]).predict_set(rows[99:])
    assert (sets == sets[0]).all()
    assert sets[np.arange(201), y[99:]].mean() >= 0.9


@pytest.mark.parametrize(("certainty", "factor"), [(1, 1), (1, 100), (9, 9)])
def test_sets_of_folds_cover_what_was_asked(certainty, factor):
    rng, covered = np.random.default_rng(0), []
    unseen = np.eye(5, dtype=bool)[np.arange(100) % 5]
    for _ in range(60):
        rows, y = drawn(300, rng, certainty)
        model = classes(fold_networks(factor), rows[:100], y[:100], unseen=unseen)
        covered.append(model.predict_set(rows[100:])[np.arange(200), y[100:]].mean())
    assert 0.89 < np.mean(covered) < 0.93


def test_sets_are_smaller_where_the_network_knows_more():
    rows, y = drawn(3000, np.random.default_rng(0), 2)
    sizes = classes(network(2), rows[:1000], y[:1000]).predict_set(rows[1000:]).sum(axis=1)
    sure = softmax(network(2)(rows[1000:]), axis=1).max(axis=1)
    by_certainty = [
        sizes[(a <= sure) & (sure < b)].mean() for a, b in ((0, 0.5), (0.5, 0.9), (0.9, 1))
    ]
    assert by_certainty == sorted(by_certainty, reverse=True)
    assert by_certainty[0] > 2 * by_certainty[2]
    assert (sizes == 0).any()


def test_scores_are_those_of_the_paper():
    rng = np.random.default_rng(0)
    logarithms, uniform = log_softmax(rng.normal(size=(50, 6)), axis=1), rng.random(50)
    p = np.exp(logarithms)
    more_probable = np.array([[(row[row > own]).sum() for own in row] for row in p])
    expected = more_probable + (1 - uniform[:, None]) * p
    np.testing.assert_allclose(-np.expm1(-_scores(logarithms, uniform)), expected, atol=1e-12)


@pytest.mark.parametrize("factor", [1, 1000])
def test_the_set_of_a_row_does_not_depend_on_the_others(factor):
    rows, y = drawn(600, np.random.default_rng(0))
    unseen = np.eye(5, dtype=bool)[np.arange(300) % 5]
    model = classes(fold_networks(factor), rows[:300], y[:300], unseen=unseen)
    model.members_ = [
        lambda X, one=one: np.stack([one(row[None])[0] for row in X]) for one in model.members_
    ]
    found = model.predict_set(rows[300:])
    np.testing.assert_array_equal(model.predict_set(rows[300:]), found)
    np.testing.assert_array_equal(model.predict_set(rows[:299:-1]), found[::-1])
    alone = [model.predict_set(row[None])[0] for row in rows[300:330]]
    np.testing.assert_array_equal(alone, found[:30])


@pytest.mark.parametrize("factor", [0.05, 1, 30, 1000])
@pytest.mark.parametrize("count", [2, 5, 100])
def test_numbers_look_drawn_and_outlast_last_bits(factor, count):
    rng = np.random.default_rng(0)
    outputs = (factor * rng.normal(size=(4000, count))).astype(np.float32)
    if count == 2:
        outputs[:, 0] = 0
    last = 2 * rng.choice([-1, 1], outputs.shape) * np.spacing(np.maximum(np.abs(outputs), 1))
    uniform, others = (
        uniform_of(log_softmax(made.astype(float), axis=1)) for made in (outputs, outputs + last)
    )
    assert kstest(uniform, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(uniform[1:], uniform[:-1])[0, 1]) < 0.05
    assert abs(np.corrcoef(uniform, outputs[:, 1])[0, 1]) < 0.05
    assert (np.abs(uniform - others) > 0.01).mean() < 0.004


def test_a_weight_is_as_good_as_rows_drawn_more_often():
    rng = np.random.default_rng(0)
    rows, y = drawn(6000, rng)
    hard = np.abs(rows[:, 0]) < 0.5
    weight = np.where(hard, 9.0, 1.0)
    often = rng.random(6000) < weight / 9
    ask = rows[-500:]
    weighted = classes(network(3), rows, y, weight=weight).predict_set(ask).mean()
    drawn_often = classes(network(3), rows[often], y[often]).predict_set(ask).mean()
    plain = classes(network(3), rows, y).predict_set(ask).mean()
    assert abs(weighted - drawn_often) < 0.2 * abs(weighted - plain)


@pytest.mark.parametrize("end", ["logits", "probabilities"])
@pytest.mark.parametrize("kind", ["labels", "one-hot"])
def test_every_form_of_classes(kind, end):
    rng = np.random.default_rng(0)
    rows, y = drawn(700, rng)
    logits = network(5)(rows)
    if kind == "labels":
        logits = logits[:, :1]
        y = np.where(rng.logistic(size=700) < logits[:, 0] / 5, "yes", "no")
        head, outputs = BinaryHead().fit(y), 1 / (1 + np.exp(-logits))
        codes = (y == "yes").astype(int)
    else:
        codes, y = y, np.eye(5, dtype=int)[y]
        head, outputs = OneHotHead().fit(y), softmax(logits, axis=1)
    head.from_probabilities = end == "probabilities"
    outputs = outputs if head.from_probabilities else logits
    members, unseen = [lambda places: outputs[places]], np.ones((199, 1), dtype=bool)
    held = held_out(head, members, np.arange(199), y[:199], unseen)
    model = Classes(head, members, held)
    sets = model.predict_set(np.arange(199, 700))
    assert sets.shape == (501, len(model.classes_))
    assert 0.85 < sets[np.arange(501), codes[199:]].mean() < 0.95
    assert model.oof_prediction_.shape == (199, len(model.classes_))
    assert model.oof_score_ == accuracy_score(y[:199], model.predict(np.arange(199)))


def test_rows_that_every_member_saw_have_no_out_of_fold_prediction():
    rows, y = drawn(50, np.random.default_rng(0))
    unseen = np.arange(50)[:, None] % 2 > 0
    model = classes(network(1), rows, y, unseen=unseen)
    expected = np.where(unseen, model.predict_proba(rows), np.nan)
    np.testing.assert_array_equal(model.oof_prediction_, expected)
    assert model.oof_score_ == accuracy_score(y[1::2], model.predict(rows[1::2]))


def test_bad_input():
    rows, y = drawn(50, np.random.default_rng(0))
    model = classes(network(1), rows, y)
    with pytest.raises(ValueError, match="^coverage must be a number above 0 and below 1"):
        model.predict_set(rows, coverage=90)
    with pytest.warns(
        UserWarning, match="takes 99 held-out rows and there are 50: the sets hold"
    ) as told:
        assert model.predict_set(rows, coverage=0.99).all()
    assert told[0].filename == __file__
    model.held_out_ = None
    with pytest.raises(ValueError, match="^predict_set needs rows .* fit with members= or"):
        model.predict_set(rows)
    labels = np.eye(5, dtype=int)[y] | np.eye(5, dtype=int)[y[::-1]]
    head = MultiLabelHead().fit(labels)
    several = Classes(
        head, [network(1)], held_out(head, [network(1)], rows, labels, y[:, None] < 9)
    )
    with pytest.raises(ValueError, match="^predict_set is for rows of one class each"):
        several.predict_set(rows)
    assert several.oof_prediction_.shape == (50, 5)
