"""Rates within a fit against their formulas."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from estimators.engine.layers.schedules import DecayWithinFit, WavesWithinFit

CURVES = {
    DecayWithinFit: lambda t: (1 + np.cos(np.pi * t)) / 2,
    WavesWithinFit: lambda t: (1 - np.cos(2 * np.pi * np.log2(1 + 15 * t))) / 2,
}


@pytest.mark.parametrize("kind", CURVES)
def test_rates_follow_their_formula_from_first_to_last_step(kind):
    schedule = kind(0.5)
    schedule.plan(20, 40)
    gone = np.linspace(0, 1, 41)
    found = np.array([schedule(step) for step in 20 + 40 * gone])
    assert_allclose(found, 0.5 * CURVES[kind](gone), atol=2e-6)
    assert found[-1] < 1e-6


@pytest.mark.parametrize("kind", CURVES)
def test_a_fit_without_an_end_keeps_the_rate(kind):
    schedule = kind.from_config(kind(0.5).get_config())
    schedule.plan(20, np.inf)
    assert [float(schedule(step)) for step in (20, 10_000)] == [0.5, 0.5]
    assert isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule)
