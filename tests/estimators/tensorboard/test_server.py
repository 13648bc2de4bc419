"""What a real TensorBoard server answers about fits that it is shown."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import keras
import numpy as np
import pytest
from logged_fits import DEEP, LABELS, X, case

from estimators import DNNClassifier


class Board:
    """TensorBoard in a process of its own."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tensorboard.main", "--logdir", str(folder)),
                *("--host", "127.0.0.1", "--port", "0", "--reload_interval", "1"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )

    def connect(self):
        """Wait until the server says where it listens; the pipe ends with its process."""
        said = []
        for line in self.process.stderr:
            said.append(line)
            if address := re.search(r"http://127\.0\.0\.1:\d+/", line):
                self.address = address[0]
                return
        pytest.fail("TensorBoard did not start: " + "".join(said))

    def get(self, path, **query):
        with urlopen(f"{self.address}data/{path}?{urlencode(query)}", timeout=30) as answer:
            return answer.read()

    def json(self, path, **query):
        return json.loads(self.get(path, **query))

    def wait_until(self, condition):
        """Wait while TensorBoard reads files: `condition` turns true within a minute, or fails."""
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, self.json("runs")
            time.sleep(0.2)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A server, and the models whose training it shows, by their runs."""
    folder = tmp_path_factory.mktemp("logs")
    board = Board(folder)
    try:
        models = {}
        for number, rate in enumerate((0.01, 0.001), start=1):
            model = DNNClassifier(**DEEP, learning_rate=rate, warm_start=True, log_dir=folder)
            models[f"fit-{number}"] = model.fit(X, LABELS)
        model.fit(X, LABELS)
        keras_board = keras.callbacks.TensorBoard(
            folder / "digits", histogram_freq=1, write_images=True
        )
        model, rows, labels = case("image", callbacks=keras_board)
        models["digits"] = model.fit(rows, labels)
        board.connect()
        runs = {f"{m}/{run}" for m in models for run in ("train", "validation", "hparams")}
        board.wait_until(
            lambda: (
                set(board.json("runs")) == runs
                and board.json("plugin/scalars/tags").keys() == runs
                and "digits/train" in board.json("plugin/images/tags")
                and all(
                    len(scalars(board, f"{name}/validation", "epoch_loss")) == model.n_iter_
                    for name, model in models.items()
                )
            )
        )
        yield board, models
    finally:
        board.stop()


def scalars(board, run, tag):
    rows = board.json("plugin/scalars/scalars", run=run, tag=tag)
    return {step: value for _, step, value in rows}


@pytest.mark.parametrize("name", ["fit-1", "fit-2", "digits"])
def test_server_shows_scalars(shown, name):
    board, models = shown
    history = models[name].history_
    for measure in ("loss", "accuracy"):
        for run, prefix in {"train": "", "validation": "val_"}.items():
            found = scalars(board, f"{name}/{run}", f"epoch_{measure}")
            assert list(found) == history.epoch
            np.testing.assert_allclose(list(found.values()), history[prefix + measure], rtol=1e-6)


def test_server_shows_histograms_and_images(shown):
    board, models = shown
    histograms = board.json("plugin/histograms/tags")["digits/train"]
    tag = next(tag for tag in histograms if tag.startswith("logits/kernel"))
    found = board.json("plugin/histograms/histograms", run="digits/train", tag=tag)
    assert [step for _, step, _ in found] == [0, 1, 2]
    kernel = models["digits"].network_.get_layer("logits").kernel.numpy()
    buckets = np.asarray(found[-1][2])
    assert buckets[:, 2].sum() == kernel.size
    assert buckets[0, 0] == pytest.approx(kernel.min())
    assert buckets[-1, 1] == pytest.approx(kernel.max())

    images = board.json("plugin/images/tags")["digits/train"]
    tag = next(tag for tag in images if re.search(r"conv2d(_\d+)?/kernel", tag))
    found = board.json("plugin/images/images", run="digits/train", tag=tag, sample=0)
    assert [image["step"] for image in found] == [0, 1, 2]
    picture = board.get(f"plugin/images/individualImage?{found[-1]['query']}&")
    assert picture.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["fit-1", "digits"])
def test_server_draws_the_graph(shown, name):
    board, _ = shown
    assert board.json("plugin/graphs/info")[f"{name}/train"]["tags"]["keras"]["conceptual_graph"]
    graph = board.get("plugin/graphs/graph", run=f"{name}/train", tag="keras", conceptual="true")
    layers = re.findall(r'name: "[^"/]+/(\w+)"', graph.decode())
    assert layers[-1] == "logits"
    assert len(layers) > 3


def test_server_shows_a_row_of_parameters_for_each_fit(shown):
    board, models = shown
    request = json.dumps(
        {"startIndex": 0, "sliceSize": 10, "allowedStatuses": ["STATUS_SUCCESS"], "colParams": []}
    )
    rows = board.json("plugin/hparams/session_groups", request=request)["sessionGroups"]
    assert {Path(row["name"]).name for row in rows} == models.keys()
    for row in rows:
        model = models[Path(row["name"]).name]
        assert row["hparams"]["learning_rate"] == (model.learning_rate or "None")
        assert row["hparams"]["epochs"] == 3
        measured = {metric["name"]["tag"]: metric["value"] for metric in row["metricValues"]}
        last = {f"final/{name}": values[-1] for name, values in model.history_.items()}
        assert measured == pytest.approx(last)
    columns = board.json("plugin/hparams/experiment", request="{}")["hparamInfos"]
    assert {"learning_rate", "hidden_units", "filters"} <= {column["name"] for column in columns}
