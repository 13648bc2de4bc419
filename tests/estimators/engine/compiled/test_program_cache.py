"""Compiled programs on disk: later processes find them, and nothing there can spoil a fit."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from estimators import set_program_cache
from estimators.engine.compiled.program_cache import PROGRAM_CACHE_VARIABLE
from estimators.engine.compiled.program_folder import opened, private_folder, tidied

ROOT = Path(__file__).parents[4]
# Prints a digest of what a small fit predicts, and which flags it leaves behind.
FIT = """
import hashlib, os, sys
import numpy as np
{before}
from estimators import LinearRegressor, set_program_cache
{between}
X = np.random.default_rng(0).normal(size=(256, 3)).astype("float32")
model = LinearRegressor(epochs=2, random_state=0, jit_compile=True).fit(X, X @ [1, 2, 3])
print(hashlib.sha256(model.predict(X).tobytes()).hexdigest(), os.environ.get("TF_XLA_FLAGS"))
"""


def start(folder, before="", between="", **environment):
    own = {"TF_CPP_MIN_LOG_LEVEL": "0", PROGRAM_CACHE_VARIABLE: str(folder)} | environment
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", FIT.format(before=before, between=between)],
        cwd=ROOT,
        env={n: v for n, v in (os.environ | own).items() if v is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(process):
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "AOT" not in errors, "XLA calls its own programs foreign"
    assert "XlaSerializedCacheEntry" not in errors
    return output.split()


def programs(folder):
    found = folder.glob("*/xla_compile_cache__*.pb")
    return {str(path.relative_to(folder)): path.stat().st_ino for path in found}


@pytest.fixture(scope="module")
def cold(tmp_path_factory):
    """A folder that three processes at once have filled, and what they said."""
    folder = tmp_path_factory.mktemp("a b") / "programs"
    processes = [start(folder) for _ in range(3)]
    return folder, [told(process) for process in processes]


def test_processes_at_once_fill_one_folder(cold):
    folder, said = cold
    assert {answer[1] for answer in said} == {"None"}
    assert len({answer[0] for answer in said}) == 1
    assert len(programs(folder)) == 2
    assert folder.stat().st_mode & 0o777 == 0o700
    (inner,) = (path for path in folder.iterdir() if path.is_dir())
    listed = json.loads((inner / "programs.json").read_text())
    assert {f"{inner.name}/{name}" for name in listed} == programs(folder).keys()


@pytest.mark.parametrize(
    ("before", "flags"),
    [
        # What was made before plays no part.
        (
            "import keras, tensorflow as tf; keras.utils.set_random_seed(1); "
            "keras.layers.Dense(2)(keras.Input((3,))); keras.optimizers.Adam(); "
            "tf.function(lambda x: x + 1)(1)",
            None,
        ),
        # The user's other flags stay, and make programs of their own.
        ("", "--tf_xla_max_cluster_size=99"),
    ],
)
def test_a_later_process_finds_them_and_has_the_same_bits(cold, before, flags):
    folder, said = cold
    known = programs(folder)
    # Keras is looked out for once the library is there.
    answer = told(start(folder, f"import estimators; {before}", TF_XLA_FLAGS=flags))
    assert answer == [said[0][0], str(flags)]
    is_own = flags is not None
    assert (programs(folder) == known) != is_own
    assert len(programs(folder)) == len(known) + 2 * is_own


def test_a_process_that_keeps_none(cold, tmp_path):
    folder, said = cold
    named = f"--tf_xla_persistent_cache_directory={tmp_path}/own"
    shut = tmp_path / "shut"
    for case in (
        start("off", HOME=str(tmp_path)),
        start("", between="set_program_cache(False)", HOME=str(tmp_path)),
        start(shut, TF_XLA_FLAGS=named),
    ):
        assert told(case)[0] == said[0][0]
    assert not shut.exists()
    assert not (tmp_path / ".cache" / "keras-estimators").exists()


DAMAGES = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "zeros": lambda data: bytes(len(data)),
    "one bit": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "another": lambda data: b"\x0a\x01a",
}


def damaged(path, how):
    """Change a file and leave its time and size, where these can be left."""
    status = path.stat()
    path.write_bytes(DAMAGES[how](path.read_bytes()))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def copied(folder, path):
    """Return a copy of a folder of programs, all listed, and the folder within that holds them."""
    shutil.copytree(folder, path)
    inner = next(each for each in path.iterdir() if each.is_dir())
    assert tidied(path, inner, 1 << 30)
    return path, inner


def test_a_fit_goes_well_whatever_is_damaged(cold, tmp_path):
    folder, _ = copied(cold[0], tmp_path / "copy")
    for path, how in zip(sorted(folder.glob("*/*.pb")), ("zeros", "one bit"), strict=False):
        damaged(path, how)
    assert told(start(folder))[0] == cold[1][0][0]


@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("how", DAMAGES)
def test_what_is_damaged_goes_and_nothing_else(cold, tmp_path, how, is_listed):
    folder, inner = copied(cold[0], tmp_path / "copy")
    bad, *good = sorted(inner.glob("*.pb"))
    if not is_listed:
        (inner / "programs.json").write_text("[not a list of programs")
    damaged(bad, how)
    assert tidied(folder, inner, 1 << 30)
    # Of a program that nobody has listed the parts alone can be seen to be there.
    is_seen = is_listed or how != "one bit"
    assert sorted(inner.glob("*.pb")) == sorted([*good, *[bad] * (not is_seen)])


def test_the_oldest_go_first_whatever_they_were_compiled_by(tmp_path, monkeypatch):
    root = private_folder(tmp_path / "programs")
    for number in range(6):
        folder = private_folder(root / f"{number % 2}")
        path = folder / f"xla_compile_cache__{number}.pb"
        path.write_bytes(bytes([10, 1, 97, 18, 1, 97, 26, 1, 97]))
        os.utime(path, (number, number))
    assert opened(root, "0", 36) == root / "0"
    assert sorted(programs(root)) == [f"{n % 2}/xla_compile_cache__{n}.pb" for n in (2, 4, 3, 5)]
    nearly_full = SimpleNamespace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: nearly_full)
    assert opened(root, "0", 36) is None


def test_a_folder_of_others_is_refused(tmp_path):
    (tmp_path / "file").touch()
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(ValueError, match="file"):
        private_folder(tmp_path / "file")
    with pytest.raises(PermissionError, match="others may write"):
        private_folder(shared)
    process = start(shared, between="import keras; raise SystemExit")
    assert "others may write" in process.communicate()[1], "a warning, here an error"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"folder": None}, "folder=None"),
        ({"folder": 0}, "folder=0"),
        ({"folder": ""}, "folder=''"),
        ({"max_bytes": "1 GB"}, "max_bytes='1 GB'"),
        ({"max_bytes": -1}, "max_bytes=-1"),
    ],
)
def test_a_mistake_is_one_sentence(given, message):
    with pytest.raises(ValueError, match=message):
        set_program_cache(**given)


def test_it_is_said_before_the_first_fit(cold, tmp_path):
    from estimators import LinearRegressor

    LinearRegressor(epochs=1, jit_compile=True).fit([[0.0], [1.0]], [0.0, 1.0])
    with pytest.raises(RuntimeError, match=PROGRAM_CACHE_VARIABLE):
        set_program_cache(tmp_path)
