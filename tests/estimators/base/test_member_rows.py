"""Which rows members train on and hold out: every row where it belongs, whatever the rows."""

import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    PredefinedSplit,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)

from estimators.base.member_rows import member_rows, member_seed
from estimators.base.rows import CheckedRows

WAYS = ["folds", "bootstrap", "seeds"]


def rows_of(y, groups=None):
    y = np.asarray(y)
    groups = None if groups is None else np.asarray(groups)
    return CheckedRows(np.zeros((len(y), 1)), y, np.ones(len(y)), groups)


def split(rows, members, how, seed=0, stratify=True):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return member_rows(rows, members, how, seed, stratify=stratify)


@st.composite
def cases(draw):
    """Rows, members, a seed; labels and groups of any imbalance, enough of them for folds."""
    members = draw(st.integers(2, 6))
    count = draw(st.integers(members, 60))
    y = draw(st.lists(st.sampled_from("aaaabbc"), min_size=count, max_size=count))
    groups = None
    if draw(st.booleans()):
        others = st.lists(st.integers(0, 9), min_size=count - members, max_size=count - members)
        groups = [*range(members), *draw(others)]
    return rows_of(y, groups), members, draw(st.integers(0, 2**31 - 1))


@given(cases(), st.sampled_from(WAYS), st.booleans())
def test_every_row_is_where_it_belongs(case, how, stratify):
    rows, members, seed = case
    found = split(rows, members, how, seed, stratify)
    every = np.arange(len(rows.y))
    assert len(found) == members
    for training, held_out in found:
        assert (np.diff(training) >= 0).all()
        if how == "seeds":
            np.testing.assert_array_equal(training, every)
            assert held_out is None
            continue
        # Either side has rows, no row is on both, and none is on neither.
        np.testing.assert_array_equal(np.sort([*np.unique(training), *held_out]), every)
        assert len(training)
        assert len(held_out)
        if rows.groups is not None:
            assert not set(rows.groups[training]) & set(rows.groups[held_out])
        if how == "bootstrap" and rows.groups is None:
            assert len(training) == len(every)
    if how == "folds":
        held_out = np.sort(np.concatenate([member.held_out for member in found]))
        np.testing.assert_array_equal(held_out, every)
    again = split(rows, members, how, seed, stratify)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one.training, other.training)


@given(cases())
def test_classes_are_shared_alike(case):
    rows, members, seed = case
    rows = rows._replace(groups=None)
    folds = [member.held_out for member in split(rows, members, "folds", seed)]
    assert np.ptp([len(fold) for fold in folds]) <= 1
    for label in np.unique(rows.y):
        assert np.ptp([(rows.y[fold] == label).sum() for fold in folds]) <= 1
    if np.unique(rows.y, return_counts=True)[1].max() > 1:
        for training, _ in split(rows, members, "bootstrap", seed):
            assert sorted(rows.y[training]) == sorted(rows.y)


def test_folds_are_those_of_scikit_learn_but_for_their_order():
    rows = rows_of(np.random.default_rng(0).choice(4, 103, p=[0.1, 0.2, 0.3, 0.4]))
    reference = StratifiedKFold(5, shuffle=True, random_state=0).split(rows.X, rows.y)

    def counts(splits):
        return sorted(np.bincount(rows.y[held_out]).tolist() for _, held_out in splits)

    found = counts(split(rows, 5, "folds"))
    assert np.abs(np.subtract(found, counts(reference))).max() <= 1
    assert sum(map(np.array, found)).tolist() == np.bincount(rows.y).tolist()


def test_another_seed_is_another_split():
    rows = rows_of(np.arange(40), np.repeat(np.arange(20), 2))
    for kind, how in product((rows, rows._replace(groups=None)), WAYS[:2]):
        first, second = (split(kind, 4, how, seed, stratify=False)[0] for seed in (0, 1))
        assert first.held_out.tolist() != second.held_out.tolist()


def test_seeds_of_members_do_not_depend_on_their_number():
    seeds = [member_seed(seed, member) for seed in range(50) for member in range(20)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)
    rows = rows_of(np.arange(30))
    few, many = (split(rows, members, "bootstrap", stratify=False) for members in (2, 7))
    np.testing.assert_array_equal(few[1].training, many[1].training)


