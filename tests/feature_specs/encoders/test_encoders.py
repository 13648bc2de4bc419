"""The host and the graph encode alike, bit for bit: one fuzz test over every kind of step."""

from __future__ import annotations

import datetime
import re

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from feature_specs import FeatureSpec
from feature_specs.encoders.dates import PART_SIZES
from feature_specs.encoders.values import _factorize_few

ROWS = 6

# Everything that once was somebody's marker for missing or unseen, and what breaks files of words.
_AWKWARD = ["", "a", "b", "-1", "nan", "None", "[UNK]", "unseen", "a_X_b", "ä", "a\u0308", "x\ny\r"]


def texts():
    awkward = st.sampled_from(_AWKWARD)
    return st.none() | awkward | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


def numbers():
    return st.none() | st.floats(-1e30, 1e30) | st.integers(-3, 12).map(float)


def whole_numbers():
    return st.none() | st.integers(-3, 12) | st.integers(-(2**62), 2**62)


def moments():
    years_1700_to_2240 = st.integers(-8_500_000_000, 8_500_000_000)
    return st.none() | years_1700_to_2240.map(lambda s: pd.Timestamp(s, unit="s"))


def texts_with_offsets():
    years = datetime.datetime(1700, 1, 1), datetime.datetime(2240, 1, 1)
    minutes = st.integers(-1439, 1439).map(lambda m: datetime.timedelta(minutes=m))
    moments = st.datetimes(*years, timezones=minutes.map(datetime.timezone))
    return st.none() | moments.map(datetime.datetime.isoformat)


def lists_of(cells):
    return st.none() | st.lists(cells, max_size=3)


def column(cells, first, dtype):
    """Draw a column whose first cells are known, so that there is something to learn."""
    rest = st.lists(cells, min_size=ROWS, max_size=ROWS)
    return rest.map(lambda drawn: pd.Series([*first, *drawn], dtype=dtype))


def vectors():
    return st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3)


def sentences():
    words = st.sampled_from(["a", "B", "c!", "É", "[UNK]", "\u2003", "x\x00y", "\n", "long-ish"])
    return st.none() | st.lists(words | st.text(max_size=3).filter(is_unicode), max_size=40).map(
        " ".join
    )


def is_unicode(text):
    return not any("\ud800" <= character <= "\udfff" for character in text)


COLUMNS = {
    "x": column(numbers(), [1.0, 2.5], "float64"),
    "z": column(numbers(), [0.0, 7.0], "float64"),
    "i": column(whole_numbers(), [1, 2], "Int64"),
    "t": column(texts(), ["a", "b"], object),
    "c": column(texts(), ["a", "c"], "category"),
    "d": column(moments(), [pd.Timestamp("2000-02-29"), pd.NaT], "datetime64[s]"),
    "o": column(texts_with_offsets(), ["2000-02-29T12:00Z", None], object),
    "s": column(st.none() | st.integers(-(2**55), 2**55), [1, None], "Int64"),
    "tags": column(lists_of(texts()), [["a", "b"], ["c"]], object),
    "ids": column(lists_of(st.integers(-2, 9)), [[1, 2], [3]], object),
    "w": column(sentences(), ["a b a c", "b, c!"], object),
    "v": column(vectors(), [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]], object),
}


def tables(names):
    return st.fixed_dictionaries({name: COLUMNS[name] for name in names}).map(
        lambda drawn: pd.DataFrame(drawn)[names]
    )


def spec():
    return FeatureSpec()


