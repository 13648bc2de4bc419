"""The same value has the same code, whatever holds it, on the host and in a graph."""

import uuid
from datetime import date
from decimal import Decimal

import keras
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from feature_specs import FeatureSpec

BIG = 2**53


def objects(*values):
    return pd.Series(values, dtype=object)


def category(*values):
    return pd.Series(pd.Categorical(values))


def arrow(kind, *values):
    return pd.Series(pd.array(values, pd.ArrowDtype(kind)))


def cut(*values, bins=(0, 1, 2)):
    return pd.Series(pd.cut(list(values), list(bins)))


# What a column holds at the fit, what the same values come in later, and their codes.
SAME = {
    "a category of ints, of floats": (category(1, 2, 1), category(1.0, 2.0, None), [2, 3, 0]),
    "a category of ints, ints": (category(1, 2, 10), pd.Series([10, 2, 1]), [3, 4, 2]),
    "a category of ints, objects": (category(1, 2), objects(np.int8(2), 1, None), [3, 2, 0]),
    "a category of ints, texts": (category(1, 2), pd.Series(["2", "1", None]), [3, 2, 0]),
    "ints, a category of floats": (pd.Series([1, 2]), category(2.0, 1.0, None), [3, 2, 0]),
    "ints, a category of texts": (pd.Series([1, 2]), category("2", "1", "2.0"), [3, 2, 3]),
    "ints, texts": (pd.Series([-1, 2]), pd.Series(["2.0", "-1", "", None]), [3, 2, 0, 0]),
    "ints, floats with a gap": (pd.Series([1, 2]), pd.Series([2.0, np.nan]), [3, 0]),
    "ints, decimals": (pd.Series([1, 2]), objects(Decimal("2.00"), Decimal(1), None), [3, 2, 0]),
    "ints, Arrow's decimals": (
        pd.Series([1, 2]), arrow(pa.decimal128(5, 2), Decimal(2), None), [3, 0]
    ),
    "objects with None, ints": (objects(1, None, 2), pd.Series([2, 1]), [3, 2]),
    "objects of all kinds, ints": (
        objects(True, np.int8(2), 3.0, Decimal(4), None), pd.Series([1, 2, 3, 4]), [2, 3, 4, 5]
    ),
    "truths, ints": (pd.Series([False, True]), pd.Series([1, 0]), [3, 2]),
    "truths, texts": (pd.Series([False, True]), pd.Series(["True", "False"]), [3, 2]),
    "truths with None, ints": (objects(True, None, False), pd.Series([1, 0]), [3, 2]),
    "truths, a category": (pd.Series([False, True]), category(True, False, None), [3, 2, 0]),
    "a category of truths, truths": (category(True, False), pd.Series([True, False]), [3, 2]),
    "texts of truths, truths": (pd.Series(["True", "False"]), pd.Series([True, False]), [3, 2]),
    "ids that are one float": (
        objects(BIG, BIG + 1, None), pd.Series([BIG + 1, None, BIG], dtype="Int64"), [3, 0, 2]
    ),
    "ids of Arrow": (arrow(pa.int64(), BIG, BIG + 1), objects(BIG + 1, None), [3, 0]),
    "ids beyond int64": (
        pd.Series([2**64 - 1, 2**63], dtype="uint64"), objects(2**63, str(2**64 - 1)), [3, 2]
    ),
    "nullable ids beyond int64": (
        pd.Series([2**64 - 1, None], dtype="UInt64"), objects(None, 2**64 - 1), [0, 2]
    ),
    "texts of numbers, ints": (pd.Series(["1", "20"]), pd.Series([20, 1]), [3, 2]),
    "a mixed category": (category(1, "a", 2.5), objects(2.5, "a", 1.0), [3, 4, 2]),
    "mixed objects": (objects(1, "a"), category("a", "1"), [3, 2]),
    "two spellings in one category": (category(1, "1", "b"), pd.Series(["1", "b"]), [2, 3]),
    "a category of fractions, floats": (category(0.5, 1.0), pd.Series([1.0, 0.5]), [3, 2]),
    "a category of fractions, float32": (
        category(0.1, 1.0), pd.Series([1.0, 0.1], dtype="float32"), [3, 2]
    ),
    "bins, as objects": (cut(0.5, 1.5), cut(1.5, 0.5).astype(object), [3, 2]),
    "bins, of floats": (cut(0.5, 1.5), cut(1.5, 0.5, bins=(0.0, 1.0, 2.0)), [3, 2]),
    "days": (
        category(date(2020, 2, 29), date(2020, 3, 1)),
        pd.Series([pd.Timestamp("2020-03-01"), pd.NaT]),
        [3, 0],
    ),
    "lists": (
        objects([BIG, BIG + 1, None], [7]), objects([BIG + 1], ["7"], [7.0]),
        [[4, 0, 0], [2, 0, 0], [2, 0, 0]],
    ),
    "lists of texts": (objects(["1", "a"], []), objects([1, "a"], [1.0]), [[2, 3], [2, 0]]),
}  # fmt: skip


