"""The plot of intervals says what they cover."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from estimators.displays import IntervalDisplay

plt = pytest.importorskip("matplotlib.pyplot")

RNG = np.random.default_rng(0)
X = 1.0 * RNG.permutation(40)
Y = X + RNG.choice([-1.0, 1.0, 6.0], 40, p=[0.4, 0.4, 0.2])
INSIDE = np.abs(Y - X) < 5


class Ruler:
    def predict(self, X):
        return X

    def predict_interval(self, X, coverage):
        return np.stack([X - 5, X + 5], axis=1)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def points(display):
    """The true values that are drawn, by colour."""
    lines, *clouds = display.ax_.collections
    return {to_hex(one.get_facecolor()[0]): one.get_offsets() for one in clouds}


@pytest.mark.parametrize("kind", ["sorted_by_prediction", "actual_vs_predicted"])
def test_intervals_and_what_lies_inside(kind):
    _, ax = plt.subplots()
    display = IntervalDisplay.from_estimator(Ruler(), X, Y, coverage=0.8, kind=kind, ax=ax)
    assert (display.ax_, display.figure_) == (ax, ax.figure)
    drawn = points(display)
    np.testing.assert_array_equal(np.sort(drawn["#008800"][:, 1]), np.sort(Y[INSIDE]))
    np.testing.assert_array_equal(np.sort(drawn["#bb0000"][:, 1]), np.sort(Y[~INSIDE]))
    ends = np.array(display.ax_.collections[0].get_segments())
    np.testing.assert_array_equal(ends[:, :, 1], np.sort(X)[:, None] + [-5, 5])
    # Predictions are the whole numbers from 0 on, so both kinds put rows at the same places.
    np.testing.assert_array_equal(ends[:, 0, 0], np.arange(40))
    share = 100 * INSIDE.mean()
    assert ax.get_title() == f"{share:.1f} % of 40 rows inside, 80 % asked\nmedian width 10"
    assert (display.coverage_, display.width_) == (INSIDE.mean(), 10)


def test_some_rows_are_drawn_and_all_are_counted():
    made = [
        IntervalDisplay.from_estimator(Ruler(), X, Y, subsample=10, random_state=seed)
        for seed in (0, 0, 1)
    ]
    drawn = [np.concatenate(list(points(display).values()))[:, 1].tolist() for display in made]
    assert [len(of_one) for of_one in drawn] == [10] * 3
    assert drawn[0] == drawn[1] != drawn[2]
    assert {display.coverage_ for display in made} == {INSIDE.mean()}


def test_bad_input():
    ends = np.stack([Ruler().predict_interval(X, 0.9)] * 2, axis=1)
    with pytest.raises(ValueError, match=r"shape \(40, 2, 2\), .* such as y_interval\[:, 0\]"):
        IntervalDisplay.from_predictions(Y, X, ends)
    with pytest.raises(ValueError, match="kind must be one of 'sorted_by_prediction', 'actual"):
        IntervalDisplay.from_predictions(Y, X, ends[:, 0], kind="sorted")
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        IntervalDisplay.from_predictions(Y[1:], X, ends[:, 0])
