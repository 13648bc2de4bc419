"""Equal estimators have equal hashes, so that joblib.Memory knows them again."""

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import keras
import pytest
from fitted_cases import CASES, GO_ON, SPEC, TABLE, VALUES, X, fitted
from sklearn.base import clone

from estimators import DNNRegressor

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", CASES)
def test_equal_fits_have_equal_hashes(name):
    model, rows, target = fitted(name)
    before = joblib.hash(model)
    again = clone(model).fit(*copy.deepcopy((rows, target)))
    assert joblib.hash(again) == before
    again.predict(rows)
    again.evaluate(rows, target)
    again.network_.count_params()
    for same in (again, pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert joblib.hash(same) == before
    assert joblib.hash(clone(model)) == joblib.hash(clone(again)) != before
    if name in GO_ON:
        assert joblib.hash(again.set_params(warm_start=True).fit(rows, target)) != before


def test_different_fits_have_different_hashes():
    hashes = {joblib.hash(fitted(name)[0]) for name in CASES}
    assert len(hashes) == len(CASES)


def test_a_fitted_spec():
    first, second = (clone(SPEC).fit(TABLE) for _ in range(2))
    first.encode(TABLE)
    assert joblib.hash(first) == joblib.hash(second) == joblib.hash(copy.deepcopy(first))
    assert joblib.hash(first) != joblib.hash(clone(SPEC)) == joblib.hash(clone(first))


def model_with_keras_objects():
    return DNNRegressor(
        hidden_units=2,
        optimizer=keras.optimizers.SGD(0.1, momentum=0.5),
        loss=keras.losses.Huber(0.5),
        early_stopping=keras.callbacks.EarlyStopping(patience=2),
        epochs=2,
        random_state=0,
        jit_compile=False,
    )


def test_memory_knows_an_equal_model_again(tmp_path):
    calls = []

    def score(model):
        calls.append(model)
        return model.score(X, VALUES)

    cached = joblib.Memory(tmp_path, verbose=0).cache(score)
    for _ in range(2):
        cached(model_with_keras_objects().fit(X, VALUES))
    assert len(calls) == 1


def test_hashes_are_those_of_another_process():
    """Where sets of strings have another order, and objects other numbers and another hour."""
    program = (
        "import fitted_cases, joblib, test_hashes; model, X, y = fitted_cases.CASES['classes']();"
        "print(joblib.hash(model.fit(X, y)), joblib.hash(test_hashes.model_with_keras_objects()))"
    )
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=HERE.parents[2],
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = joblib.hash(fitted("classes")[0]), joblib.hash(model_with_keras_objects())
    assert run.stdout == " ".join(expected) + "\n"
