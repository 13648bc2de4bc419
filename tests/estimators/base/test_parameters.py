"""Signatures, checks and docstrings say of parameters what their descriptions say."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest
from sklearn.utils._param_validation import validate_parameter_constraints

import estimators
from estimators import DNNRegressor
from estimators.base.parameters import (
    REQUIRED,
    InstanceOf,
    Parameter,
    changed,
    constraints_of,
)
from estimators.base.parameters.docstrings import section_of, with_section
from estimators.families.networks.texts import TEXTS
from feature_specs.steps.text import TextColumn

ESTIMATORS = [
    getattr(estimators, name)
    for name in estimators.__all__
    if hasattr(getattr(estimators, name), "fit")
]


def spelled(parameters):
    """What signatures say; by their spelling, 0 and False are two defaults."""
    return [(p.name, p.annotation, repr(p.default)) for p in parameters]


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_signatures_are_as_described(kind):
    assert spelled(inspect.signature(kind).parameters.values()) == spelled(kind._parameters)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_checks_are_as_described_and_let_defaults_pass(kind):
    assert kind._parameter_constraints == constraints_of(kind._parameters)
    assert all(parameter.constraints for parameter in kind._parameters)
    defaults = {p.name: p.default for p in kind._parameters if p.default is not REQUIRED}
    validate_parameter_constraints(kind._parameter_constraints, defaults, kind.__name__)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_docstrings_are_as_described(kind):
    source = Path(inspect.getsourcefile(kind)).read_text(encoding="utf-8")
    written = with_section(source, kind.__name__, kind._parameters)
    assert source == written, "run `make docstrings`"
    # What an editor shows without a run is what help() shows.
    node = next(n for n in ast.parse(source).body if getattr(n, "name", "") == kind.__name__)
    assert ast.get_docstring(node, clean=False) == kind.__doc__


def test_texts_are_described_as_in_feature_specs():
    step = list(inspect.signature(TextColumn).parameters.values())[1:]
    assert spelled(step) == spelled(TEXTS)
    assert constraints_of(TEXTS) == TextColumn._parameter_constraints


SOURCE = '''
class Other:
    """Parameters
    ----------
    """


class Kind:
    """Summary.

    Parameters
    ----------
    gone : str
        Was here.

    Attributes
    ----------
    kept_ : int
    """

    x = 1
'''
HEIGHT = Parameter("height", "float", "float", "In metres.", [float], 1.8)


def test_nothing_but_the_section_is_written():
    written = with_section(SOURCE, "Kind", [HEIGHT])
    was = "    gone : str\n        Was here.\n"
    assert written == SOURCE.replace(was, "    height : float, default=1.8\n        In metres.\n")
    assert with_section(written, "Kind", [HEIGHT]) == written


def test_a_section_may_be_the_last():
    source = 'class Kind:\n    """Summary.\n\n    Parameters\n    ----------\n    """\n'
    section = "\n".join(section_of([HEIGHT]))
    assert section in with_section(source, "Kind", [HEIGHT])
    assert with_section(source, "Kind", []) == source


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('class Kind:\n    """Summary."""\n', "no section Parameters"),
        ("class Kind:\n    pass\n", "no class Kind with a docstring"),
        ('"""Module."""\n', "no class Kind with a docstring"),
    ],
)
def test_docstrings_without_a_section_are_named(source, words):
    with pytest.raises(ValueError, match=words):
        with_section(source, "Kind", [HEIGHT])


def test_required_parameters_have_no_default():
    assert section_of([Parameter("x", "int", "int", "A number.", [int])])[2] == "    x : int"


def test_changes_name_a_parameter():
    assert changed([HEIGHT], height={"default": 2.0})[0].default == 2.0
    with pytest.raises(ValueError, match="no parameter 'width'"):
        changed([HEIGHT], width={"default": 2.0})


NAMED_CLASSES = sorted(
    {
        constraint.path
        for kind in ESTIMATORS
        for parameter in kind._parameters
        for constraint in parameter.constraints
        if isinstance(constraint, InstanceOf)
    }
)


@pytest.mark.parametrize("path", NAMED_CLASSES)
def test_classes_that_are_named_exist(path):
    module, _, name = path.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), name), type)


def test_nothing_is_an_instance_of_what_nobody_imported():
    assert not InstanceOf("nobody.imported.This").is_satisfied_by(1)
    assert InstanceOf("pathlib.Path").is_satisfied_by(Path())


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("loss", "keras.losses.Loss"),
        ("optimizer", "keras.optimizers.Optimizer"),
        ("learning_rate", "keras.optimizers.schedules.LearningRateSchedule"),
        ("early_stopping", "keras.callbacks.EarlyStopping"),
        ("callbacks", "keras.callbacks.Callback"),
        ("model_dir", "estimators.persistence.checkpoints.Checkpoints"),
    ],
)
def test_refusals_say_what_is_legal(name, path):
    with pytest.raises(ValueError, match=f"{name!r} parameter.*an instance of '{path}'"):
        DNNRegressor(**{name: {3}}).fit([[1.0], [2.0]], [1.0, 2.0])
