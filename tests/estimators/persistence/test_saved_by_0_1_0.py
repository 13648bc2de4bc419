"""Files that version 0.1.0 saved are still loaded, predict the same, and go on training.

`saved_by_0_1_0` holds an estimator of every family and head, what each predicted for the rows of
`fitted_cases`, the checkpoints of a fit, and the names that 0.1.0 gave the classes of its files.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from fitted_cases import CASES
from sklearn.base import clone

from estimators import DNNClassifier, load_model
from estimators.engine.trained_network import TrainedNetwork
from estimators.persistence.serialization.class_names import own_class
from estimators.persistence.serialization.schemas import schemas

SAVED = Path(__file__).parent / "saved_by_0_1_0"


SINCE = {"members", "neighbor network", "tabular network", "blend", "positive", "monotonic"}
SINCE |= {"quantiles", "ordinal"}


@pytest.mark.parametrize("name", [name for name in CASES if name not in SINCE])
def test_an_estimator_predicts_what_it_did(name):
    model = load_model(SAVED / f"{name.replace(' ', '_')}.model", trusted=True)
    _, rows, target = CASES[name]()
    answers = np.load(SAVED / "answers.npz")[name.replace(" ", "_")]
    predict = getattr(model, "predict_proba", model.predict)
    np.testing.assert_allclose(predict(rows), answers, rtol=1e-4, atol=1e-6)
    assert clone(model).get_params().keys() == model.get_params().keys()
    assert not any(optimizer.weight_decay for optimizer in model._optimizers().values())
    epochs = model.n_iter_
    assert model.partial_fit(rows, target).n_iter_ == epochs + 1


def test_an_interrupted_fit_goes_on(tmp_path):
    shutil.copytree(SAVED / "checkpoints", tmp_path, dirs_exist_ok=True)
    model = load_model(tmp_path)
    X = np.random.default_rng(1).normal(size=(700, 5))
    y = (model.predict(X) > 0).astype(int)
    assert model.n_iter_ == 3
    assert isinstance(model, DNNClassifier)
    assert model.partial_fit(X, y).n_iter_ == 4


def test_every_class_of_a_file_is_found_where_it_moved():
    named = {
        name.rpartition(".")[2]: name for name in json.loads((SAVED / "classes.json").read_text())
    }
    assert own_class(named["Session"]) is TrainedNetwork
    for cls in schemas():
        if cls.__module__.startswith(("estimators", "feature_specs")) and cls.__name__ in named:
            assert own_class(named[cls.__name__]) is cls


def test_no_two_classes_of_a_package_share_their_name():
    names = [(cls.__module__.partition(".")[0], cls.__name__) for cls in schemas()]
    assert len(set(names)) == len(names)
