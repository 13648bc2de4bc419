"""Scaling in float32 comes close to scaling in float64."""

import numpy as np
import pytest

from feature_specs import FeatureSpec
from feature_specs.scalers import Quantile

ROWS = 500
RNG = np.random.default_rng(0)
COLUMNS = {
    "years": RNG.normal(2020, 1, ROWS),
    "skewed": RNG.gamma(1, 10, ROWS),
    "ties": np.round(RNG.gamma(1, 3, ROWS)),
    "two": RNG.choice([2023.5, 2024.75], ROWS),
    "gaps": np.where(RNG.random(ROWS) < 0.2, np.nan, RNG.normal(size=ROWS)),
}
TABLE = {name: column.astype("float32") for name, column in COLUMNS.items()}
SCALERS = [
    "standard",
    "min_max",
    "robust",
    "max_abs",
    "log1p",
    "quantile",
    Quantile(output="uniform"),
]


@pytest.mark.parametrize("normalizer", [None, *SCALERS], ids=str)
@pytest.mark.parametrize("column", COLUMNS)
def test_float32_is_near_float64(column, normalizer):
    spec = FeatureSpec().step_numeric_column(column, normalizer=normalizer)
    table = {column: np.abs(TABLE[column])}
    expected = spec.fit(table).encode(table)["numeric"]
    found = spec.fit(table).preprocessing_model("float32")({column: table[column]})["numeric"]
    # Quantiles may lie closer together than float32 tells numbers apart.
    atol = 5e-4 if "uantile" in str(normalizer) else 1e-6
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=atol)
