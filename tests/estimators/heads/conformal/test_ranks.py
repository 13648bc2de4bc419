"""Ranks among scores of held-out rows, beside their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.heads.conformal.ranks import SortedScores
from estimators.heads.held_out import HeldOutRows


def rows_with(weight, pattern_of):
    count, patterns = len(weight), max(pattern_of) + 1
    zeros, eye = np.zeros(count), np.eye(patterns, dtype=bool)
    weight, pattern_of = np.asarray(weight, dtype=float), np.asarray(pattern_of)
    return HeldOutRows(np.arange(count), count, zeros, weight, zeros, eye, pattern_of)


def smallest_that_reaches(values, weight, needed):
    """The first value, in their order, up to which the weights sum to what is needed."""
    for value in np.sort(values):
        if weight[values <= value].sum() >= needed:
            return value
    raise AssertionError("the weight of all rows is less than was needed")


# Eighths, so that sums are exact and ties frequent.
EIGHTHS = st.integers(-40, 40).map(lambda number: number / 8)
ROWS = st.lists(st.tuples(EIGHTHS, st.integers(1, 4), st.integers(0, 2)), min_size=1, max_size=30)
PATTERNS = st.lists(st.tuples(EIGHTHS, st.sampled_from([0.5, 1.0, 2.0])), min_size=3, max_size=3)


@st.composite
def cases(draw):
    scores, weight, pattern_of = map(np.array, zip(*draw(ROWS)))
    if draw(st.booleans()):
        weight = np.ones(len(scores))
    used = len(set(pattern_of))
    centre, scale = np.array(draw(PATTERNS)[:used]).T
    share = draw(st.floats(0.01, len(scores) / (len(scores) + 1)))
    return scores, rows_with(weight, pattern_of), centre, scale, share


@pytest.mark.parametrize("way", ["_merged", "_sorted"])
@given(case=cases())
@settings(max_examples=100, deadline=None)
def test_the_value_at_a_rank_is_the_one_of_the_definition(way, case):
    scores, held, centre, scale, share = case
    found = SortedScores(scores, held)
    place = np.searchsorted(found.patterns, held.pattern_of)
    needed = found.needed(share)
    answer = getattr(found, way)(needed, centre[None], scale[None])[0]
    weight = held.weight / held.weight.mean()
    values = centre[place] + scale[place] * scores
    # Sums of weights in another order round otherwise.
    near = [smallest_that_reaches(values, weight, needed + e) for e in (-1e-12, 1e-12)]
    assert answer in near
    below = [found.weight_below(p, answer) for p in range(len(found.patterns))]
    own = [weight[(place == p) & (scores < answer)].sum() for p in range(len(found.patterns))]
    np.testing.assert_allclose(below, own, atol=1e-12)


@pytest.mark.parametrize("way", ["_merged", "_sorted"])
def test_a_weight_is_as_good_as_rows_repeated(way):
    rng = np.random.default_rng(0)
    scores, pattern_of, times = rng.normal(size=60), rng.integers(0, 3, 60), rng.integers(1, 5, 60)
    centre, ones = rng.normal(size=(20, 3)), np.ones((20, 3))
    weighted = SortedScores(scores, rows_with(times, pattern_of))
    repeated = [np.repeat(array, times) for array in (scores, np.ones(60), pattern_of)]
    plain = SortedScores(repeated[0], rows_with(*repeated[1:]))
    for share in (0.013, 0.1, 0.5, 0.877):
        # As many rows: the weight that a rank needs is told in weights of mean 1.
        of_all = [
            getattr(s, way)(share * n, centre, ones)
            for s, n in ((weighted, 60), (plain, times.sum()))
        ]
        np.testing.assert_array_equal(*of_all)


@pytest.mark.parametrize(
    ("count", "share"), [(9, 0.9), (99, 0.9), (19, 0.95), (99, 0.55), (9, 0.7)]
)
@pytest.mark.parametrize("weight", [1.0, 0.1, 1 / 3])
def test_ranks_are_whole_where_the_share_is(count, share, weight):
    scores = np.arange(1.0, count + 1)
    found = SortedScores(scores, rows_with([weight] * count, [0] * count))
    rank = found.value_at(share, np.zeros((1, 1)), np.ones((1, 1)))
    assert rank == round(share * (count + 1))
