"""The runs that are listed."""

import pytest

from estimators.runs import start_run


@pytest.fixture
def three(runs_dir):
    """Three runs of different accuracy; the second measured no loss, the third failed."""
    accuracies = {"first": 0.7, "second": 0.9, "third": 0.8}
    for name, accuracy in accuracies.items():
        flags = {"units": len(name), "activ": "relu"}
        run = start_run(name, flags=flags, tags=[name[0], "all"], properties={"seed": 1})
        if name != "second":
            for loss in (0.5, 0.3, 0.4):
                run.log_metrics({"loss": loss, "accuracy": accuracy})
        run.log_evaluation({"accuracy": accuracy, "label/mean": 0.5})
        run.end("failed" if name == "third" else None)
    return runs_dir
