"""Members of an estimator inside a run: one fit, each member to be told apart."""

import json

import numpy as np
import pytest

from estimators import DNNClassifier
from estimators.runs import Run, RunCallback, ls_runs, start_run
from estimators.runs.directory.stored_run import StoredRun

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 4)).astype("float32")
Y = (X[:, 0] + RNG.normal(size=90) > 0).astype(int)
SETTINGS = {"hidden_units": (8,), "members": 3, "epochs": 8, "early_stopping": 1}
SETTINGS |= {"learning_rate": 0.1, "random_state": 0, "jit_compile": False}


@pytest.mark.parametrize("given", [None, RunCallback], ids=["watched", "given"])
def test_members_are_told_apart(runs_dir, given):
    callbacks = None if given is None else [given()]
    model = DNNClassifier(**SETTINGS, callbacks=callbacks)
    alone = DNNClassifier(**SETTINGS | {"members": 1, "validation_fraction": 0.2})
    with start_run() as run:
        model.fit(X, Y)
        first = StoredRun(run.dir)
        assert first.model["members"] == 3
        assert first.model["samples"] == 60
        alone.fit(X, Y)
    metrics = run.metrics
    members = model.history_.members
    assert len({len(member.epoch) for member in members}) > 1
    for number, member in enumerate(members, 1):
        own = metrics[(metrics["fit"] == 0) & (metrics["member"] == number)]
        assert own["epoch"].tolist() == member.epoch
        np.testing.assert_allclose(own["val_loss"], member["val_loss"])
    single = metrics[metrics["member"].isna()]
    assert single["fit"].tolist() == [1] * alone.n_iter_
    assert "members" not in run.model
    assert run.damage == []
    first = json.loads((run.dir / "metrics.jsonl").read_text().splitlines()[0])
    assert (first["fit"], first["member"], first["epoch"]) == (0, 1, 0)


def test_the_table_of_runs_has_the_means(runs_dir):
    model = DNNClassifier(**SETTINGS)
    with start_run() as run:
        model.fit(X, Y)
        during = StoredRun(run.dir).measured
        # From run.json, which the end of the run sums up.
    assert StoredRun(run.dir).info["measured"]["last"] == during["last"]
    row, members = ls_runs().loc[0], model.history_.members
    assert row["epochs_completed"] == model.n_iter_ == max(len(m.epoch) for m in members)
    for name, better in {"val_loss": min, "val_accuracy": max}.items():
        best = np.mean([better(member[name]) for member in members])
        assert row[f"metric_{name}"] == pytest.approx(model.history_.last()[name])
        assert row[f"metric_{name}_best"] == pytest.approx(best)


def test_no_column_of_members_without_members(runs_dir):
    with start_run() as run:
        run.log_metrics({"loss": 1.0})
    assert run.metrics.columns.tolist() == ["fit", "epoch", "time", "loss"]


@pytest.mark.parametrize("member", ["first", 1.5, True, [1]])
def test_what_is_no_number_of_a_member_is_told(runs_dir, member):
    with start_run() as run:
        pass
    line = {"epoch": 0, "member": member, "metrics": {"loss": 1.0}}
    (run.dir / "metrics.jsonl").write_text(f"{json.dumps(line)}\n")
    (damage,) = Run(run.dir).damage
    assert "member is" in damage
    assert "a whole number should be" in damage
    with pytest.warns(UserWarning, match="member is"):
        assert run.metrics["loss"].tolist() == [1.0]
