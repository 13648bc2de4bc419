"""Hashes on the host are TensorFlow's, text by text."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feature_specs import FeatureSpec
from feature_specs.encoders.hash_buckets import hash_in_graph, hash_texts

CHARACTERS = st.characters(exclude_categories=["Cs"])
# FarmHash takes other ways for texts of up to 16, 32 and 64 bytes, and for longer ones.
TEXTS = st.text(CHARACTERS, max_size=300) | st.text(CHARACTERS, min_size=1, max_size=9).map(
    lambda text: text * 40
)


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(TEXTS), buckets=st.integers(1, 2**31 - 1))
@example(texts=["x" * n for n in range(200)], buckets=2**31 - 1)
@example(texts=["", "\0", "a\0", "a\0b", "ä", "a\u0308", "日本", "😀" * 17], buckets=1_000)
def test_buckets_of_texts_are_those_of_tensorflow(texts, buckets):
    expected = tf.strings.to_hash_bucket_fast(tf.constant(texts, tf.string), buckets)
    found = hash_texts(texts, buckets, "t")
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=50, deadline=None)
@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1)), buckets=st.integers(1, 2**31 - 1))
def test_buckets_of_whole_numbers_are_those_of_the_graph(numbers, buckets):
    expected = hash_in_graph(tf.constant(numbers, tf.int64), buckets)
    np.testing.assert_array_equal(hash_texts([*map(str, numbers)], buckets, "i"), expected)


@pytest.mark.parametrize(
    "spec",
    [
        FeatureSpec().step_categorical_column_with_hash_bucket("t", 5),
        FeatureSpec().step_crossed_column(["t", "i"], 5),
    ],
    ids=["hash", "cross"],
)
def test_what_unicode_does_not_know_is_refused(spec):
    table = pd.DataFrame({"t": pd.Series(["a", "\ud800"], dtype=object), "i": [1, 2]})
    with pytest.raises(ValueError, match=r"'(crossed_)?t.* no valid Unicode; read its column"):
        spec.fit(table)
