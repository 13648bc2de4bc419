"""Columns of mostly unseen values are told once, and never where such values are to be expected."""

import warnings

import numpy as np
import pandas as pd
import pytest

from feature_specs import ColumnWarning, FeatureSpec

RNG = np.random.default_rng(0)
ROWS = 200


def cut(bins):
    return pd.cut(np.arange(ROWS) / 2, bins)


def from_some(*values):
    return RNG.choice(np.array(values, object), ROWS)


def vocabulary(**how):
    return FeatureSpec().step_categorical_column_with_vocabulary_list("x", **how)


def told(spec, values):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spec.encode(values if isinstance(values, pd.DataFrame) else pd.DataFrame({"x": values}))
    assert all(w.category is ColumnWarning and w.filename == __file__ for w in caught)
    return [str(w.message) for w in caught]


def fitted(spec, values):
    return spec.fit(pd.DataFrame({"x": values}))


identity = FeatureSpec().step_categorical_column_with_identity("x", 5)
words = FeatureSpec().step_text_column("x")

# A spec, what it was fitted on, what comes later, and what the warning says of it.
TOLD = {
    "bins cut again": (vocabulary(), cut(4), cut(5), "'x': 100%, such as '(-0.0995, 19.9]', "),
    "another spelling": (vocabulary(), from_some("a", "b"), ["A", "B", "C", "D"] * 5,
                         "'x': 100%, such as 'A', 'B', 'C')"),
    "three of four": (vocabulary(), from_some("a", "b"), ["A", "a", "B", "C"] * 5, "'x': 75%"),
    "a shifted id": (vocabulary(), RNG.integers(0, 9, ROWS), np.arange(100, 120), "such as 100, "),
    "lists": (vocabulary(), [["a", "b"], ["b"]] * 9, [["A"], ["B", None]] * 9, "'A', 'B'"),
    "several codes": (vocabulary(num_oov_buckets=3), from_some("a", "b"), ["A"] * 10, "'x': 100%"),
    "out of range": (identity, [0, 1, 2, 3], [5, 6, 7, 8] * 3, "such as 5, 6, 7"),
    "words": (words, ["good film", "bad film"] * 9, ["guter streifen"] * 10, "'guter', 'streifen'"),
    "missing ones apart": (vocabulary(), from_some("a", "b"), ["A"] * 10 + [None] * 50, "100%"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TOLD)
def test_mostly_unseen_values_are_told_once(kind):
    spec, seen, later, message = TOLD[kind]
    spec = fitted(spec, seen)
    assert told(spec, seen) == []
    (warning,) = told(spec, later)
    assert message in warning
    assert warning.startswith("Column 'x' holds mostly values that were not seen at fit")


rare = [*"aabbccdd", *(f"once {i}" for i in range(ROWS))]
SILENT = {
    "a few rows": (vocabulary(), ["a", "b"] * 9, ["A"] * 9),
    "half of the values": (vocabulary(), ["a", "b"] * 9, ["A", "a"] * 50),
    "a few values among gaps": (vocabulary(), ["a", "b"] * 9, ["A"] * 9 + [None] * 50),
    "names that never come again": (vocabulary(), rare, [f"new {i}" for i in range(50)]),
    "rare values": (vocabulary(min_frequency=2), rare, [f"new {i}" for i in range(50)]),
    "only the most frequent": (vocabulary(max_tokens=3), rare, [f"new {i}" for i in range(50)]),
    "a given part": (vocabulary(vocabulary_list=["a"]), ["a", *["b"] * 19], ["b"] * 30),
    "a hash": (FeatureSpec().step_categorical_column_with_hash_bucket("x", 9), "ab", ["A"] * 30),
    "a number that stands for them": (
        FeatureSpec().step_categorical_column_with_identity("x", 5, default_value=0),
        [0, 1, 2], [7] * 30,
    ),
    "rare words": (words, [f"word{i}" for i in range(40)], [f"other{i}" for i in range(40)]),
}  # fmt: skip


@pytest.mark.parametrize("kind", SILENT)
def test_what_is_to_be_expected_is_not_told(kind):
    spec, seen, later = SILENT[kind]
    assert told(fitted(spec, list(seen)), list(later)) == []


def test_new_rows_of_the_same_kind_are_not_told():
    for size in (3, 30, 300):
        ids = RNG.zipf(1.3, (2, ROWS)) % size if size < 300 else RNG.integers(0, size, (2, ROWS))
        assert told(fitted(vocabulary(), ids[0]), ids[1]) == []


def test_several_columns_are_told_together():
    seen = pd.DataFrame({name: from_some("a", "b") for name in "pqrst"})
    (warning,) = told(FeatureSpec().fit(seen), seen.map(str.upper))
    assert warning.startswith("Columns 'p', 'q', 'r' and 2 more hold mostly values that were not")


def test_an_older_file_tells_where_the_training_rows_had_none():
    for how, seen, count in (({}, "aabb", 1), ({"min_frequency": 2}, "aabbc", 0)):
        spec = fitted(vocabulary(**how), list(seen))
        del spec.features_["x"].expected_unseen
        assert len(told(spec, ["A"] * 10)) == count


def test_a_given_vocabulary_without_any_value_of_the_column_is_told():
    with pytest.warns(ColumnWarning, match="vocabulary of column 'x' has none .* such as 'Bonn'"):
        fitted(vocabulary(vocabulary_list=["bonn", "rome"]), ["Bonn", "Rome"])
