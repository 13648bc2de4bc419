"""Categories of an ordered dtype keep its order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from feature_specs import FeatureSpec, all_nominal

SIZES = ["small", "medium", "large", "huge"]
CELLS = ["large", "small", "medium", "small", None, "large"]


def ordered(cells, order=SIZES):
    return pd.Series(pd.Categorical(cells, order, ordered=True))


def arrow_dictionary(cells):
    codes = pa.array([None if cell is None else SIZES.index(cell) for cell in cells])
    return pa.DictionaryArray.from_arrays(codes, pa.array(SIZES), ordered=True)


TABLES = {
    "pandas": pd.DataFrame({"x": ordered(CELLS)}),
    "polars": pl.DataFrame({"x": pl.Series(CELLS, dtype=pl.Enum(SIZES))}),
    "Arrow": pa.table({"x": arrow_dictionary(CELLS)}),
    "Arrow in pandas": pa.table({"x": arrow_dictionary(CELLS)}).to_pandas(
        types_mapper=pd.ArrowDtype
    ),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_vocabulary_is_in_order(table):
    spec = FeatureSpec().fit(table)
    assert spec.get_feature_names_out().tolist() == ["x_missing", "x_small", "x_medium", "x_large"]
    # The codes are found by value, whatever holds it later.
    assert spec.encode(pd.DataFrame({"x": CELLS}))["x"].tolist() == [4, 2, 3, 2, 0, 4]
    assert np.array_equal(spec.encode(table)["x"], [4, 2, 3, 2, 0, 4])


def test_numbers_are_in_order_too():
    spec = FeatureSpec().fit(pd.DataFrame({"x": ordered([10, 9, 10], [9, 10])}))
    assert spec.get_feature_names_out().tolist() == ["x_9", "x_10"]


def test_what_has_no_order_is_sorted():
    table = pd.DataFrame({"x": pd.Categorical(CELLS, SIZES)})
    names = FeatureSpec().fit(table).get_feature_names_out().tolist()
    assert names == ["x_missing", "x_large", "x_medium", "x_small"]


@pytest.mark.parametrize(
    ("second", "expected"),
    [(ordered(["huge", "medium"]), ["small", "medium", "huge"]), (["huge", "medium"], None)],
)
def test_a_shared_vocabulary_keeps_an_order_that_all_have(second, expected):
    table = pd.DataFrame({"x": ordered(["small", "medium"]), "y": second})
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list(all_nominal())
    spec = spec.step_shared_embeddings_column(["x", "y"], 2).fit(table)
    assert spec.features_["x"].vocabulary == (expected or ["huge", "medium", "small"])


def test_the_most_frequent_are_in_order():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x", max_tokens=2)
    spec.fit(TABLES["pandas"])
    assert spec.features_["x"].vocabulary == ["small", "large"]