def vocabulary(**how):
    return FeatureSpec().step_categorical_column_with_vocabulary_list("x", **how)


def encoded(spec, column):
    """Return the codes of the host, which are those of the graph."""
    table = pd.DataFrame({"x": column.reset_index(drop=True)})
    codes = spec.encode(table)["x"]
    encoder, columns = spec.features_["x"], spec.raw_inputs(table)
    in_graph = encoder.in_graph(
        {name: keras.ops.convert_to_tensor(array) for name, array in columns.items()},
        encoder.make_lookup(),
    )
    np.testing.assert_array_equal(codes, in_graph)
    return codes.tolist()


@pytest.mark.parametrize("kind", SAME)
def test_the_same_value_has_the_same_code(kind):
    seen, later, codes = SAME[kind]
    assert encoded(vocabulary().fit(pd.DataFrame({"x": seen})), later) == codes


REPRESENTATIONS = {
    "int64": lambda ints: pd.Series(ints, dtype="int64"),
    "Int64": lambda ints: pd.Series(ints, dtype="Int64"),
    "Arrow": lambda ints: arrow(pa.int64(), *ints),
    "objects": lambda ints: objects(*ints),
    "NumPy's": lambda ints: objects(*map(np.int64, ints)),
    "decimals": lambda ints: objects(*map(Decimal, ints)),
    "floats": lambda ints: pd.Series(ints, dtype="float64"),
    "texts": lambda ints: pd.Series([*map(str, ints)]),
    "a category": lambda ints: pd.Series(pd.Categorical(ints)),
    "a category of floats": lambda ints: pd.Series(pd.Categorical([*map(float, ints)])),
    "a category of texts": lambda ints: pd.Series(pd.Categorical([*map(str, ints)])),
    "lists": lambda ints: objects(*([i] for i in ints)),
}
SPECS = {
    "vocabulary": vocabulary(num_oov_buckets=3),
    "hash": FeatureSpec().step_categorical_column_with_hash_bucket("x", 50),
    "identity": FeatureSpec().step_categorical_column_with_identity("x", 5),
}


@pytest.mark.parametrize("kind", SPECS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_it_makes_no_difference_what_holds_whole_numbers(kind, data):
    numbers = st.integers(-BIG + 1, BIG - 1) | st.integers(-2, 6)
    ints = [*dict.fromkeys([0, 1, *data.draw(st.lists(numbers, max_size=6))])]
    at_fit = data.draw(st.sampled_from([*REPRESENTATIONS]))
    later = data.draw(st.sampled_from([h for h in REPRESENTATIONS if h != "lists"]))
    if at_fit == "lists":
        later = "lists"
    spec = SPECS[kind].fit(pd.DataFrame({"x": REPRESENTATIONS[at_fit](ints)}))
    asked = [*ints[1:], *data.draw(st.lists(numbers, min_size=1, max_size=4))]
    codes = encoded(spec, REPRESENTATIONS[later](asked))
    assert codes == encoded(spec, REPRESENTATIONS[at_fit](asked))


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(-1e6, 1e6).filter(lambda x: x % 1), min_size=2, unique=True))
@example(values=[0.1, 1e-7, 123456.5])
def test_fractions_are_texts_whatever_holds_them(values):
    spec = vocabulary().fit(pd.DataFrame({"x": category(*values)}))
    codes = encoded(spec, category(*values))
    assert len(set(codes)) == len(values)
    for held in (pd.Series(values), objects(*values), objects(*(Decimal(repr(v)) for v in values))):
        assert encoded(spec, held) == codes
    assert encoded(spec, pd.Series([*map(str, values)])) == codes


