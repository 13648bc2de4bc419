"""What each kind of step makes of a column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import PowerTransformer

from feature_specs import FeatureSpec, all_nominal, cols, derived, ends_with, everything, steps
from feature_specs.scalers import MinMax
from feature_specs.steps import Step


def encode(spec, table, name="numeric", new=None):
    return spec.fit(table).encode(table if new is None else new)[name].tolist()


def column(*cells, **kwargs):
    return pd.DataFrame({"x": pd.Series(cells, **kwargs)})


STEPS = [getattr(steps, name) for name in steps.__all__ if name != "Step"]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_every_step_keeps_the_protocol(step):
    assert issubclass(step, Step)
    assert step.kind != Step.kind
    assert step.fit_into is not Step.fit_into
    # Every step has its sentence.
    methods = [name for name in dir(FeatureSpec) if name.startswith("step_")]
    assert len(methods) == len(STEPS)


# Numbers


def test_missing_numbers_become_the_mean_and_are_marked():
    spec = FeatureSpec().step_numeric_column("x")
    assert encode(spec, column(1.0, np.nan, 3.0)) == [[1, 0], [2, 1], [3, 0]]
    assert spec.get_feature_names_out().tolist() == ["x", "x_missing"]


def test_numbers_missing_only_later_become_the_mean():
    spec = FeatureSpec().step_numeric_column("x")
    assert encode(spec, column(1.0, 3.0), new=column(np.nan, 5.0)) == [[2], [5]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"default_value": -1.0, "add_indicator": False}, [[1], [-1], [2], [9]]),
        ({"default_value": "median", "add_indicator": False}, [[1], [2], [2], [9]]),
        ({"add_indicator": False}, [[1], [4], [2], [9]]),
    ],
)
def test_fillings(options, expected):
    spec = FeatureSpec().step_numeric_column("x", **options)
    assert encode(spec, column(1.0, np.nan, 2.0, 9.0)) == expected


def test_a_column_may_be_empty_where_a_value_is_given():
    spec = FeatureSpec().step_numeric_column("x", normalizer=MinMax(), add_indicator=True)
    assert encode(spec, column(0.0, None, 4.0)) == [[0, 0], [0.5, 1], [1, 0]]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_any_transformer_normalizes():
    table = column(1.0, 2.0, 3.0, 10.0)
    encoded = encode(FeatureSpec().step_numeric_column("x", normalizer=PowerTransformer()), table)
    np.testing.assert_allclose(encoded, PowerTransformer().fit_transform(table), rtol=1e-6)


def test_vectors_in_cells():
    spec = FeatureSpec().step_numeric_column("x", shape=2)
    assert encode(spec, column([1, 2], [3, 4])) == [[1, 2], [3, 4]]
    assert spec.get_feature_names_out().tolist() == ["x_0", "x_1"]
    with pytest.raises(ValueError, match="'x' needs 2 finite numbers in every cell; row 1"):
        spec.encode(column([1, 2], [3]))


def test_booleans_are_numbers():
    spec = FeatureSpec().step_numeric_column("x")
    assert encode(spec, column(True, None, False, dtype="boolean"))[0] == [1, 0]


# Categories


def test_codes_are_missing_unseen_then_known():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x")
    new = column("b", "zebra", None, "a", "")
    assert encode(spec, column("b", "a", "b"), "x", new) == [3, 1, 0, 2, 0]


def test_whole_numbers_are_categories_whatever_holds_them():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x")
    big = 2**60
    table = column(big, big + 1, 7, dtype="int64")
    assert encode(spec, table, "x") == [3, 4, 2]
    # With a gap pandas keeps whole numbers as floats, unless they are nullable.
    assert spec.encode(column(7, None, big, dtype="Int64"))["x"].tolist() == [2, 0, 3]
    assert spec.encode(column(7.0, np.nan))["x"].tolist() == [2, 0]


def test_categories_of_numbers_are_text():
    table = column(1, 2, 1, dtype="category")
    assert encode(FeatureSpec(), table, "x") == [2, 3, 2]


def test_rare_values_share_a_code_that_is_trained():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x", min_frequency=2)
    assert encode(spec, column("a", "b", "a", "c", "c"), "x") == [2, 1, 2, 3, 3]
    assert spec.get_feature_names_out().tolist() == ["x_unseen", "x_a", "x_c"]


def test_a_share_of_the_rows():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x", min_frequency=0.3)
    assert encode(spec, column("a", "b", "a", "c", "c"), "x") == [2, 1, 2, 3, 3]


def test_the_most_frequent_values_are_kept_ties_in_order():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x", max_tokens=2)
    assert encode(spec, column("c", "b", "c", "a"), "x") == [3, 1, 3, 2]


def test_given_vocabulary_keeps_its_order():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list(
        "x", vocabulary_list=["b", "a"]
    )
    assert encode(spec, column("a", "b", "c"), "x") == [3, 2, 1]


def test_unseen_values_are_told_apart_by_hash():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x", num_oov_buckets=3)
    spec.fit(column("a", "b"))
    codes = spec.encode(column(*map(str, range(100))))["x"]
    assert set(codes.tolist()) == {1, 2, 3}
    assert spec.encode(column("a"))["x"].tolist() == [4]


def test_hashes_are_stable_over_processes():
    spec = FeatureSpec().step_categorical_column_with_hash_bucket("x", 10)
    # TensorFlow's Fingerprint64; a change would silently spoil saved networks.
    assert encode(spec, column("a", "b", None, "c"), "x") == [10, 3, 0, 3]


def test_identity():
    spec = FeatureSpec().step_categorical_column_with_identity("x", 3)
    assert encode(spec, column(0, 2, None, 3, -1), "x") == [2, 4, 0, 1, 1]
    spec = FeatureSpec().step_categorical_column_with_identity("x", 3, default_value=0)
    assert encode(spec, column(0, 2, None, 3, -1), "x") == [2, 4, 0, 2, 2]


def test_vocabulary_file(tmp_path):
    (tmp_path / "words").write_text("b\na\nc\n", encoding="utf-8")
    spec = FeatureSpec().step_categorical_column_with_vocabulary_file(
        "x", tmp_path / "words", vocabulary_size=2
    )
    assert encode(spec, column("a", "b", "c"), "x") == [3, 2, 1]
    with pytest.raises(FileNotFoundError, match="absent"):
        FeatureSpec().step_categorical_column_with_vocabulary_file("x", tmp_path / "absent").fit(
            column("a", "b")
        )


def test_weights_of_categories():
    table = pd.DataFrame({"x": ["a", "b", None], "w": [0.5, None, 2.0]})
    spec = FeatureSpec().step_weighted_categorical_column("x", "w").fit(table)
    assert spec.encode(table)["x:weight"].tolist() == [0.5, 0.0, 2.0]
    assert spec.transform(table).tolist() == [[0, 0.5, 0], [0, 0, 0], [2, 0, 0]]


def test_lists_are_padded():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x")
    table = column(["a", "b"], [], None, ["b", "b"])
    assert encode(spec, table, "x") == [[2, 3], [0, 0], [0, 0], [3, 3]]
    assert spec.transform(table).tolist() == [[1, 1], [0, 0], [0, 0], [0, 2]]
    # Longer lists than at fit are not cut.
    assert spec.encode(column(["a", "zebra", "b"]))["x"].tolist() == [[2, 1, 3]]


def test_lists_of_weights_must_fit():
    table = pd.DataFrame({"x": [["a", "b"], ["c"]], "w": [[1.0, 2.0], [3.0]]})
    spec = FeatureSpec().step_weighted_categorical_column("x", "w").fit(table)
    with pytest.raises(ValueError, match="'w' has 2 weights for 1 values of column 'x' in row 1"):
        spec.encode(table.assign(w=[[1.0, 2.0], [3.0, 4.0]]))


# What is derived from columns


def test_buckets_are_closed_below():
    spec = FeatureSpec().step_bucketized_column("x", boundaries=[0, 10])
    table = column(-1.0, 0.0, 9.9, 10.0, None)
    assert encode(spec, table, "bucketized_x") == [2, 3, 3, 4, 0]
    assert spec.get_feature_names_out().tolist()[1:] == [
        "bucketized_x_below_0",
        "bucketized_x_0_to_10",
        "bucketized_x_from_10",
    ]


def test_learnt_buckets_hold_as_many_rows_each():
    spec = FeatureSpec().step_bucketized_column("x", num_bins=4)
    table = pd.DataFrame({"x": np.random.default_rng(0).gamma(2.0, size=1000)})
    codes = spec.fit(table).encode(table)["bucketized_x"]
    assert np.bincount(codes)[2:].tolist() == [250] * 4


def test_crosses_are_of_combinations():
    table = pd.DataFrame({"a": ["x", "x", "y", None], "b": [1, 2, 1, 1]})
    spec = FeatureSpec().step_crossed_column(["a", "b"], 1000)
    codes = encode(spec, table, "crossed_a_b")
    assert codes[3] == 0
    assert len(set(codes)) == 4
    assert codes == encode(spec, table, "crossed_a_b", new=table)


def test_crosses_of_buckets():
    table = pd.DataFrame({"a": [0.1, 0.2, 5.0], "b": ["x", "x", "x"]})
    spec = (
        FeatureSpec()
        .step_bucketized_column("a", boundaries=[1.0])
        .step_crossed_column(["bucketized_a", "b"], 1000)
    )
    first, second, third = encode(spec, table, "crossed_bucketized_a_b")
    assert first == second != third


def test_steps_select_derived_features():
    table = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"]})
    spec = (
        FeatureSpec()
        .step_categorical_column_with_vocabulary_list(all_nominal())
        .step_bucketized_column("a", num_bins=2)
        .step_embedding_column(derived(everything()), 3)
        .fit(table)
    )
    ways = {name: [type(way).__name__ for way in w] for name, w in spec.representations_.items()}
    assert ways == {"b": ["Indicator"], "bucketized_a": ["Embedding"]}


def test_remove_leaves_what_was_derived():
    table = pd.DataFrame({"a_in": [1.0, 2.0], "b_in": [3.0, 4.0], "c": ["x", "y"]})
    spec = (
        FeatureSpec()
        .step_numeric_column(ends_with("_in"))
        .step_categorical_column_with_vocabulary_list("c")
        .step_bucketized_column("a_in", boundaries=[1.5])
        .step_remove_column(cols("a_in", "c"))
        .fit(table)
    )
    assert set(spec.encode(table)) == {"numeric", "bucketized_a_in"}
    assert spec.encode(table)["numeric"].tolist() == [[3], [4]]


def test_remove_before_there_is_a_feature_removes_nothing_else():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    spec = FeatureSpec().step_numeric_column("a").step_remove_column("b").fit(table)
    assert set(spec.encode(table)) == {"numeric"}


# Dates


def test_parts_of_moments():
    moments = ["2023-12-31 18:30", "2024-01-01 06:00", "1969-07-20 20:17"]
    table = pd.DataFrame({"x": pd.to_datetime(moments)})
    parts = ("month", "day", "dayofweek", "hour", "minute")
    spec = FeatureSpec().step_datetime_column("x", parts=parts, cyclic=False)
    expected = np.stack(
        [
            (table["x"].dt.month - 1) / 12,
            (table["x"].dt.day - 1) / 31,
            table["x"].dt.dayofweek / 7,
            table["x"].dt.hour / 24,
            table["x"].dt.minute / 60,
        ],
        axis=1,
    )
    np.testing.assert_allclose(encode(spec, table), expected, rtol=1e-6)


def test_december_meets_january():
    table = pd.DataFrame({"x": pd.to_datetime(["2023-12-31", "2024-01-01", "2024-07-01"])})
    spec = FeatureSpec().step_datetime_column("x", parts=("month",))
    december, january, july = np.array(encode(spec, table))
    assert np.linalg.norm(december - january) < 0.6 < np.linalg.norm(january - july)
    assert spec.get_feature_names_out().tolist() == ["x_month_sin", "x_month_cos"]


def test_missing_moments_are_marked():
    table = pd.DataFrame({"x": pd.to_datetime(["2023-12-31", None, "2025-12-31"])})
    assert encode(FeatureSpec().step_datetime_column("x", parts=("year",)), table) == [
        [-1, 0],
        [0, 1],
        [1, 0],
    ]


def test_time_zones_and_text_are_read():
    moments = ["2023-12-31 18:30", "2024-03-01 06:00"]
    spec = FeatureSpec().step_datetime_column("x")
    expected = encode(spec, pd.DataFrame({"x": pd.to_datetime(moments)}))
    assert encode(spec, pd.DataFrame({"x": moments})) == expected
    zoned = pd.to_datetime(moments).tz_localize("Europe/Berlin")
    assert encode(spec, pd.DataFrame({"x": zoned})) == expected
