"""Parameters are shown shortly: numbers, booleans and texts of a line."""

from pathlib import Path

import numpy as np

from estimators.tensorboard.callbacks import tensorboard_callbacks


def test_parameters_are_shown_shortly():
    class Plain:
        pass

    shown = {
        "number": 3,
        "numpy": np.float64(0.5),
        "flag": True,
        "text": "adam",
        "long": "x" * 500,
        "none": None,
        "units": (8, 4),
        "object": Plain(),
        "verbose": 1,
        "callbacks": [],
    }
    log = tensorboard_callbacks("logs", [], shown)[0]._values
    assert log["number"] == 3
    assert log["numpy"] == 0.5
    assert type(log["numpy"]) is float
    assert log["flag"] is True
    assert log["text"] == "adam"
    assert len(log["long"]) == 100
    assert (log["none"], log["units"]) == ("None", "(8, 4)")
    assert log["object"].endswith("Plain>")
    assert log.keys().isdisjoint({"verbose", "callbacks"})
    assert not Path("logs").exists()