@pytest.mark.parametrize("how", WAYS[:2])
@pytest.mark.parametrize("labels", ["aabb", "aaaa", "abab"])
def test_as_few_groups_as_there_may_be(how, labels):
    rows = rows_of(list(labels), [0, 0, 1, 1])
    for seed in range(20):
        for training, held_out in split(rows, 2, how, seed):
            assert len(set(rows.groups[training])) == len(set(rows.groups[held_out])) == 1


def test_a_class_in_one_group_is_drawn_where_it_can_be():
    rows = rows_of([0] * 18 + [1, 1], np.repeat(np.arange(10), 2))
    for training, _ in member_rows(rows, 20, "bootstrap", 0, stratify=True):
        assert 1 in rows.y[training]


@pytest.mark.parametrize(
    "splitter",
    [
        KFold(4),
        StratifiedKFold(4, shuffle=True, random_state=1),
        ShuffleSplit(4, test_size=0.3, random_state=2),
        TimeSeriesSplit(4),
        PredefinedSplit(np.r_[[-1] * 4, np.arange(20) % 4]),
    ],
    ids=lambda splitter: type(splitter).__name__,
)
def test_a_splitter_is_asked_as_it_is(splitter):
    rows = rows_of([0, 1] * 12)
    expected = list(splitter.split(rows.X, rows.y))
    for (training, held_out), (train, test) in zip(split(rows, 4, splitter), expected, strict=True):
        np.testing.assert_array_equal(training, np.sort(train))
        np.testing.assert_array_equal(held_out, np.sort(test))


@pytest.mark.parametrize("splitter", [GroupKFold(3), LeaveOneGroupOut()], ids=["k", "one"])
def test_a_splitter_gets_the_groups(splitter):
    rows = rows_of([0, 1] * 6, list("aaaabbbbcccc"))
    for training, held_out in split(rows, 3, splitter):
        assert not set(rows.groups[training]) & set(rows.groups[held_out])


def test_a_one_hot_target_is_stratified_by_splitters_too():
    rows = rows_of(np.eye(3, dtype=int)[np.arange(30) % 3])
    for how in ("folds", StratifiedKFold(5)):
        for _, held_out in split(rows, 5, how):
            np.testing.assert_array_equal(rows.y[held_out].sum(axis=0), [2, 2, 2])


class Splits:
    """Splits as given."""

    def __init__(self, *splits):
        self.splits = splits

    def get_n_splits(self, X=None, y=None, groups=None):
        return len(self.splits)

    def split(self, X, y=None, groups=None):
        return iter(self.splits)

    def __repr__(self):
        return "Splits"


TEN = rows_of([0, 1] * 5)
# rows, members, members_split, the words that name what is wrong
WRONG = {
    "one row": (rows_of([0]), 3, "folds", "3 rows.*n_samples=1;"),
    "one row to draw from": (rows_of([0]), 3, "bootstrap", "2 rows.*n_samples=1;"),
    "fewer rows than folds": (rows_of([0, 1]), 3, "folds", "members=3.*n_samples=2;"),
    "one member": (TEN, 1, "folds", "members=1 has no other fold"),
    "fewer groups than folds": (rows_of([0] * 4, list("abab")), 3, "folds", "3 groups.*'a', 'b'"),
    "a group that is everything": (rows_of([0] * 4, ["p"] * 4), 2, "folds", "2 groups.*'p' alone"),
    "nothing else to draw": (rows_of([0] * 4, [7] * 4), 2, "bootstrap", "2 groups.*holds 7 alone"),
    "other counts": (TEN, 3, KFold(5), r"KFold\(n_splits=5.*makes 5 splits and members=3"),
    "count from the rows": (TEN, 3, LeaveOneOut(), "LeaveOneOut.*makes 10 splits and members=3"),
    "more folds than rows": (TEN, 20, KFold(20), r"KFold\(n_splits=20.*cannot split"),
    "groups are asked for": (TEN, 2, GroupKFold(2), "GroupKFold.*cannot split.*'groups'"),
    "other rows": (TEN, 2, PredefinedSplit([0, 1, 0]), "PredefinedSplit places 3 rows.*are 10"),
    "on both sides": (TEN, 1, Splits(([1, 2], [2, 3])), "Split 0 of Splits.*row 2"),
    "nothing to train on": (TEN, 1, Splits(([], [2, 3])), "no row to train on"),
    "nothing to hold out": (TEN, 2, Splits(([1], [2]), ([1], [])), "Split 1.*no row to hold out"),
    "rows that there are not": (TEN, 1, Splits(([1], [10])), r"\[10\].*from 0 to 9"),
    "a mask": (TEN, 1, Splits(([1], [True, False])), "True.*whole numbers"),
    "another word": (TEN, 2, "fold", "'fold'.*'folds', 'bootstrap', 'seeds'"),
    "a class of splitters": (TEN, 2, KFold, "KFold.*must be"),
    "a number": (TEN, 2, 5, "members_split is 5"),
}