ERRORS = {
    "words among ints": ([1, 2], objects(1, "b"), "Column 'x' holds 'b' where whole numbers"),
    "a padded number": ([1, 2], pd.Series(["01"]), "holds '01' where whole numbers"),
    "a fraction": ([1, 2], pd.Series([1.0, 1.5]), "holds 1.5 where whole numbers"),
    "a day among ints": ([1, 2], pd.Series([pd.Timestamp(0)]), "holds Timestamp.* where whole"),
    "numbers among words": (["a", "b"], pd.Series([1, 2]), "holds 1 where text was seen at fit"),
    "a category of them": (["a", "b"], category(1.5, 2), "holds 1.5 where text was seen at fit"),
    "bytes": (["1", "2"], objects(b"1"), "holds b'1' where text"),
    "an object": (["1", "2"], objects(object()), "holds <object.*> where text"),
    "a float that is two ids": ([1, BIG], pd.Series([1.0, BIG]), "stands for several whole"),
    "a float32 that is two ids": (
        [1, 2], pd.Series([2**24], dtype="float32"), "stands for several whole"
    ),
    "an id beyond int64": ([1, 2], pd.Series([2**63], dtype="uint64"), "which int64 does not"),
    "such an object": ([1, 2], objects(1, 2**63), "which int64 does not"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ERRORS)
def test_what_cannot_be_a_value_of_the_column_is_told(kind):
    seen, later, message = ERRORS[kind]
    spec = vocabulary().fit(pd.DataFrame({"x": seen}))
    with pytest.raises(ValueError, match=message):
        spec.encode(pd.DataFrame({"x": later}))


@pytest.mark.parametrize(
    ("seen", "given"),
    [
        (pd.Series([1, 2, 3]), [2.0, "1", None]),
        (category(1, 2, 3), [2, Decimal(1), np.nan, ""]),
        (pd.Series(["1", "2", "3"]), np.array([2, 1])),
        (objects([1], [2, 3]), category(2, 1)),
    ],
)
def test_a_vocabulary_may_be_written_in_any_type(seen, given, tmp_path):
    spec = vocabulary(vocabulary_list=given).fit(pd.DataFrame({"x": seen}))
    assert np.ravel(encoded(spec, seen))[0] == 3
    file = tmp_path / "values.txt"
    file.write_text("2\n1\n")
    from_file = FeatureSpec().step_categorical_column_with_vocabulary_file("x", file)
    assert encoded(from_file.fit(pd.DataFrame({"x": seen})), seen) == encoded(spec, seen)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["a"], "The vocabulary of column 'x' holds 'a' where whole numbers are needed"),
        ([1, 1.0], "The vocabulary of column 'x' holds 1 twice; leave one out"),
    ],
)
def test_a_vocabulary_that_cannot_be_the_columns_is_told(given, message):
    with pytest.raises(ValueError, match=message):
        vocabulary(vocabulary_list=given).fit(pd.DataFrame({"x": [1, 2]}))


@pytest.mark.parametrize("table", [dict, pl.DataFrame, pa.table])
def test_ids_with_gaps_are_not_rounded_in_other_tables(table):
    spec = vocabulary()
    seen = table({"x": [BIG + 1, None, BIG]})
    assert spec.fit(seen).encode(seen)["x"].tolist() == [3, 0, 2]
    beyond = table({"x": np.array([2**64 - 1, 2**64 - 2], "uint64")})
    assert spec.fit(beyond).encode(beyond)["x"].tolist() == [3, 2]
    lists = table({"x": [[BIG + 1, None], [BIG]]})
    assert spec.fit(lists).encode(lists)["x"].tolist() == [[3, 0], [2, 0]]
    numeric, seen = FeatureSpec().step_numeric_column("x"), table({"x": [BIG + 1, None, 5]})
    assert numeric.fit(seen).encode(seen)["numeric"][0, 0] == np.float32(BIG)


def test_ids_with_gaps_are_not_rounded_in_arrays():
    seen = np.array([[BIG + 1, "a"], [None, "b"], [BIG, "a"]], object)
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x0").fit(seen)
    assert spec.encode(seen)["x0"].tolist() == [3, 0, 2]


def test_a_cross_reads_its_parts_by_the_same_rule():
    spec = FeatureSpec().step_crossed_column(["a", "b"], 1_000)
    seen = pd.DataFrame({"a": category(1, 2, 3), "b": [1, 2, 3]})
    spec.fit(seen)
    later = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": category("1", "2", "3")})
    codes = spec.encode(seen)["crossed_a_b"]
    np.testing.assert_array_equal(spec.encode(later)["crossed_a_b"], codes)
    np.testing.assert_array_equal(
        spec.preprocessing_model()(spec.raw_inputs(later))["crossed_a_b"], codes
    )


def test_columns_of_two_types_share_no_vocabulary():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list(["a", "b"])
    with pytest.raises(ValueError, match="'a', 'b' cannot share a vocabulary"):
        spec.step_shared_embeddings_column(["a", "b"], 2).fit(
            pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
        )


def test_one_column_as_text_and_as_a_number_is_served_as_text():
    table = pd.DataFrame({"x": category(1, 2, 10)})
    spec = vocabulary().step_numeric_column("x").fit(table)
    served = spec.preprocessing_model()(spec.raw_inputs(table))
    for name, expected in spec.encode(table).items():
        np.testing.assert_array_equal(served[name], expected)


def test_other_values_are_categories_by_their_text():
    ids = [uuid.UUID(int=1), uuid.UUID(int=2)]
    spec = vocabulary().fit(pd.DataFrame({"x": objects(*ids)}))
    assert encoded(spec, pd.Series([*map(str, ids[::-1])])) == [3, 2]


def test_an_older_file_keeps_its_spelling():
    """Encoders once named categories by `str`, so that theirs is "1.0"."""
    spec = vocabulary().fit(pd.DataFrame({"x": pd.Series(["1.0", "2.0"])}))
    del spec.features_["x"].spelled
    assert spec.encode(pd.DataFrame({"x": category(2.0, 1.0)}))["x"].tolist() == [3, 2]
