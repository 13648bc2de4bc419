"""Rows held out belong to a fitted estimator: its task, its file."""

from dataclasses import fields, replace

import numpy as np
import pytest
from small_models import LABELS, THREE, X, Y

from estimators import DNNLinearCombined, LinearClassifier, LinearRegressor, load_model
from estimators.heads.held_out import HeldOutRows
from estimators.persistence.serialization.schemas import misfit_of, schemas


def held_out(y, units=1):
    return HeldOutRows(
        *(np.arange(0, 100, 2), 100, y[::2], np.ones(50)),
        np.arange(50.0 * units, dtype=np.float32).reshape(50, units),
        *(np.eye(5, dtype=bool), np.arange(50) % 5),
    )


def test_the_task_decides_on_intervals_or_sets():
    values = DNNLinearCombined(dnn_hidden_units=4, epochs=1).fit(X, Y)
    labels = DNNLinearCombined(dnn_hidden_units=4, epochs=1).fit(X, THREE)
    for model, one, other in (
        (values, "predict_interval", "predict_set"),
        (labels, "predict_set", "predict_interval"),
    ):
        assert not hasattr(model, other)
        with pytest.raises(ValueError, match=f"^{one} needs rows .* fit with members= or"):
            getattr(model, one)(X)
        assert not hasattr(model, "oof_prediction_")
    with pytest.raises(ValueError, match="^return_std=True is for values, and the task is class"):
        labels.predict(X, return_std=True)


@pytest.mark.parametrize(
    ("model", "y", "units"),
    [(LinearRegressor(), Y, 1), (LinearClassifier(), LABELS.astype(object), 1)],
)
def test_a_file_keeps_rows_that_were_held_out(tmp_path, model, y, units):
    model.set_params(epochs=1, members=5).fit(X, y)
    model.held_out_ = held_out(y, units)
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras").held_out_
    for each in fields(HeldOutRows):
        kept, again = getattr(model.held_out_, each.name), getattr(loaded, each.name)
        np.testing.assert_array_equal(again, kept)
        assert np.asarray(again).dtype == np.asarray(kept).dtype


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": np.arange(51, 101)},
        {"rows": np.zeros(50, dtype=int)},
        {"rows": np.arange(50.0)},
        {"row_count": 90},
        {"row_count": "100"},
        {"y": Y[:49]},
        {"weight": np.zeros(50)},
        {"weight": np.full(50, np.nan)},
        {"outputs": np.zeros(50)},
        {"outputs": np.full((50, 1), np.inf)},
        {"patterns": np.zeros((5, 5), dtype=bool)},
        {"patterns": np.ones((5, 5))},
        {"pattern_of": np.full(50, 5)},
        {"pattern_of": np.full(50, -1)},
    ],
)
def test_a_forged_file_is_found_out(wrong):
    known = schemas()[HeldOutRows]
    good, bad = held_out(Y), replace(held_out(Y), **wrong)
    is_right = [
        misfit_of(made, vars(made), known, 10_000) is None and known.agrees(made)
        for made in (good, bad)
    ]
    assert is_right == [True, False]