SPECS = {
    "automatic": FeatureSpec("~ x + z + i + t + c + d + tags + ids"),
    "numeric": spec().step_numeric_column(["x", "z", "i"]),
    "numeric, given value": spec().step_numeric_column(["x", "i"], default_value=-1.0),
    "numeric, median": spec().step_numeric_column("x", default_value="median", add_indicator=True),
    "numeric, standard": spec().step_numeric_column(["x", "z"], normalizer="standard"),
    "numeric, min_max": spec().step_numeric_column(["x", "z"], normalizer="min_max"),
    "numeric, robust": spec().step_numeric_column(["x", "z"], normalizer="robust"),
    "numeric, max_abs": spec().step_numeric_column(["x", "z"], normalizer="max_abs"),
    "numeric, quantile": spec().step_numeric_column(["x", "z"], normalizer="quantile"),
    "numeric, vectors": spec().step_numeric_column("v", shape=3, normalizer="standard"),
    "vocabulary": spec().step_categorical_column_with_vocabulary_list(["t", "c", "i"]),
    "vocabulary, given": spec().step_categorical_column_with_vocabulary_list(
        "t", vocabulary_list=["b", "[UNK]", "x\ny\r"]
    ),
    "vocabulary, cut": spec().step_categorical_column_with_vocabulary_list(
        ["t", "i"], max_tokens=2, num_oov_buckets=4
    ),
    "vocabulary, lists": spec().step_categorical_column_with_vocabulary_list(
        ["tags", "ids"], num_oov_buckets=2
    ),
    "hash": spec().step_categorical_column_with_hash_bucket(["t", "c", "i"], 7),
    "hash, lists": spec().step_categorical_column_with_hash_bucket(["tags", "ids"], 7),
    "identity": spec().step_categorical_column_with_identity("i", 8),
    "identity, default": spec().step_categorical_column_with_identity("i", 8, default_value=3),
    "identity, lists": spec().step_categorical_column_with_identity("ids", 8),
    "weighted": spec().step_weighted_categorical_column("t", "x"),
    "bucketized": spec().step_bucketized_column("x", boundaries=[-1.0, 0.1, 1e20]),
    "bucketized, learnt": spec().step_bucketized_column(["x", "i"], num_bins=3),
    "crossed": spec().step_crossed_column(["t", "i"], 50),
    "crossed, three": spec().step_crossed_column(["t", "c", "i"], 50),
    "crossed, bins": spec()
    .step_bucketized_column("x", boundaries=[0.0, 1.0])
    .step_crossed_column(["bucketized_x", "t"], 20),
    "crossed, only bins": spec()
    .step_bucketized_column("x", boundaries=[0.0, 1.0])
    .step_bucketized_column("i", num_bins=3)
    .step_crossed_column(["bucketized_x", "bucketized_i"], 20),
    "shared embeddings": spec()
    .step_categorical_column_with_vocabulary_list(["t", "tags"])
    .step_shared_embeddings_column(["t", "tags"], 2),
    "datetime": spec().step_datetime_column("d", parts=("year", *PART_SIZES)),
    "datetime, numbers": spec().step_datetime_column("s", unit="us"),
    "datetime, numbers in a zone": spec().step_datetime_column(
        "s", unit="us", parts=("year", "hour"), time_zone="Europe/Berlin"
    ),
    "datetime, texts in a zone": spec().step_datetime_column(
        "o", parts=("dayofweek", "hour", "minute"), time_zone="Australia/Lord_Howe"
    ),
    "datetime, holidays": spec().step_datetime_column(
        "d", holidays={"leap": "2000-02-29", "first": ["1970-01-01", "2000-01-01"]}
    ),
    "elapsed": spec().step_elapsed_time_column("d", since="2000-01-01", output_unit="h"),
    "elapsed, columns": spec().step_elapsed_time_column(
        "d", since="s", unit="us", normalizer="quantile"
    ),
    "datetime, fractions": spec().step_datetime_column("d", parts=("month",), cyclic=False),
    "one column, many ways": spec()
    .step_numeric_column(["i", "x"], normalizer="standard")
    .step_categorical_column_with_vocabulary_list("i")
    .step_bucketized_column("i", num_bins=3)
    .step_crossed_column(["i", "bucketized_i"], 20),
    "text, embedding": spec().step_text_column(["t", "c"], sequence_length=3),
    "text, pairs of words": spec().step_text_column("w", ngrams=2, standardize="lower"),
    "text, characters": spec().step_text_column("w", split="character", max_tokens=6),
    "text, multi_hot": spec().step_text_column("w", representation="multi_hot", max_tokens=5),
    "text, count": spec().step_text_column("w", representation="count", standardize=None),
    "text, tf_idf": spec().step_text_column("w", representation="tf_idf", ngrams=(1, 2)),
    "text, given": spec().step_text_column("w", vocabulary=["b", "a"], representation="count"),
    "removed": spec().step_numeric_column(["x", "z"]).step_remove_column("z"),
}


def columns_of(spec):
    if spec.formula is not None:
        return [name for name in COLUMNS if name not in "vws"]
    words = {word for _, step in spec.steps for word in re.findall(r"\w+", str(vars(step)))}
    return [name for name in COLUMNS if name in words]


def assert_encodes_alike(fitted, model, table):
    on_host = fitted.encode(table)
    in_graph = model(fitted.raw_inputs(table))
    assert set(on_host) == set(in_graph)
    for name, expected in on_host.items():
        actual = keras.ops.convert_to_numpy(in_graph[name])
        assert actual.dtype == expected.dtype, name
        assert actual.shape == expected.shape, name
        # Bits, not values: -0.0 is not 0.0 and one NaN is another.
        assert actual.tobytes() == np.ascontiguousarray(expected).tobytes(), name


