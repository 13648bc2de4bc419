"""Small models of every family, and what is read back from the files that their fits write."""

import json

import keras
import numpy as np
import psutil
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.graph.keras_util import keras_model_to_graph_def
from tensorboard.plugins.hparams import metadata
from tensorboard.util.tensor_util import make_ndarray

from estimators import (
    DNNLinearCombinedRegressor,
    DNNRegressor,
    ImageClassifier,
    KerasRegressor,
    LinearClassifier,
    TextClassifier,
)

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


class StopAt(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt
