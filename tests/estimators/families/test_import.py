"""Estimators are made, copied and shown without TensorFlow; it comes when a network is built."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import estimators.base.parameters
import estimators.families

PROGRAM = """
import sys
from sklearn.base import clone
import estimators
for name in estimators.__all__:
    if name.endswith(("Regressor", "Classifier", "Combined")):
        kind = getattr(estimators, name)
        model = kind(len) if name.startswith("Keras") else kind()
        repr(clone(model).set_params(verbose=1).get_params())
        model._repr_html_()
        model._validate_params()
print([name for name in ("keras", "tensorflow") if name in sys.modules])
"""


def test_nothing_needs_keras_before_a_fit():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


FILES = [
    path
    for package in (estimators.families, estimators.base.parameters)
    for path in Path(package.__file__).parent.rglob("*.py")
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_module_imports_keras(path):
    """An import within a function, or for type checkers, is none that runs with the module."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    assert not {name for name in names if name.split(".")[0] in ("keras", "tensorflow")}
    assert not {name for name in names if name.startswith("estimators.engine.layers")}
