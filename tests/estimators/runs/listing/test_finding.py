"""One run out of many."""

import pytest

from estimators.runs import best_run, find_run, latest_run, run_info


@pytest.mark.parametrize(
    ("metric", "mode", "name"),
    [
        ("accuracy", "auto", "second"),
        ("eval_accuracy", "min", "first"),
        ("metric_accuracy", "auto", "third"),
        ("metric_loss_best", "auto", "first"),
        ("loss", "max", "first"),
    ],
)
def test_best(three, metric, mode, name):
    # Both losses are alike; of equals the run that began last is the first.
    expected = {"first": {"first", "third"}}.get(name, {name}) if "loss" in metric else {name}
    assert best_run(metric, mode).name in expected


def test_best_of_nothing(three):
    with pytest.raises(ValueError, match=r"No run in runs has measured 'auc'; measured are eval_"):
        best_run("auc")
    with pytest.raises(ValueError, match="mode='most'"):
        best_run("accuracy", "most")


def test_find(three):
    run = latest_run()
    assert find_run(run.id) == find_run(run.dir) == find_run(run) == find_run() == run
    with pytest.raises(ValueError, match="there is none"):
        find_run("1999")
    with pytest.raises(ValueError, match="there is 3 of them"):
        find_run(run.id[:4])


def test_info(three):
    info = run_info(best_run("accuracy"))
    assert (info["name"], info["flag_units"], info["eval_accuracy"]) == ("second", 6, 0.9)
    assert info["environment"]["python"]
    assert "samples" not in info
