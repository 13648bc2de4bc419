"""What TensorBoard shows of a fit: read back from its files, and asked of a real server."""

import json
import pickle
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import keras
import numpy as np
import psutil
import pytest
import tensorflow as tf
from sklearn.model_selection import GridSearchCV
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.graph.keras_util import keras_model_to_graph_def
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS
from tensorboard.util.tensor_util import make_ndarray

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    ImageClassifier,
    KerasRegressor,
    LinearClassifier,
    TextClassifier,
)
from estimators.engine.loop.epochs import DivergedError, _sees_batches
from estimators.tensorboard.callbacks import _new_folder, tensorboard_callbacks

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = X @ [1.0, -2.0, 0.5]
LABELS = np.where(Y > 0, "yes", "no")
IMAGES = RNG.integers(0, 256, size=(120, 8, 8)).astype("uint8")
TEXTS = [f"a {'fine' if label == 'yes' else 'poor'} film" for label in LABELS]
SMALL = {"epochs": 3, "validation_fraction": 0.2, "random_state": 0}
DEEP = {"hidden_units": 8, **SMALL}
CASES = {
    "dnn": (DNNRegressor(**DEEP), X, Y),
    "linear": (LinearClassifier(**SMALL), X, LABELS),
    "combined": (DNNLinearCombinedRegressor(dnn_hidden_units=8, **SMALL), X, Y),
    "image": (ImageClassifier((4,), kernel_size=3, hidden_units=8, **SMALL), IMAGES, LABELS),
    "text": (TextClassifier(hidden_units=8, **SMALL), TEXTS, LABELS),
    "keras": (KerasRegressor(lambda inputs, units: keras.layers.Dense(units)(inputs)), X, Y),
}
EVERY_CASE = pytest.mark.parametrize("name", CASES)


def case(name, **params):
    model, rows, target = CASES[name]
    return type(model)(**{**model.get_params(deep=False), **SMALL, **params}), rows, target


def events(folder):
    return EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()


def values(folder, tag):
    return {e.step: float(make_ndarray(e.tensor_proto)) for e in events(folder).Tensors(tag)}


def assert_holds_history(folder, history):
    for name in {name.removeprefix("val_") for name in history}:
        for run, prefix in {"train": "", "validation": "val_"}.items():
            expected = dict(zip(history.epoch, history[prefix + name], strict=True))
            assert values(folder / run, f"epoch_{name}") == pytest.approx(expected)


def hyperparameters(folder):
    plugin = events(folder).SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data
    start = metadata.parse_session_start_info_plugin_data(plugin.content)
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}


def status(folder):
    plugin = events(folder).SummaryMetadata(metadata.SESSION_END_INFO_TAG).plugin_data
    return metadata.parse_session_end_info_plugin_data(plugin.content).status


def drawn(folder):
    """Return the layers of the graph and what flows into each, as TensorBoard draws them."""
    text = make_ndarray(events(folder).Tensors("keras")[0].tensor_proto).item()
    return {node.name: list(node.input) for node in keras_model_to_graph_def(json.loads(text)).node}


def open_files(folder):
    return [f for f in psutil.Process().open_files() if f.path.startswith(str(folder))]


# A folder for each fit


@EVERY_CASE
def test_log_dir_holds_history_graph_and_parameters(name, tmp_path):
    rate = {"learning_rate": 0.01} if name == "dnn" else {}
    model, rows, target = case(name, log_dir=tmp_path / "logs", **rate)
    model.fit(rows, target)
    folder = tmp_path / "logs" / "fit-1"
    assert model.log_dir_ == str(folder)
    assert sorted(p.name for p in folder.iterdir()) == ["hparams", "train", "validation"]
    assert_holds_history(folder, model.history_)
    graph = drawn(folder / "train")
    heads = [layer for layer in graph if layer not in sum(graph.values(), [])]
    assert len(heads) == 1
    assert all(source in graph for sources in graph.values() for source in sources)
    assert hyperparameters(folder / "hparams")["validation_fraction"] == 0.2
    assert status(folder / "hparams") == STATUS_SUCCESS
    assert values(folder / "hparams", "final/val_loss") == {
        2: pytest.approx(model.history_["val_loss"][-1])
    }
    if name == "dnn":
        rates = values(folder / "train", "epoch_learning_rate")
        assert list(rates.values()) == pytest.approx([0.01] * 3)
    assert not open_files(tmp_path)


