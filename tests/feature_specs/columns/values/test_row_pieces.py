"""What is found piece by piece, by threads, is what one look at the whole array finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from feature_specs import FeatureSpec
from feature_specs.columns.table import Table
from feature_specs.columns.values import row_pieces
from feature_specs.columns.values.constant_columns import (
    chosen_columns,
    constant_positions,
    two_valued_positions,
)
from feature_specs.columns.values.row_pieces import map_pieces


@pytest.fixture(autouse=True, scope="module")
def many_pieces():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_pieces, "CELLS_AT_ONCE", 8)
        yield


BLOCKS = arrays(
    st.sampled_from(["float32", "float64", "int64"]),
    st.tuples(st.integers(1, 400), st.integers(1, 6)),
    elements=st.sampled_from([0, 1, 2]),
    fill=st.sampled_from([0, 1]),
).flatmap(lambda block: st.sampled_from([block, np.asfortranarray(block)]))


def test_results_stand_in_the_order_of_their_rows():
    pieces = map_pieces(lambda rows: rows, (500, 2))
    assert [rows.start for rows in pieces] == list(range(0, 500, 4))
    assert map_pieces(lambda rows: rows, (0, 2)) == []


@settings(max_examples=60, deadline=None)
@given(BLOCKS, st.data())
def test_columns_of_one_and_two_values_are_those_that_unique_finds(block, data):
    distinct = [len(np.unique(column)) for column in block.T]
    assert constant_positions(block) == [i for i, n in enumerate(distinct) if n == 1]
    two = [i for i, n in enumerate(distinct) if n <= 2]
    assert two_valued_positions(block) == two
    assert two_valued_positions(block, (block.min(axis=0), block.max(axis=0))) == two
    places = np.array(data.draw(st.permutations(range(block.shape[1]))), np.intp)
    places = places[: data.draw(st.integers(1, len(places)))]
    taken = chosen_columns(block, places)
    np.testing.assert_array_equal(taken, block[:, places])
    assert taken.dtype == block.dtype


@settings(max_examples=40, deadline=None)
@given(BLOCKS, st.integers(0, 399), st.integers(0, 5))
def test_infinity_is_found_where_it_stands_and_gaps_are_no_fault(block, row, column):
    block = block.astype("float64")
    row, column = row % len(block), column % block.shape[1]
    block[row, column] = np.nan
    *_, may_have_gaps = Table(block).numbers_among([f"x{i}" for i in range(block.shape[1])])
    assert may_have_gaps
    block[row, column] = -np.inf
    with pytest.raises(ValueError, match=f"infinity: column 'x{column}', row {row};"):
        Table(block).numbers([f"x{i}" for i in range(block.shape[1])])


@pytest.mark.parametrize("has_gaps", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_spec_is_fitted_to_the_moments_of_the_whole(has_gaps, weighted):
    rng = np.random.default_rng(0)
    X = rng.normal(3.0, 2.0, size=(700, 4))
    weight = rng.integers(1, 4, 700).astype(float) if weighted else np.ones(700)
    if has_gaps:
        X[::7, 1] = np.nan
    specs = [FeatureSpec().fit(X, sample_weight=weight if weighted else None) for _ in range(2)]
    one, other = (spec.encode(X)["numeric"] for spec in specs)
    np.testing.assert_array_equal(one, other)
    repeated = np.repeat(X, weight.astype(int), axis=0)
    mean = np.nanmean(repeated, axis=0)
    filled = np.where(np.isnan(repeated), mean, repeated)
    expected = (np.where(np.isnan(X), mean, X) - mean) / filled.std(axis=0)
    np.testing.assert_allclose(one[:, :4], expected, rtol=1e-5, atol=1e-6)
