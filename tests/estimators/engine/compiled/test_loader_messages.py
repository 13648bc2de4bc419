"""Standard error passes on everything but two lines, and is left as it was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
PROGRAM = """
import os, subprocess, sys, threading
from estimators.engine.compiled.loader_messages import without_loader_messages

def line(text):
    os.write(2, (text + "\\n").encode())

line("before")
with without_loader_messages():
    line("E0000 cpu_aot_loader.cc:220] Loading XLA:CPU AOT result. ...")
    line("E0000 text_format.cc:378] Error parsing text-format tensorflow.XlaSerializedCacheEntry")
    with without_loader_messages():
        print("from Python", file=sys.stderr)
    line("inside")
    subprocess.run([sys.executable, "-c", "import os; os.write(2, b'of a child\\\\n')"])
try:
    with without_loader_messages():
        line("and an error")
        raise KeyError
except KeyError:
    pass
line("cpu_aot_loader.cc: after")
print(threading.active_count(), len(os.listdir("/proc/self/fd")))
"""
LINES = ["before", "from Python", "inside", "of a child", "and an error"]
LAST = "cpu_aot_loader.cc: after"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")
def test_two_lines_are_kept_back():
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "0"},
        capture_output=True,
        text=True,
    )
    assert run.stderr.splitlines() == [*LINES, LAST]
    # What stays open are the three standard files and the folder that is listed.
    assert run.stdout.split() == ["1", "4"]


def test_without_a_standard_error_nothing_is_lost():
    program = f"""
import os; os.close(2)
{PROGRAM.partition("def line")[0]}
with without_loader_messages():
    print("inside")
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (run.stdout, run.returncode) == ("inside\n", 0)