def test_training_is_not_changed(tmp_path):
    plain = DNNRegressor(**DEEP).fit(X, Y)
    model = DNNRegressor(**DEEP, log_dir=tmp_path)
    np.testing.assert_array_equal(model.fit(X, Y).predict(X), plain.predict(X))
    assert model.history_ == plain.history_
    assert plain.log_dir_ is None


def test_epochs_stay_whole(tmp_path):
    assert not any(map(_sees_batches, tensorboard_callbacks(tmp_path, [], {})))


def test_fit_that_goes_on_goes_on_in_its_folder(tmp_path):
    log_dir = tmp_path / "beside" / ".."
    model = DNNRegressor(**DEEP, warm_start=True, log_dir=log_dir).fit(X, Y)
    for _ in range(12):
        model = pickle.loads(pickle.dumps(model)).partial_fit(X, Y)
    assert [p.name for p in tmp_path.iterdir()] == ["fit-1"]
    found = values(tmp_path / "fit-1" / "train", "epoch_loss")
    assert list(found) == list(range(15))
    np.testing.assert_allclose(list(found.values()), model.history_["loss"], rtol=1e-6)


def test_fit_that_begins_anew_begins_a_folder(tmp_path):
    model = DNNRegressor(**DEEP, log_dir=tmp_path).fit(X, Y).fit(X, Y)
    assert model.log_dir_ == str(tmp_path / "fit-2")
    assert list(values(tmp_path / "fit-2" / "train", "epoch_loss")) == [0, 1, 2]


def test_fit_that_goes_on_elsewhere_begins_a_folder(tmp_path):
    model = DNNRegressor(**DEEP, warm_start=True, log_dir=tmp_path / "one").fit(X, Y)
    model.set_params(log_dir=tmp_path / "two").fit(X, Y)
    assert model.log_dir_ == str(tmp_path / "two" / "fit-1")
    assert list(values(tmp_path / "two" / "fit-1" / "train", "epoch_loss")) == [3, 4, 5]
    assert drawn(tmp_path / "two" / "fit-1" / "train")


def test_fits_of_a_search_stand_side_by_side(tmp_path):
    model = DNNRegressor(**DEEP, log_dir=tmp_path)
    GridSearchCV(model, {"learning_rate": [0.1, 0.01]}, cv=2, refit=False).fit(X, Y)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fit-1", "fit-2", "fit-3", "fit-4"]
    losses = [values(folder / "train", "epoch_loss") for folder in tmp_path.iterdir()]
    assert all(list(loss) == [0, 1, 2] for loss in losses)
    assert len({loss[2] for loss in losses}) == 4
    rates = [hyperparameters(folder / "hparams")["learning_rate"] for folder in tmp_path.iterdir()]
    assert sorted(rates) == [0.01, 0.01, 0.1, 0.1]


def test_folders_made_at_once_are_different(tmp_path):
    (tmp_path / "fit-3").mkdir()
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: _new_folder(tmp_path), range(40)))
    assert {f.name for f in folders} == {f"fit-{i}" for i in range(1, 42) if i != 3}


def test_resumed_fit_finds_back_to_its_folder(tmp_path):
    folders = {"model_dir": tmp_path / "checkpoints", "log_dir": tmp_path / "logs"}
    model = DNNRegressor(**{**DEEP, "epochs": 5}, callbacks=[StopAt(3)], **folders)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    model.set_params(callbacks=[StopAt(None)]).fit(X, Y, resume=True)
    assert [p.name for p in (tmp_path / "logs").iterdir()] == ["fit-1"]
    assert_holds_history(tmp_path / "logs" / "fit-1", model.history_)


def test_log_dir_must_not_be_a_file(tmp_path):
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(NotADirectoryError, match="file' is a file; name a folder"):
        tensorboard_callbacks(path, [], {})


# Parameters


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


def test_nothing_to_write_is_no_callback():
    assert tensorboard_callbacks(None, [keras.callbacks.EarlyStopping()], {}) == []


@pytest.mark.parametrize("way", ["log_dir", "keras.callbacks.TensorBoard"])
def test_missing_package_is_named(way, tmp_path, monkeypatch):
    board = keras.callbacks.TensorBoard(tmp_path)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    how = {"log_dir": tmp_path} if way == "log_dir" else {"callbacks": board}
    with pytest.raises(ImportError, match=rf"{way} needs .*'keras-estimators\[tensorboard\]'"):
        DNNRegressor(**DEEP, **how).fit(X, Y)