# Without shrinking: a graph for each of its steps would take minutes.
@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
@pytest.mark.parametrize("kind", SPECS)
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
@given(data=st.data())
def test_host_and_graph_encode_alike(kind, data):
    names = columns_of(SPECS[kind])
    training = data.draw(tables(names))
    fitted = SPECS[kind].fit(training)
    model = fitted.preprocessing_model()
    assert_encodes_alike(fitted, model, training)
    assert_encodes_alike(fitted, model, data.draw(tables(names)))


def test_weights_of_lists_are_encoded_alike():
    table = pd.DataFrame({"tags": [["a", "b"], ["c"], None], "w": [[0.5, 2.0], [1.5], None]})
    fitted = FeatureSpec().step_weighted_categorical_column("tags", "w").fit(table)
    assert_encodes_alike(fitted, fitted.preprocessing_model(), table)
    assert fitted.encode(table)["tags:weight"].tolist() == [[0.5, 2.0], [1.5, 0.0], [0.0, 0.0]]


def test_log1p_encodes_alike():
    table = pd.DataFrame({"x": np.r_[np.nan, np.geomspace(1e-9, 1e30, 500)]})
    fitted = FeatureSpec().step_numeric_column("x", normalizer="log1p").fit(table)
    assert_encodes_alike(fitted, fitted.preprocessing_model(), table)


@pytest.mark.parametrize("normalizer", [None, "standard"])
def test_the_smallest_numbers_encode_alike(normalizer):
    table = pd.DataFrame({"x": [1e-40, -1e-39, 1e-45, 1e-310, 1.0, -0.0]})
    spec = FeatureSpec().step_numeric_column("x", normalizer=normalizer)
    fitted = spec.step_bucketized_column("x", boundaries=[1e-40, 1e-39, 1.0]).fit(table)
    assert_encodes_alike(fitted, fitted.preprocessing_model(), table)


def test_vocabulary_of_a_file_encodes_alike(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("b\nä\r\nunused\n", encoding="utf-8")
    table = pd.DataFrame({"t": ["a", "b", "ä", None, ""]})
    fitted = FeatureSpec().step_categorical_column_with_vocabulary_file("t", file).fit(table)
    assert_encodes_alike(fitted, fitted.preprocessing_model(), table)
    assert fitted.encode(table)["t"].tolist() == [1, 2, 3, 0, 0]


@pytest.mark.parametrize("kind", ["automatic", "crossed, bins", "shared embeddings", "weighted"])
def test_the_saved_model_encodes_alike(kind, tmp_path):
    table = pd.DataFrame(
        {
            "x": [1.0, np.nan, 3.0],
            "z": [0.0, 1.0, 2.0],
            "i": pd.array([2**61, None, 3], "Int64"),
            "t": ["a", "x\ny\r", None],
            "c": pd.Categorical(["a", None, "b"]),
            "d": pd.to_datetime(["1969-12-31 23:59", None, "2024-02-29 00:00"]),
            "tags": [["a"], [], ["b", None]],
            "ids": [[1], [2, 3], None],
        }
    )
    fitted = SPECS[kind].fit(table)
    fitted.preprocessing_model().save(tmp_path / "model.keras")
    assert_encodes_alike(fitted, keras.models.load_model(tmp_path / "model.keras"), table)


def test_the_exported_model_encodes_alike(tmp_path):
    import tensorflow as tf

    table = pd.DataFrame({"x": [1.0, np.nan], "t": ["a", None], "i": [1, 2]})
    fitted = SPECS["crossed"].step_numeric_column("x", normalizer="standard").fit(table)
    fitted.preprocessing_model().export(tmp_path / "model", verbose=False)
    served = tf.saved_model.load(tmp_path / "model").serve(
        {name: tf.constant(array) for name, array in fitted.raw_inputs(table).items()}
    )
    for name, expected in fitted.encode(table).items():
        assert served[name].numpy().tobytes() == expected.tobytes()


@given(st.lists(texts(), max_size=40), st.sampled_from([object, "str"]))
def test_few_values_are_numbered_as_pandas_does(cells, dtype):
    values = pd.Series(cells, dtype=dtype)
    codes, uniques = _factorize_few(values)
    expected_codes, expected = pd.factorize(values)
    np.testing.assert_array_equal(codes, expected_codes)
    assert uniques.tolist() == list(expected)
