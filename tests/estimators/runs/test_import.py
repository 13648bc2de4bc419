"""Imports of runs: arrows point down, and nothing is loaded before it is needed."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from estimators.runs import start_run

ROOT = Path(__file__).parents[3]
# From the top down: a room imports from itself and from those below it. Pages lie below what
# records, because a run that goes on tells its page.
ROOMS = (
    "command_line",
    "",
    "scripts",
    "recording",
    "pages",
    "pages.content",
    "listing",
    "directory",
)
BELOW_ALL = {"estimators.engine.history", "estimators.engine.observers"}

HEAVY = ("pandas", "tensorflow", "keras", "sklearn", "jinja2", "click", "yaml", "matplotlib")
PROGRAM = f"""
import sys, time
from estimators.runs import Run, start_run, training_run
from estimators.engine.observers import FitDescription, callbacks_of_observers
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


def module_of(path):
    """The dotted name of a file; the stub of a face stands for the face."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imported(path, modules):
    """The modules of this library that a file imports, in functions and for types as well."""
    here = (
        module_of(path).split(".") if path.stem == "__init__" else module_of(path).split(".")[:-1]
    )
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            source = ".".join([*base, *filter(None, [node.module])])
            inner = {f"{source}.{alias.name}" for alias in node.names} & modules
            yield from inner or {source}


@pytest.fixture(scope="module")
def arrows():
    """Every module of the library with the modules of the library that it imports."""
    paths = sorted((ROOT / "estimators").rglob("*.py")) + [ROOT / "estimators/runs/__init__.pyi"]
    modules = {module_of(path) for path in paths}
    found = {}
    for path in paths:
        names = {name for name in imported(path, modules) if name.startswith("estimators")}
        found.setdefault(module_of(path), set()).update(names)
    return found


def room_of(module):
    """The index of the innermost room that a module of runs is in."""
    name = module.removeprefix("estimators.runs").removeprefix(".")
    rooms = [room for room in ROOMS if room and f"{name}.".startswith(f"{room}.")]
    return ROOMS.index(max(rooms, key=len, default=""))


def test_every_room_has_its_place():
    folder = ROOT / "estimators" / "runs"
    rooms = [path.parent.relative_to(folder) for path in folder.rglob("__init__.py")]
    assert {".".join(path.parts) for path in rooms} | {"command_line"} == set(ROOMS)


def test_arrows_point_down(arrows):
    for module, names in arrows.items():
        for name in names:
            if not f"{module}.".startswith("estimators.runs."):
                assert not f"{name}.".startswith("estimators.runs."), f"{module} imports {name}"
            elif f"{name}.".startswith("estimators.runs."):
                assert room_of(module) <= room_of(name), f"{module} imports {name}"
            else:
                assert name in BELOW_ALL, f"{module} imports {name}"


def test_no_circle(arrows):
    of_runs = {name: found for name, found in arrows.items() if "estimators.runs" in name}
    TopologicalSorter(of_runs).prepare()


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
