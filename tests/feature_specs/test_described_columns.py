"""Every raw column of a fit is told: what it is taken for and what becomes of it, or why not."""

import numpy as np
import pandas as pd
import pytest

from feature_specs import FeatureSpec, Quantile
from feature_specs.described_columns import described_columns

ROWS = 80
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "number": RNG.permutation(ROWS) / 2,
        "gaps": np.where(np.arange(ROWS) % 4, RNG.normal(size=ROWS), np.nan),
        "one_or_gap": np.where(np.arange(ROWS) % 3, 2.0, np.nan),
        "same": 1.0,
        "city": RNG.choice(["Bonn", "Rome", "Oslo"], ROWS),
        "name": [f"k{i}x{i * 7}" for i in range(ROWS)],
        "when": pd.date_range("2019-01-01", periods=ROWS, freq="30D"),
        "tags": [list(RNG.choice(list("xyz"), 2)) for _ in range(ROWS)],
    }
)


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
def test_what_columns_decide_is_told():
    spec = FeatureSpec(normalizer=Quantile("auto", limit=3.5)).fit(TABLE)
    found = described_columns(spec)
    assert list(found) == list(TABLE)
    assert {name: (c.kind, c.features, c.categories) for name, c in found.items()} == {
        "number": ("number", 1, None),
        "gaps": ("number", 2, None),
        "one_or_gap": ("number", 1, None),
        "same": ("left out", 0, None),
        "city": ("category", 3, 3),
        "name": ("left out", 0, None),
        "when": ("date", 5, None),
        "tags": ("list of categories", 3, 3),
    }
    assert sum(column.features for column in found.values()) == spec.transform(TABLE).shape[1]
    assert (found["number"].least, found["number"].largest) == (0, 39.5)
    assert found["gaps"].encoding.endswith("missing marked")
    assert found["one_or_gap"].encoding == "whether it is missing"
    assert found["when"].encoding == "year, month, dayofweek; 2019 to 2025"
    assert found["same"].encoding == "all rows have the same value"
    assert found["name"].encoding == "nearly every row has a new value"


def test_several_steps_on_a_column_and_none():
    spec = (
        FeatureSpec()
        .step_numeric_column("number")
        .step_bucketized_column("number", boundaries=[1.0, 2.0])
        .step_crossed_column(["city", "name"], hash_bucket_size=50)
        .fit(TABLE)
    )
    found = described_columns(spec)
    assert found["number"].kind == "number + interval"
    assert found["number"].step == "step_numeric_column, step_bucketized_column"
    assert (found["number"].features, found["number"].categories) == (4, 3)
    assert found["city"].kind == "cross"
    assert found["city"].encoding.startswith("crossed with name in 50 buckets")
    assert (found["gaps"].kind, found["gaps"].encoding) == ("left out", "no step reads it")


def test_time_since_another_column_counts_once():
    table = TABLE[["when"]].assign(then=TABLE["when"].iloc[::-1].to_numpy())
    spec = FeatureSpec().step_elapsed_time_column("when", since="then")
    spec = spec.step_datetime_column("then", parts=["month"], holidays=["2019-01-01"]).fit(table)
    when, then = described_columns(spec).values()
    assert (when.kind, when.features, then.features) == ("date", 1, 3)
    assert when.encoding == "when_since_then, Standard()"
    assert then.encoding == "when_since_then, Standard(); month, holidays; 2019 to 2025"


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
def test_a_table_that_says_nothing():
    (column,) = described_columns(FeatureSpec().fit(TABLE[["same"]])).values()
    assert column.kind == "left out"
