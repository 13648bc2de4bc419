"""Import arrows point down only: from room to room as listed here, and nowhere in a circle.

Every import counts, wherever it stands in a file and whoever it is for.
"""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# From the ground up: a room imports from those above it in this list, and from itself. Rooms of
# one line know nothing of each other.
FLOORS = [
    ["feature_specs.columns"],
    ["feature_specs.scalers"],
    ["feature_specs.encoders"],
    ["feature_specs.text"],
    ["feature_specs.networks"],
    ["feature_specs.steps"],
    ["feature_specs.step_methods"],
    ["feature_specs"],
    ["estimators.files", "estimators.layers", "estimators.names_elsewhere"],
    ["estimators.engine"],
    ["estimators.heads"],
    ["estimators.base"],
    [
        "estimators.explanations",
        "estimators.persistence",
        "estimators.serving",
        "estimators.tensorboard",
    ],
    ["estimators.families"],
    ["estimators.datasets", "estimators.displays", "estimators.runs.directory"],
    ["estimators.runs.listing"],
    ["estimators.runs.pages.content"],
    ["estimators.runs.pages"],
    # Above pages, because a run that goes on tells its page.
    ["estimators.runs.recording"],
    ["estimators.runs.scripts"],
    ["estimators.runs"],
]
# Who knows nothing of what.
STRANGERS = {
    "feature_specs": {"estimators"},
    "estimators.engine": {"sklearn", "pandas", "feature_specs"},
    "estimators.runs": {
        "estimators.base",
        "estimators.heads",
        "estimators.families",
        "feature_specs",
    },
    "estimators.datasets": {"keras", "tensorflow", "feature_specs"},
}
# History.to_frame() hands out a DataFrame; pandas is imported when it is called.
ALLOWED = {("estimators.engine.history", "pandas")}


def modules():
    """Every module of the two packages by its name; a face has the name of its folder."""
    for package in ("estimators", "feature_specs"):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def imports_of(name):
    """Every module that a module names in an import, relative imports made absolute."""
    package = name.split(".") if MODULES[name].stem == "__init__" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield inner if inner in MODULES else module


IMPORTS = {name: set(imports_of(name)) - {name} for name in MODULES}


def is_in(name, room):
    return f"{name}.".startswith(f"{room}.")


def room_of(name):
    """The innermost room of the list that a module is in."""
    rooms = [room for floor in FLOORS for room in floor if is_in(name, room)]
    return max(rooms, key=len, default=None)


def floor_of(room):
    return next(number for number, floor in enumerate(FLOORS) if room in floor)


def test_every_module_is_in_a_room():
    assert [name for name in MODULES if room_of(name) is None] == ["estimators"]


@pytest.mark.parametrize("room", [room for floor in FLOORS for room in floor])
def test_arrows_point_down(room):
    own = [name for name in MODULES if room_of(name) == room]
    upwards = [
        f"{name} -> {target}"
        for name in own
        for target in IMPORTS[name] & MODULES.keys() - {"estimators", "feature_specs"}
        if room_of(target) != room and floor_of(room_of(target)) >= floor_of(room)
    ]
    assert upwards == []


def test_no_module_imports_itself_by_way_of_others():
    # A face is what its stub says it is, and hands nothing on by itself.
    TopologicalSorter({name: IMPORTS[name] & MODULES.keys() for name in MODULES}).prepare()


def test_runs_watch_through_one_door():
    seen = {
        target
        for name in MODULES
        if is_in(name, "estimators.runs")
        for target in IMPORTS[name] & MODULES.keys()
        if not is_in(target, "estimators.runs")
    }
    assert seen == {
        "estimators.engine.history",
        "estimators.engine.fit_observers",
        "estimators.files",
    }


@pytest.mark.parametrize("room", STRANGERS)
def test_strangers(room):
    known = [
        (name, target)
        for name in MODULES
        if is_in(name, room)
        for target in IMPORTS[name]
        for stranger in STRANGERS[room]
        if is_in(target, stranger) and (name, target) not in ALLOWED
    ]
    assert known == []


@pytest.mark.parametrize(
    "program",
    [
        "import estimators, feature_specs, keras",
        "import keras, estimators, feature_specs",
        "import estimators, feature_specs, tensorflow",
        # Modules that import Keras themselves, while Keras asks for those that register something.
        "import feature_specs.text.sentence_models",
        "import estimators.heads.losses, feature_specs",
    ],
)
def test_keras_knows_our_layers_whoever_comes_first(program):
    program += "; import sys, keras; print([n for n in sys.argv[1:] if not get(n)])"
    program = "get = lambda name: keras.saving.get_registered_object(name)\n" + program
    wanted = ["estimators>HashedDropout", "estimators>QuantileLoss", "feature_specs>Encoding"]
    wanted = wanted if "estimators" in program else wanted[2:]
    run = subprocess.run(
        [sys.executable, "-c", program, *wanted], cwd=ROOT, capture_output=True, text=True
    )
    assert run.stdout == "[]\n", run.stderr


WITHOUT_A_FIT = [
    "from feature_specs import *",
    "import estimators, estimators.runs, estimators.datasets, estimators.displays",
    "from estimators import DNNClassifier, load_model; repr(DNNClassifier().set_params(l2=1))",
    "from estimators import Checkpoints, TextRegressor as T; T(model_dir=Checkpoints('x'))",
    "from estimators import ImageClassifier; from sklearn.base import clone; "
    "clone(ImageClassifier())",
    "from estimators import DNNLinearCombined, History, KerasRegressor, LinearRegressor",
]
ONE_AFTER_ANOTHER = """
import sys
for program in sys.argv[1:]:
    exec(program)
    heavy = {"keras", "tensorflow"} & sys.modules.keys()
    if heavy:
        print(program, heavy)
"""


def test_tensorflow_comes_with_the_first_fit():
    run = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER, *WITHOUT_A_FIT],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (run.stdout, run.stderr) == ("", "")
