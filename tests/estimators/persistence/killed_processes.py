"""What other processes do in these tests, and how they are started and killed."""

import itertools
import multiprocessing
import os
import sys
import threading
import time
from contextlib import contextmanager
from multiprocessing import forkserver

import pytest
from fitted_cases import VALUES, X
from sklearn.base import clone

from estimators import DNNRegressor, latest_checkpoint, load_model
from estimators.persistence.checkpoints import member_folders

ONE = DNNRegressor(
    hidden_units=16, dropout=0.2, batch_size=16, epochs=20, jit_compile=False, random_state=0
)
# They stop after different numbers of epochs.
SEVERAL = clone(ONE).set_params(members=5, n_jobs=2, early_stopping=2, learning_rate=0.03)
FITS = {"one": ONE, "several": SEVERAL}

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


def train(name, steps, folder, ready):
    """Fit, and tell when the newest checkpoints together hold so many steps."""

    def tell():
        # A callback would let members train one after another.
        while steps_in(folder) < steps:
            time.sleep(0.002)
        ready.set()

    threading.Thread(target=tell, daemon=True).start()
    FITS[name].set_params(model_dir=folder).fit(X, VALUES)


def steps_in(folder):
    newest = map(latest_checkpoint, member_folders(folder).values() or [folder])
    return sum(int(path.stem.partition("-")[2]) for path in newest if path is not None)


def save_for_ever(folder, ready):
    models = [load_model(folder / name) for name in ("first", "second")]
    ready.set()
    for model in itertools.cycle(models):
        model.save(folder / "model")
