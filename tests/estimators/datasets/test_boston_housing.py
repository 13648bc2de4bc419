import numpy as np
import pandas as pd
import pytest

from estimators.datasets import load_boston_housing

FIRST_ROW = [1.23247, 0, 8.14, 0, 0.538, 6.142, 91.7, 3.9769, 4, 307, 21, 396.9, 18.72]
FIRST_LABELS = [15.2, 42.3, 50.0, 21.1, 17.7, 18.5, 11.3, 15.6, 15.6, 14.4]
COLUMNS = "CRIM ZN INDUS CHAS NOX RM AGE DIS RAD TAX PTRATIO B LSTAT label".split()


def test_split_is_the_published_one():
    train, test = load_boston_housing()
    assert train.columns.tolist() == test.columns.tolist() == COLUMNS
    assert train.drop(columns="label").iloc[0].tolist() == FIRST_ROW
    assert train["label"].head(10).tolist() == FIRST_LABELS
    assert (len(train), len(test)) == (404, 102)
    assert (train.dtypes == np.float64).all()


def test_no_row_is_lost_whatever_the_split():
    whole, nothing = load_boston_housing(test_split=0)
    assert (len(whole), len(nothing)) == (506, 0)
    halves = pd.concat(load_boston_housing(test_split=0.5, seed=1))
    key = ["CRIM", "RM", "LSTAT", "AGE"]
    np.testing.assert_array_equal(halves.sort_values(key), whole.sort_values(key))


def test_return_X_y():
    train, test = load_boston_housing()
    (X_train, y_train), (X_test, y_test) = load_boston_housing(return_X_y=True)
    pd.testing.assert_frame_equal(X_train, train.drop(columns="label"))
    pd.testing.assert_frame_equal(X_test, test.drop(columns="label"))
    assert y_train.tolist() == train["label"].tolist()
    assert y_test.tolist() == test["label"].tolist()


@pytest.mark.parametrize("test_split", [-0.1, 1, 20])
def test_impossible_split(test_split):
    with pytest.raises(ValueError, match=f"test_split={test_split}"):
        load_boston_housing(test_split=test_split)


def test_global_random_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    load_boston_housing()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
