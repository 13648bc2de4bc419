"""Runs examples, each in a process of its own that need not import the libraries once more.

``python tests/forked_examples.py`` imports them, then reads lines from its standard input: the name
of an example and the files for what it prints and for its errors, separated by tabs. Each runs like
``python -m examples.NAME --quick`` in a fork of this process, which tells its exit status.
"""

import os
import runpy
import signal
import sys
import traceback

import keras  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import pandas  # noqa: F401
import sklearn.model_selection  # noqa: F401

# One that takes longer is killed.
SECONDS = 600


def run(name, output, errors):
    signal.alarm(SECONDS)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in ((1, output), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = [name, "--quick"]
    try:
        runpy.run_module(f"examples.{name}", run_name="__main__", alter_sys=True)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # as for python -m
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(run(*line.rstrip("\n").split("\t")))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
