"""What other processes do in these tests, and how they are started and killed."""

import itertools
import multiprocessing
import os
import sys
from contextlib import contextmanager
from multiprocessing import forkserver

import keras
import pytest
from fitted_cases import VALUES, X

from estimators import DNNRegressor, load_model

TRAINED = DNNRegressor(
    hidden_units=16, dropout=0.2, batch_size=16, epochs=30, jit_compile=False, random_state=0
)

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["killed_processes"])


@contextmanager
def started(function, folder):
    """Start `function(folder, ready)` and wait until it is ready; kill it in the end."""
    with pytest.MonkeyPatch.context() as patch:
        # The server of processes imports before it is told of this path.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    ready = _PROCESSES.Event()
    process = _PROCESSES.Process(target=function, args=(folder, ready))
    process.start()
    try:
        assert ready.wait(120)
        yield process
    finally:
        process.kill()
        process.join()


class Tell(keras.callbacks.Callback):
    """Tells when the first epoch is over, before its checkpoint."""

    def __init__(self, ready):
        super().__init__()
        self.ready = ready

    def on_epoch_end(self, epoch, logs=None):
        self.ready.set()


def train(folder, ready):
    TRAINED.set_params(model_dir=folder, callbacks=Tell(ready)).fit(X, VALUES)


def save_for_ever(folder, ready):
    models = [load_model(folder / name) for name in ("first", "second")]
    ready.set()
    for model in itertools.cycle(models):
        model.save(folder / "model")
