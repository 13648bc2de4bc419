import numpy as np
import pytest

from estimators.datasets import make_linear


def test_line():
    table = make_linear(random_state=0)
    assert table.shape == (50_000, 2)
    assert table["x"].between(0, 1).all()
    slope, intercept = np.polyfit(table["x"], table["y"], 1)
    assert slope == pytest.approx(1.3, abs=0.005)
    assert intercept == pytest.approx(0.8, abs=0.005)


def test_spread_around_the_line_grows_with_x():
    table = make_linear(random_state=0)
    rest = table["y"] - 0.8 - 1.3 * table["x"]
    assert rest[table["x"] < 0.1].std() == pytest.approx(0.04, abs=0.002)
    assert rest[table["x"] > 0.9].std() == pytest.approx(np.hypot(0.04, 0.0475), abs=0.002)


def test_seed_and_return_X_y():
    table = make_linear(10, random_state=3)
    X, y = make_linear(10, random_state=3, return_X_y=True)
    assert X.columns.tolist() == ["x"]
    assert X["x"].tolist() == table["x"].tolist()
    assert y.tolist() == table["y"].tolist()
    assert make_linear(10, random_state=4)["x"].tolist() != table["x"].tolist()


def test_no_points():
    with pytest.raises(ValueError, match="n=0"):
        make_linear(0)
