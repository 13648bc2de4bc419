"""Runs in other people's programs."""

import sys

import matplotlib.pyplot as plt
import pytest

from estimators.runs import export_run, start_run


@pytest.fixture
def run(runs_dir):
    with start_run(flags={"units": 8, "activ": "relu"}) as run:
        for loss in (0.5, 0.25, float("nan")):
            run.log_metrics({"loss": loss})
        run.log_evaluation({"accuracy": 0.75})
        run.log_figure(plt.figure(), "curve")
    plt.close("all")
    return run


def test_tensorboard(run):
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    folder = export_run(run, to="tensorboard")
    assert folder == str(run.dir / "logs")
    found = accumulators.EventAccumulator(folder).Reload()
    # Old summaries are read as tensors of the new kind.
    assert found.Tags()["images"] == ["curve"] or "curve" in found.Tags()["tensors"]
    assert {"epoch_loss", "eval_accuracy"} <= {*found.Tags()["scalars"], *found.Tags()["tensors"]}
    losses = found.Scalars("epoch_loss")
    assert [(event.step, event.value) for event in losses] == [(0, 0.5), (1, 0.25)]
    assert "_hparams_/session_start_info" in str(found.summary_metadata)


@pytest.mark.parametrize(("to", "module"), [("tensorboard", "tensorboard"), ("mlflow", "mlflow")])
def test_what_is_missing_is_named(run, monkeypatch, to, module):
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"`pip install keras-estimators\[{to}\]`"):
        export_run(run, to=to)


def test_mlflow(run, tmp_path):
    mlflow = pytest.importorskip("mlflow")
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    identifier = export_run(run, to="mlflow", path=uri)
    client = mlflow.MlflowClient(tracking_uri=uri)
    found = client.get_run(identifier)
    assert (found.info.status, found.data.params) == ("FINISHED", {"units": "8", "activ": "relu"})
    history = client.get_metric_history(identifier, "epoch_loss")
    assert [metric.value for metric in history] == [0.5, 0.25]


def test_elsewhere(run):
    with pytest.raises(ValueError, match="to='wandb' is none of 'tensorboard', 'mlflow'"):
        export_run(run, to="wandb")
