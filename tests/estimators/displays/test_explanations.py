"""The plots of explanations show what was found, the largest first."""

import numpy as np
import pytest

from estimators import Explanation
from estimators.displays import ExplanationDisplay

plt = pytest.importorskip("matplotlib.pyplot")

VALUES = np.array([[1.0, -3.0, 0.5, 0.0], [2.0, 4.0, -0.25, 0.0]])
CELLS = np.array([[0.123456, "north", None, 1], [7.0, "a" * 50, "x", 2]], dtype=object)
NAMES = ["size", "side", "kind", "nothing"]
ONE = Explanation(VALUES, np.full(2, 10.0), CELLS, NAMES, None, "price")
SEVERAL = Explanation(
    np.stack([VALUES, -VALUES], axis=-1), np.zeros((2, 2)), CELLS, NAMES, ["no", "yes"], "log-odds"
)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def labels(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def widths(display):
    return [bar.get_width() for bar in display.ax_.patches]


def clouds(display):
    """The points of each drawn column, by its place."""
    found = {}
    for cloud in display.ax_.collections:
        for x, y in cloud.get_offsets():
            found.setdefault(round(float(y)), []).append(float(x))
    return {place: sorted(found[place]) for place in sorted(found)}


def test_bars_of_one_row():
    _, ax = plt.subplots()
    display = ExplanationDisplay.from_explanation(ONE, kind="bar", ax=ax)
    assert (display.ax_, display.figure_) == (ax, ax.figure)
    assert labels(display) == ["side = north", "size = 0.1235", "kind = missing", "nothing = 1"]
    assert widths(display) == [-3.0, 1.0, 0.5, 0.0]
    assert [text.get_text() for text in ax.texts] == ["-3", "+1", "+0.5", "+0"]
    assert ax.get_title() == "row 0: 10 at the baseline, 8.5 with its columns"
    assert ax.get_xlabel() == "added to the price"


def test_large_numbers_are_whole():
    houses = Explanation(VALUES * 1e4, np.full(2, 2e5), CELLS, NAMES, None, "value")
    display = ExplanationDisplay.from_explanation(houses, kind="bar", max_columns=2)
    assert [text.get_text() for text in display.ax_.texts] == ["-30,000", "+10,000", "+5,000"]
    assert display.ax_.get_title() == "row 0: 200,000 at the baseline, 185,000 with its columns"


def test_the_other_columns_are_one_bar():
    display = ExplanationDisplay.from_explanation(ONE, kind="bar", row=-1, max_columns=1)
    assert labels(display) == [f"side = {'a' * 27}…", "3 other columns"]
    assert widths(display) == [4.0, 1.75]


def test_a_point_for_every_row():
    display = ExplanationDisplay.from_explanation(ONE, max_columns=3)
    assert labels(display) == ["side", "size", "kind"]
    assert clouds(display) == {0: [-3.0, 4.0], 1: [1.0, 2.0], 2: [-0.25, 0.5]}
    assert display.ax_.get_title() == "2 rows, 3 of 4 columns"


def test_points_of_a_crowd_stay_apart_and_on_their_line():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(500, 2))
    cells = rng.normal(size=(500, 2))
    crowd = Explanation(values, np.zeros(500), cells, ["a", "b"], None, "value")
    drawn = ExplanationDisplay.from_explanation(crowd).ax_.collections[0].get_offsets()
    assert np.abs(drawn[:, 1]).max() < 0.5
    assert len(np.unique(drawn[:, 1])) > 10


@pytest.mark.parametrize("output", ["yes", 1, -1])
@pytest.mark.parametrize("kind", ["bar", "beeswarm"])
def test_one_of_several_outputs(kind, output):
    display = ExplanationDisplay.from_explanation(SEVERAL, kind=kind, output=output)
    assert display.ax_.get_xlabel() == "added to the log-odds of yes"
    if kind == "bar":
        assert widths(display) == [3.0, -1.0, -0.5, 0.0]
    else:
        assert clouds(display)[0] == [-4.0, 3.0]


def test_an_estimator_is_asked():
    class Explains:
        def explain(self, X, background):
            return Explanation(X - background, np.zeros(2), X, NAMES, None, "value")

    display = ExplanationDisplay.from_estimator(Explains(), VALUES, background=1.0, kind="bar")
    assert widths(display) == [-4.0, -1.0, -0.5, 0.0]


@pytest.mark.parametrize(
    ("explanation", "asked", "message"),
    [
        (ONE, {"kind": "waterfall"}, "kind must be one of 'beeswarm', 'bar', got 'waterfall'"),
        (ONE, {"kind": "bar", "row": 2}, "row=2 is none of the 2 rows that were explained"),
        (SEVERAL, {}, "output=None is none of the 2 outputs; give one of 'no', 'yes', or its"),
        (SEVERAL, {"output": 2}, "output=2 is none of the 2 outputs"),
    ],
)
def test_bad_input(explanation, asked, message):
    with pytest.raises(ValueError, match=message):
        ExplanationDisplay.from_explanation(explanation, **asked)
