"""Exported models, asked in a process that has TensorFlow alone, agree with predict."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from export_cases import FURTHER, ON_DEVICES, WITH_SCIKIT_LEARN, model_and_rows, sent
from fitted_cases import CASES
from sklearn.base import is_classifier

from estimators.persistence.export.export_model import export_model

HERE = Path(__file__).parent
# Others hold what they hold.
ALIKE = {
    *("frozen spec", "combined auto", "combined values", "table", "texts"),
    *("classes", "regression", "own loss", "positive"),
}
SAVED = [*sorted(set(CASES) - {WITH_SCIKIT_LEARN} - ALIKE), *FURTHER]


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return a function from case and format to model, rows and what the other process answered."""
    home = tmp_path_factory.mktemp("exports")
    asked = {}
    for name in SAVED:
        folder = home / name
        folder.mkdir()
        asked[name] = model, rows = model_and_rows(name, folder)
        export_model(model, folder / "saved_model")
        np.savez(folder / "saved_model_inputs.npz", **sent(model, rows, "float64"))
        if name in ON_DEVICES:
            export_model(model, folder / "litert", "litert")
            np.savez(folder / "litert_inputs.npz", **sent(model, rows, "float32"))
    (home / "sentence model" / "embedding").rename(home / "sentence model" / "elsewhere")
    (home / "sentence model" / "vocabulary.txt").unlink()
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        [sys.executable, HERE / "exported_models.py", home],
        cwd=home,
        env=variables,
        check=True,
        timeout=300,
    )

    def answers_of(name, format):
        found = np.load(home / name / f"{format}_answers.npz")
        return *asked[name], dict(found)

    return answers_of


def assert_agrees(model, rows, found, *, atol, rtol):
    expected = model.predict(rows)
    if not is_classifier(model):
        wanted = {"predict predictions", "serving_default predictions"}
        if hasattr(model, "predict_quantiles"):
            wanted.add("serving_default quantiles")
            values, several = found["serving_default quantiles"], model.predict_quantiles(rows)
            np.testing.assert_allclose(values, several, rtol, atol * np.std(expected))
        assert set(found) == {"seconds", *wanted}
        for signature in ("predict", "serving_default"):
            values = found[f"{signature} predictions"]
            assert values.shape == expected.shape
            np.testing.assert_allclose(values, expected, rtol, atol * np.std(expected))
        return
    labels = [str(label) for label in model.classes_]
    names = ["probabilities", "classes", "all_classes"]
    wanted = {"predict classes", "predict_proba probabilities"}
    assert set(found) == {"seconds", *wanted, *(f"serving_default {n}" for n in names)}
    for signature in ("predict_proba", "serving_default"):
        probabilities = found[f"{signature} probabilities"]
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities, model.predict_proba(rows), rtol=0, atol=atol)
    if expected.ndim == 1:
        expected = np.array(labels)[np.searchsorted(model.classes_, expected)]
    for signature in ("predict", "serving_default"):
        np.testing.assert_array_equal(found[f"{signature} classes"], expected)
    every_row = [labels] * len(expected)
    assert found["serving_default all_classes"].tolist() == every_row


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_model_answers_raw_columns_as_predict_does(answers, name):
    model, rows, found = answers(name, "saved_model")
    assert_agrees(model, rows, found, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ON_DEVICES)
def test_a_litert_model_of_numbers_agrees_and_needs_no_operations_of_tensorflow(answers, name):
    model, rows, found = answers(name, "litert")
    assert_agrees(model, rows, found, atol=1e-5, rtol=1e-4)


def test_a_row_is_answered_at_once(answers):
    seconds = [answers(name, "saved_model")[2]["seconds"] for name in SAVED]
    assert np.median(seconds) < 0.005
