"""Nothing of runs loads anything before it is needed."""

import subprocess
import sys

import pytest

from estimators.runs import start_run

HEAVY = ("pandas", "tensorflow", "keras", "sklearn", "jinja2", "click", "yaml", "matplotlib")
PROGRAM = f"""
import sys, time
from estimators.runs import Run, start_run, training_run
from estimators.engine.fit_observers import FitDescription, callbacks_of_observers
began = time.perf_counter()
for _ in range(1000):
    callbacks_of_observers(FitDescription(None, 10, None, 5, 2))
assert time.perf_counter() - began < 0.5
print([name for name in {HEAVY} if name in sys.modules])
"""
COMMAND = """
import sys
from estimators.runs.command_line import main
names = sys.argv.pop().split(",")
try:
    main(prog_name="keras-estimators")
finally:
    print("imported:", *(name for name in names if name in sys.modules))
"""


def test_nothing_heavy_is_imported(program):
    output, errors = program(PROGRAM).communicate(timeout=60)
    assert output == "[]\n", errors


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], ("numpy", *HEAVY)),
        (["completion", "zsh"], ("numpy", *HEAVY)),
        (["runs", "ls"], ()),
        (["runs", "view", "--no-open"], ("pandas", "matplotlib")),
        (["runs", "index", "--no-open"], ("pandas", "matplotlib")),
        (["runs", "compare", "--no-open"], ("pandas", "matplotlib")),
        (["runs", "clean", "--all", "--yes"], ("pandas", "matplotlib")),
    ],
)
def test_a_command_imports_what_it_needs_and_says_nothing_else(
    runs_dir, checkout, arguments, heavy
):
    for layer1 in (32, 64):
        with start_run(flags={"layer1": layer1}, capture=False) as run:
            run.log_metrics({"loss": 1 / layer1})
    names = {"tensorflow", "keras", "sklearn", *heavy} - {"click"}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments, ",".join(names)],
        cwd=runs_dir.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-1] == "imported:", done.stdout
    assert done.stderr == ""
