"""Loading a file that means harm is refused, and touches nothing but the file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import attacks
import pytest

HOUSE = Path(__file__).parents[3]
MOST_MEGABYTES = 500


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacks")
    paths = os.pathsep.join([str(HOUSE), str(Path(__file__).parent)])
    found = subprocess.run(
        [sys.executable, attacks.__file__, str(folder)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr[-3000:]
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    return {line.pop("name"): line for line in lines}


@pytest.mark.parametrize("name", attacks.ATTACKS)
def test_an_attack_is_refused_and_touches_nothing(name, outcomes):
    found = outcomes[name]
    assert found["error"] == "ModelFileError", found["message"]
    assert "\n" not in found["message"]
    assert (found["seen"], found["changed"], found["ran"]) == ([], [], False)
    assert found["threads"] <= 0
    assert found["megabytes"] < MOST_MEGABYTES


def test_the_watch_sees_what_attacks_would_do(outcomes):
    """A watch that sees nothing proves nothing."""
    found = outcomes[attacks.CONTROL]
    assert {seen.partition(" ")[0] for seen in found["seen"]} >= {
        *("open", "os.mkdir", "os.remove", "socket.connect", "subprocess.Popen"),
        "os.thread",
    }
