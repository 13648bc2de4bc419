"""A package's face costs next to nothing: its names bring what they need when first asked for."""

import importlib
import subprocess
import sys

import pytest

HEAVY = ("keras", "matplotlib", "pandas", "sklearn", "tensorflow")


@pytest.mark.parametrize("package", ["estimators.datasets", "estimators.displays"])
def test_importing_a_face_imports_nothing_heavy(package):
    asked = f"import sys, {package}; print(*set(sys.modules) & set({HEAVY}))"
    run = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


@pytest.mark.parametrize("package", ["estimators.datasets", "estimators.displays"])
def test_a_face_has_every_name_that_it_lists(package):
    face = importlib.import_module(package)
    assert all(hasattr(face, name) for name in face.__all__)
    assert set(face.__all__) <= set(dir(face))
