"""Members called by one graph give what each gives alone, and whoever changes is called anew."""

import gc
import pickle

import numpy as np
import pandas as pd
import pytest

from estimators import DNNClassifier, TabularClassifier
from estimators.base.encoding import encode
from estimators.engine.compiled import together

RNG = np.random.default_rng(0)
X = pd.DataFrame({"age": RNG.normal(size=300), "city": RNG.choice(list("abc"), 300)})
Y = (X["age"] + (X["city"] == "a") > 0).to_numpy()


@pytest.fixture(scope="module")
def model():
    return DNNClassifier(members=3, epochs=2, hidden_units=8, random_state=0).fit(X, Y)


@pytest.mark.parametrize("rows", [1, 33, 256])
def test_members_together_give_what_each_gives_alone(model, rows):
    inputs = encode(model._specs_, X[:rows])
    architecture = model._architecture()
    alone = [member.predict(architecture, inputs) for member in model.trained_.members]
    np.testing.assert_array_equal(model.trained_.outputs(architecture, inputs), np.stack(alone))


def test_estimators_of_a_blend_together_give_what_each_gives_alone():
    small = DNNClassifier(hidden_units=4, epochs=1)
    blend = TabularClassifier(estimators=["linear", ("deep", small)], members=2, random_state=0)
    blend.fit(X, Y)
    blend.weights_ = {"linear": 0.25, "deep": 0.75}
    few, many = (blend.predict_proba(rows) for rows in (X[:256], X))
    np.testing.assert_allclose(few, many[:256], rtol=1e-4)
    alone = [e.predict_proba(X[:256]) for e in blend.estimators_.values()]
    np.testing.assert_allclose(few, np.average(alone, axis=0, weights=[0.25, 0.75]), atol=1e-6)


def test_new_weights_are_called_anew(model):
    before = model.predict_proba(X[:5])
    other = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(other.predict_proba(X[:5]), before)
    other.set_params(random_state=1).fit(X, Y)
    assert (other.predict_proba(X[:5]) != before).any()
    np.testing.assert_array_equal(model.predict_proba(X[:5]), before)


def test_graphs_go_with_their_owner():
    model = DNNClassifier(members=2, epochs=1, hidden_units=4).fit(X, Y)
    model.predict(X[:1])
    count = len(together._of_owners)
    del model
    gc.collect()
    assert len(together._of_owners) < count
