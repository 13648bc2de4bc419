"""A model predicts the same for the same values, whatever holds them, saved and loaded too."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from estimators import DNNLinearCombinedRegressor, load_model
from estimators.persistence.export.inputs import _whole
from feature_specs import ColumnWarning, FeatureSpec

RNG = np.random.default_rng(0)
ROWS = 60
GRADE, SHOP, VIP = RNG.integers(1, 4, ROWS), RNG.integers(0, 9, ROWS), RNG.random(ROWS) < 0.5
SEEN = pd.DataFrame({"grade": pd.Categorical(GRADE), "shop": SHOP, "vip": VIP})
LATER = pd.DataFrame(
    {
        "grade": pd.Categorical(GRADE.astype(float)),
        "shop": pd.Series([*map(Decimal, SHOP.tolist())], dtype=object),
        "vip": VIP.astype(str),
    }
)


@pytest.fixture(scope="module")
def model():
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list(["grade", "shop", "vip"])
    spec = spec.step_crossed_column(["grade", "shop"], 20)
    model = DNNLinearCombinedRegressor(
        linear_feature_spec=spec,
        dnn_feature_spec=spec,
        dnn_hidden_units=(4,),
        epochs=2,
        random_state=0,
        jit_compile=False,
    )
    return model.fit(SEEN, GRADE + 0.1 * SHOP + VIP)


def test_the_same_values_have_the_same_prediction(model, tmp_path):
    expected = model.predict(SEEN)
    np.testing.assert_array_equal(model.predict(LATER), expected)
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(load_model(tmp_path / "model").predict(LATER), expected)


def test_mostly_unseen_values_are_told_once_however_many_specs_read_them(model):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ColumnWarning)
        model.predict(SEEN.assign(shop=SHOP + 100))
        model.predict(SEEN[:1].assign(shop=100))
    assert [w.filename for w in caught] == [__file__]
    assert "Column 'shop' holds mostly values that were not seen" in str(caught[0].message)


def test_a_fraction_in_a_matrix_is_no_category_that_a_fit_has_seen():
    smallest = np.iinfo(np.int64).min
    whole = _whole(tf.constant([1.0, 1.5, np.nan], tf.float32))
    assert whole.numpy().tolist() == [1, smallest + 1, smallest]
