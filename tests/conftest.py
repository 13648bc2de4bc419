"""What every test shares: quiet TensorFlow, plots without a screen, Hypothesis without a clock.

Files too large for this repository are found in the data home or beside the checkout.
"""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from estimators.datasets.data_home import DATA_HOME_VARIABLE  # noqa: E402
from estimators.engine.compiled.program_cache import PROGRAM_CACHE_VARIABLE  # noqa: E402

os.environ.setdefault(
    PROGRAM_CACHE_VARIABLE, str(Path(__file__).parents[1] / ".pytest_cache" / "programs")
)

# A first example may compile a network; that says nothing about the code under test.
settings.register_profile("keras-estimators", deadline=None)
settings.load_profile("keras-estimators")

BESIDE_THE_CHECKOUT = Path(__file__).parents[2] / "shared" / "data"
TABLES = BESIDE_THE_CHECKOUT.parent / "tables"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let each worker begin with a half of the tests in one piece, so that few files are in two.

    What the tests of a file share, fits and compiled programs, is then made once; who has nothing
    left to do takes half of what the other has before it.
    """
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture(scope="session")
def published():
    """Path of a published file by its name; the test is skipped where it is nowhere."""
    environment = os.environ.get(DATA_HOME_VARIABLE)
    folders = [*([Path(environment)] if environment else []), BESIDE_THE_CHECKOUT, TABLES]

    def find(name):
        for folder in folders:
            if (folder / name).exists():
                return folder / name
        pytest.skip(f"{name} is neither in {' nor in '.join(map(str, folders))}")

    return find


@pytest.fixture(scope="session")
def data_home(tmp_path_factory):
    """A data home that may be written to, with what is published in reach."""
    if DATA_HOME_VARIABLE in os.environ:
        return Path(os.environ[DATA_HOME_VARIABLE])
    home = tmp_path_factory.mktemp("data_home")
    if BESIDE_THE_CHECKOUT.exists():
        for path in BESIDE_THE_CHECKOUT.iterdir():
            (home / path.name).symlink_to(path)
    return home