# Graphs


def test_layer_that_cannot_be_described_costs_the_graph_alone(tmp_path):
    class Odd(keras.layers.Layer):
        def __init__(self, anything):
            super().__init__()

        def call(self, inputs):
            return 2 * inputs

    def network(inputs, units):
        return keras.layers.Dense(units)(Odd(object())(inputs))

    model = KerasRegressor(network, **SMALL, log_dir=tmp_path)
    with pytest.warns(UserWarning, match="show no graph"):
        model.fit(X, Y)
    assert_holds_history(tmp_path / "fit-1", model.history_)
    assert "keras" not in events(tmp_path / "fit-1" / "train").Tags()["tensors"]


def test_models_inside_models_are_drawn(tmp_path):
    a, b = keras.Input((1,), name="a"), keras.Input((2,), name="b")
    both = keras.layers.Concatenate()([a, b])
    inner = keras.Model({"a": a, "b": b}, keras.layers.Dense(3, name="dense")(both), name="inner")
    body = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)], name="body")

    def network(inputs, units):
        sides = {"a": inputs[:, :1], "b": inputs[:, 1:]}
        return body(inner(sides))

    model = KerasRegressor(network, **SMALL, log_dir=tmp_path)
    model.fit(X, Y)
    graph = {
        name.split("/", 1)[1]: sources for name, sources in drawn(tmp_path / "fit-1/train").items()
    }
    assert {"inner/a", "inner/b", "inner/concatenate"} <= {re.sub(r"_\d+$", "", n) for n in graph}
    assert graph["inner/a"] != graph["inner/b"]
    assert all(graph[f"inner/{name}"] for name in "ab")


# Keras's own callback


@EVERY_CASE
def test_keras_callback_works_unchanged(name, tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path, histogram_freq=1, write_images=True)
    model, rows, target = case(name, warm_start=True, callbacks=board)
    model.fit(rows, target).fit(rows, target)
    assert not open_files(tmp_path)
    assert_holds_history(tmp_path, model.history_)
    assert model.n_iter_ == 6
    train = events(tmp_path / "train")
    weights = [weight.path for weight in model.network_.weights if "seed" not in weight.path]
    histograms = [tag for tag in train.Tags()["tensors"] if tag.endswith("/histogram")]
    assert len(histograms) == len(weights)
    for tag in histograms:
        # TensorFlow names the files of one second so that the tenth is read before the ninth.
        assert sorted(event.step for event in train.Tensors(tag)) == list(range(6))
    assert any(tag.endswith("/image") for tag in train.Tags()["tensors"])
    assert len(drawn(tmp_path / "train")) > 1
    assert values(tmp_path / "hparams", "final/loss").keys() == {2, 5}


@pytest.mark.parametrize(
    "settings",
    [
        {"update_freq": 1, "write_steps_per_second": True},
        {"profile_batch": (1, 2), "update_freq": "batch"},
        {"embeddings_freq": 1},
    ],
    ids=str,
)
def test_keras_callback_with_other_settings(settings, tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path, **settings)
    model = DNNRegressor(**DEEP, callbacks=board).fit(X, Y)
    assert_holds_history(tmp_path, model.history_)
    if "update_freq" in settings:
        # 96 rows are three batches an epoch.
        assert list(values(tmp_path / "train", "batch_loss")) == list(range(1, 10))
    if "embeddings_freq" in settings:
        assert len(list((tmp_path / "train").glob("*.weights.h5"))) == 3


class StopAt(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def test_failure_leaves_nothing_open(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path / "keras", update_freq=1, profile_batch=(2, 99))
    model = DNNRegressor(**DEEP, log_dir=tmp_path / "logs", callbacks=[board, StopAt(1)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert not open_files(tmp_path)
    # A scalar written now goes nowhere: there is no default writer.
    assert not tf.summary.scalar("stray", 1.0, step=0)
    for folder in (tmp_path / "keras", tmp_path / "logs" / "fit-1"):
        assert list(values(folder / "train", "epoch_loss")) == [0]
        assert status(folder / "hparams") == STATUS_FAILURE
    assert board.model is None


def test_divergence_is_marked(tmp_path):
    model = DNNRegressor(**{**DEEP, "epochs": 50}, learning_rate=1e30, log_dir=tmp_path)
    with pytest.raises(DivergedError):
        model.fit(X, Y)
    assert status(tmp_path / "fit-1" / "hparams") == STATUS_FAILURE


# A real server


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
