"""What several networks say together."""

import numpy as np
import pytest

from estimators.heads.classification import BinaryHead, MultiClassHead, MultiLabelHead
from estimators.heads.regression import CountHead, RegressionHead

RNG = np.random.default_rng(0)
ONES, THREE = np.ones(6), np.arange(6) % 3
LABELS = np.stack([THREE > 0, THREE > 1, THREE < 1], axis=1).astype(int)


def probabilities(head):
    head.from_probabilities = True
    return head


def means(head):
    head.from_means = True
    return head


HEADS = {
    "values": RegressionHead().fit(np.arange(6.0), ONES),
    "several values": RegressionHead().fit(RNG.normal(size=(6, 3)), ONES),
    "counts": CountHead().fit(np.arange(6.0), ONES),
    "means": means(CountHead().fit(np.arange(6.0), ONES)),
    "two classes": BinaryHead().fit(THREE > 0),
    "two probabilities": probabilities(BinaryHead().fit(THREE > 0)),
    "classes": MultiClassHead().fit(THREE),
    "probabilities": probabilities(MultiClassHead().fit(THREE)),
    "labels": MultiLabelHead().fit(LABELS),
    "probabilities of labels": probabilities(MultiLabelHead().fit(LABELS)),
}


def outputs_of(name, head):
    outputs = RNG.normal(size=(4, 50, head.units)).astype(np.float32) * 3
    if "prob" in name or name == "means":
        outputs = 1 / (1 + np.exp(-outputs))
    return outputs / outputs.sum(axis=2, keepdims=True) if name == "probabilities" else outputs


@pytest.mark.parametrize("name", HEADS)
def test_the_average_predicts_the_mean_of_the_predictions(name):
    head = HEADS[name]
    predict = getattr(head, "probabilities", head.predict)
    outputs = outputs_of(name, head)
    averaged = head.average(outputs)
    assert averaged.dtype == np.float32
    expected = np.mean([predict(of_one) for of_one in outputs], axis=0)
    np.testing.assert_allclose(predict(averaged), expected, rtol=3e-6)
    np.testing.assert_array_equal(head.average(outputs[:1]), outputs[0])
    np.testing.assert_array_equal(head.average(outputs[:, 7:8])[0], averaged[7])


@pytest.mark.parametrize(
    ("name", "outputs", "expected"),
    [
        ("two classes", [[300], [300]], [300]),
        ("two classes", [[-300], [-302]], [-300 - np.log(2 / (1 + np.exp(-2)))]),
        ("two classes", [[300], [-300]], [0]),
        ("labels", [[-90, 90, 0], [-90, 90, 0]], [-90, 90, 0]),
        ("counts", [[80], [80]], [80]),
        ("classes", [[0, 200, 0], [0, 200, 0]], [-200, 0, -200]),
        ("classes", [[0, 200, 0], [200, 0, 0]], [-np.log(2), -np.log(2), -200]),
    ],
)
def test_networks_may_be_sure(name, outputs, expected):
    outputs = np.array(outputs, dtype=np.float32)[:, None]
    np.testing.assert_allclose(HEADS[name].average(outputs)[0], expected, rtol=1e-6, atol=1e-6)
