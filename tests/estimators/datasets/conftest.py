"""Where tests find the published files that are too large to be part of this repository."""

import os
from pathlib import Path

import pytest

from estimators.datasets.data_home import DATA_HOME_VARIABLE

BESIDE_THE_CHECKOUT = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture(scope="session")
def published():
    """Path of a published file by its name; the test is skipped where it is nowhere."""
    environment = os.environ.get(DATA_HOME_VARIABLE)
    folders = [*([Path(environment)] if environment else []), BESIDE_THE_CHECKOUT]

    def find(name):
        for folder in folders:
            if (folder / name).exists():
                return folder / name
        pytest.skip(f"{name} is neither in {' nor in '.join(map(str, folders))}")

    return find
