"""Exported models, asked in a process that has TensorFlow alone, agree with predict."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from export_cases import (
    FURTHER,
    ON_DEVICES,
    WITH_SCIKIT_LEARN,
    assert_agrees,
    model_and_rows,
    sent,
)
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
SIGNATURES = {
    False: {"predict predictions", "serving_default predictions"},
    True: {
        *("predict classes", "predict_proba probabilities"),
        *(f"serving_default {name}" for name in ("probabilities", "classes", "all_classes")),
    },
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return a function from case and format to model, rows and what the other process answered."""
    home = tmp_path_factory.mktemp("exports")
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    @cache
    def asked(name):
        folder = home / name
        folder.mkdir()
        model, rows = model_and_rows(name, folder)
        export_model(model, folder / "saved_model")
        np.savez(folder / "saved_model_inputs.npz", **sent(model, rows, "float64"))
        if name in ON_DEVICES:
            export_model(model, folder / "litert", "litert")
            np.savez(folder / "litert_inputs.npz", **sent(model, rows, "float32"))
        if name == "sentence model":
            (folder / "embedding").rename(folder / "elsewhere")
            (folder / "vocabulary.txt").unlink()
        other.stdin.write(f"{folder}\n")
        other.stdin.flush()
        assert other.stdout.readline() == f"{folder}\n"
        return model, rows

    def answers_of(name, format):
        model, rows = asked(name)
        return model, rows, dict(np.load(home / name / f"{format}_answers.npz"))

    with subprocess.Popen(
        [sys.executable, HERE / "exported_models.py"],
        cwd=home,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        yield answers_of


def assert_signatures_agree(model, rows, found, **tolerances):
    wanted = SIGNATURES[is_classifier(model)]
    if hasattr(model, "predict_quantiles"):
        wanted = wanted | {"serving_default quantiles"}
    assert set(found) == {"seconds", *wanted}
    for signature in ("predict", "predict_proba", "serving_default"):
        outputs = {n.split()[1]: found[n] for n in found if n.split()[0] == signature}
        if outputs:
            assert_agrees(model, rows, outputs, **tolerances)


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_model_answers_raw_columns_as_predict_does(answers, name):
    model, rows, found = answers(name, "saved_model")
    assert_signatures_agree(model, rows, found, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ON_DEVICES)
def test_a_litert_model_of_numbers_agrees_and_needs_no_operations_of_tensorflow(answers, name):
    model, rows, found = answers(name, "litert")
    assert_signatures_agree(model, rows, found, atol=1e-5, rtol=1e-4)


def test_a_row_is_answered_at_once(answers):
    seconds = [answers(name, "saved_model")[2]["seconds"] for name in ("counts", "linear")]
    assert np.median(seconds) < 0.005
