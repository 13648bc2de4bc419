"""A spec on a sparse matrix: scales that leave zeros alone, on the host and in the graph."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.preprocessing import MaxAbsScaler

from feature_specs import FeatureSpec, all_numeric
from feature_specs.scalers import MaxAbs

RNG = np.random.default_rng(0)
X = sparse.csr_array(np.where(RNG.uniform(size=(50, 8)) < 0.3, RNG.normal(size=(50, 8)), 0.0))


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_columns_are_scaled_as_scikit_learn_scales_them(kind):
    spec = FeatureSpec().fit(kind(X))
    found = spec.transform(kind(X))
    assert (type(found), found.dtype) == (kind, np.float32)
    np.testing.assert_array_equal(found.indices, X.indices)
    wanted = MaxAbsScaler().fit_transform(X)
    np.testing.assert_allclose(found.toarray(), wanted.toarray(), rtol=1e-6)
    assert spec.get_feature_names_out().tolist() == [f"x{i}" for i in range(8)]
    np.testing.assert_array_equal(spec.transform(X.toarray()).toarray(), found.toarray())


@pytest.mark.parametrize(
    "spec",
    [
        FeatureSpec(),
        FeatureSpec().step_numeric_column(["x5", "x2"], normalizer=MaxAbs()),
        FeatureSpec().step_numeric_column(["x5"]).step_numeric_column("x1", normalizer="max_abs"),
    ],
)
def test_graph_agrees_to_the_bit(spec):
    spec = spec.fit(X)
    served = spec.preprocessing_model()(spec.raw_inputs(X))["numeric"]
    np.testing.assert_array_equal(served, spec.transform(X).toarray())


@pytest.mark.parametrize("normalizer", [None, "max_abs"])
def test_scales_are_those_of_a_dense_fit(normalizer):
    spec = FeatureSpec().step_numeric_column(all_numeric(), normalizer=normalizer)
    weight = np.arange(50) % 3
    by_entries, by_cells = (
        spec.fit(table, sample_weight=weight).encode(table)["numeric"] for table in (X, X.toarray())
    )
    np.testing.assert_array_equal(by_entries.toarray(), by_cells)


@pytest.mark.parametrize("chunk", [1, 100, 1 << 22])
def test_dense_spec_reads_sparse_rows(chunk, monkeypatch):
    monkeypatch.setattr("feature_specs.feature_spec._CELLS_AT_ONCE", chunk)
    spec = FeatureSpec().step_bucketized_column(["x1"]).step_numeric_column(["x2"])
    spec.fit(X.toarray())
    for name, array in spec.encode(X.toarray()).items():
        np.testing.assert_array_equal(spec.encode(X.tocoo())[name], array)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            FeatureSpec().step_numeric_column(all_numeric(), normalizer="standard"),
            "normalizer='standard' may move the zeros of a sparse matrix, .* take 'max_abs'",
        ),
        (
            FeatureSpec().step_numeric_column(all_numeric(), normalizer=np.cos),
            "may move the zeros of a sparse matrix",
        ),
        (
            FeatureSpec().step_numeric_column(all_numeric(), add_indicator=True),
            "add_indicator=True marks missing values",
        ),
        (FeatureSpec().step_bucketized_column("x3"), "Column 'x3' of a sparse matrix"),
        (
            FeatureSpec().step_categorical_column_with_identity("x3", num_buckets=4),
            "Column 'x3' of a sparse matrix",
        ),
        (FeatureSpec().step_numeric_column("x3", shape=2), "Column 'x3' of a sparse matrix"),
    ],
)
def test_what_would_be_dense_is_refused(spec, message):
    with pytest.raises(ValueError, match=message):
        spec.fit(X)
    assert not spec.__sklearn_is_fitted__()


def test_missing_entries_are_named():
    broken = X.copy()
    broken.data[np.flatnonzero(broken.indices == 6)[0]] = np.nan
    row = np.flatnonzero(np.isnan(broken.toarray()).any(axis=1))[0]
    with pytest.raises(ValueError, match=f"contains NaN: row {row}, column 6; put a number"):
        FeatureSpec().fit(broken)
