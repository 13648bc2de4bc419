"""The scaler by ranks: as scikit-learn's, but for values that repeat."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import preprocessing

from feature_specs.scalers import Quantile

NUMBERS = st.floats(-1e30, 1e30, allow_subnormal=False) | st.integers(-3, 90).map(float)


def blocks(elements):
    rows = st.integers(1, 40)
    return rows.flatmap(lambda n: hnp.arrays(np.float64, (n, 4), elements=elements))


@pytest.mark.parametrize("output", ["normal", "uniform"])
def test_quantile_agrees_with_scikit_learn(output):
    rng = np.random.default_rng(4)
    block = np.exp(rng.normal(size=(3000, 2)))
    new = np.vstack([np.exp(rng.normal(size=(500, 2))), [[-5.0, 0.0], [1e9, 1e3]]])
    theirs = preprocessing.QuantileTransformer(n_quantiles=200, output_distribution=output)
    expected = theirs.fit(block).transform(new)
    ours = Quantile(n_quantiles=200, output=output).fit(block).transform(new)
    np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-9)


def test_quantile_gives_repeated_values_their_middle_rank():
    block = np.array([[0.0, 7.0]] * 50 + [[float(i), 7.0] for i in range(1, 52)])
    scaled = Quantile(output="uniform").fit(block).transform(block)
    assert scaled[0, 0] == pytest.approx(0.245, abs=0.005)
    assert scaled[-1, 0] == 1.0
    assert set(scaled[:, 1]) == {0.5}
    assert Quantile().fit(block).transform([[0.0, 7.0], [0.0, 8.0]])[:, 1].tolist() == [
        0.0,
        pytest.approx(5.199, abs=1e-3),
    ]


@pytest.mark.parametrize("rows", [160, 500])
def test_quantile_tears_no_repeated_values_apart(rows):
    values = np.random.default_rng(0).integers(0, 9, rows) * 0.1
    scaled = Quantile(output="uniform").fit(values[:, None]).transform(values[:, None])
    ranks = pd.Series(values).rank().to_numpy() - 1
    np.testing.assert_allclose(scaled[:, 0], ranks / (rows - 1), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seen=blocks(NUMBERS | st.just(np.nan)), new=blocks(NUMBERS))
def test_quantile_keeps_the_order(seen, new):
    new = np.sort(new, axis=0)
    scaled = Quantile().fit(seen).transform(new)
    assert (np.diff(scaled, axis=0) >= -1e-9).all()


@pytest.mark.parametrize(("rows", "count"), [(60, 10), (900, 30), (40_000, 1000)])
def test_auto_learns_a_quantile_for_thirty_rows(rows, count):
    assert Quantile("auto").fit(np.arange(rows)[:, None]).quantiles_.shape == (1, count)


def test_results_end_at_the_limit():
    block = np.arange(1000.0)[:, None]
    free, limited = (Quantile(limit=limit).fit(block).transform(block) for limit in (None, 2.5))
    np.testing.assert_array_equal(limited, np.clip(free, -2.5, 2.5))
    for limit in (0, -1.0, np.nan, "three"):
        with pytest.raises(ValueError, match="limit"):
            Quantile(limit=limit).fit(block)


@pytest.mark.parametrize("low_high", [(0, 1), (-7.5, 1e9), (1e9, 1e9 + 1), (0, 1e-30)])
def test_two_values_become_signs_of_a_normal_distribution(low_high):
    low, high = map(float, low_high)
    column = np.repeat([low, high], [90, 10])
    other = np.arange(100.0)
    seen = np.column_stack([column, other])
    scaled = Quantile(limit=3.5).fit(seen).transform(seen)
    assert scaled[:, 0].tolist() == [-1.0] * 90 + [1.0] * 10
    alone = Quantile(limit=3.5).fit(other[:, None]).transform(other[:, None])
    np.testing.assert_array_equal(scaled[:, 1:], alone)
    new = [[low - 1, 0.0], [(low + high) / 2, 0.0], [high * 3 + 1, 0.0], [np.nan, 0.0]]
    np.testing.assert_allclose(
        Quantile().fit(seen).transform(new)[:, 0], [-1, 0, 1, np.nan], atol=1e-6
    )
    uniform = Quantile(output="uniform").fit(seen).transform(seen)[:, 0]
    assert set(uniform.round(2)) == {0.45, 0.95}