@pytest.mark.parametrize(("rows", "members", "how", "words"), WRONG.values(), ids=WRONG)
def test_bad_input(rows, members, how, words):
    with pytest.raises(ValueError, match=words) as raised:
        member_rows(rows, members, how, 0, stratify=True)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("rows", "how", "advice"),
    [
        (rows_of([0, 1]), "folds", "give more rows or fewer members."),
        (rows_of([0]), "folds", "give more rows."),
        (rows_of([0]), "bootstrap", "give more rows."),
        (rows_of([0] * 4, list("abab")), "folds", "give smaller groups or fewer members."),
        (rows_of([0] * 4, ["p"] * 4), "bootstrap", "give smaller groups."),
    ],
)
def test_what_must_hold_out_rows_is_not_advised_to_hold_out_none(rows, how, advice):
    with pytest.raises(ValueError, match="members_split") as raised:
        member_rows(rows, 3, how, 0, stratify=True, must_hold_out=True)
    assert str(raised.value).endswith(advice)
    with pytest.raises(ValueError, match="fewer members or members_split='seeds'.$"):
        member_rows(rows, 3, how, 0, stratify=True)
    rare = rows_of(["a"] * 8 + ["b"])
    for must, end in [(True, "give more rows of such classes."), (False, "split='seeds'.")]:
        with pytest.warns(UserWarning, match="lack one") as told:
            member_rows(rare, 3, "folds", 0, stratify=True, must_hold_out=must)
        assert str(told[0].message).endswith(end)


RARE = {
    "fewer rows than folds": (
        rows_of(["a"] * 8 + ["b"] * 3 + ["c"] * 2),
        "folds",
        r"5 folds.*'b' \(3 rows\), 'c' \(2 rows\)",
    ),
    "all are": (rows_of(list("aabbcc")), "folds", "5 folds.*'a'"),
    "a single row": (rows_of(["a"] * 8 + ["b"]), "folds", r"'b' \(1 row\): members \d lack"),
    "one group": (
        rows_of([0] * 8 + [1] * 2, [*range(8), 9, 9]),
        "folds",
        r"1 \(2 rows\): members \d lack",
    ),
    "a splitter": (rows_of([0] * 8 + [1] * 2), KFold(5), r"1 \(2 rows\): members 4 lack"),
}


@pytest.mark.parametrize(("rows", "how", "words"), RARE.values(), ids=RARE)
def test_rare_classes_are_told(rows, how, words):
    with pytest.warns(UserWarning, match=words) as told:
        found = member_rows(rows, 5, how, 0, stratify=True)
    # The line that called the library is named, here this very test.
    assert told[0].filename == __file__
    assert sum(len(member.held_out) for member in found) == len(rows.y)


@pytest.mark.parametrize("how", WAYS)
def test_what_is_sound_says_nothing(how):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        member_rows(rows_of([0, 1] * 5), 5, how, 0, stratify=True)
        member_rows(rows_of(np.ones(5)), 5, how, 0, stratify=False)
        member_rows(rows_of([0], ["p"]), 5, "seeds", 0, stratify=True)
