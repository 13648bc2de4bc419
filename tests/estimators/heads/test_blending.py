"""Weights of models by rows that none of them has seen."""

import numpy as np
import pytest

from estimators.heads.blending import blend_weights, mean_loss
from estimators.heads.regression import CountHead, RegressionHead

RNG = np.random.default_rng(0)
Y = RNG.poisson(3.0, size=40).astype(float)
ONES = np.ones(40)


@pytest.mark.parametrize("broken", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("head", [RegressionHead(), CountHead()], ids=["values", "counts"])
def test_a_model_that_gives_no_numbers_counts_nothing(head, broken):
    head.fit(Y, ONES)
    right = head.encode(Y) if isinstance(head, RegressionHead) else np.zeros((40, 1))
    wrong = right.copy()
    wrong[3] = broken
    assert blend_weights(head, Y, ONES, [wrong, right]).tolist() == [0, 1]


def test_the_loss_is_that_of_rows_by_their_weights():
    head, weight = RegressionHead(standardize=False).fit(Y, ONES), RNG.random(40)
    outputs = RNG.normal(size=(40, 1))
    expected = np.average((outputs[:, 0] - Y) ** 2, weights=weight)
    assert mean_loss(head, Y, weight)(outputs) == pytest.approx(expected, rel=1e-5)
