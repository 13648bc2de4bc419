"""Where the values of flags come from, and what is said of those that cannot be."""

import sys

import numpy as np
import pytest

from estimators.runs import (
    flag_boolean,
    flag_integer,
    flag_numeric,
    flag_string,
    flags,
    start_run,
)
from estimators.runs.directory.documents import read_json

CHURN = (
    flag_numeric("layer1", 256),
    flag_numeric("dropout", 0.2, "share of the units that 10 % drop"),
    flag_string("activ", "relu"),
    flag_boolean("early", False),
)
YAML = """
layer1: 1
default:
  dropout: 0.5
large:
  layer1: 512
"""


def test_precedence(runs_dir, monkeypatch):
    (runs_dir.parent / "flags.yml").write_text(YAML)
    assert dict(flags(*CHURN, argv=[])) == {
        **{"layer1": 1, "dropout": 0.5, "activ": "relu", "early": False}
    }
    assert flags(*CHURN, profile="large", argv=[]).layer1 == 512
    monkeypatch.setenv("KERAS_ESTIMATORS_PROFILE", "large")
    assert flags(*CHURN, argv=["--dropout", "0.3"]).dropout == 0.3
    with start_run(flags={"dropout": np.float64(0.4)}) as run:
        found = flags(*CHURN, argv=["--dropout", "0.3", "--activ=tanh"])
    assert dict(found) == {"layer1": 512, "dropout": 0.4, "activ": "tanh", "early": False}
    written = read_json(run.dir / "flags.json")
    assert (written["values"], written["given"]) == (dict(found), {"dropout": 0.4})
    assert written["declared"][1] == {
        "name": "dropout",
        "type": "numeric",
        "default": 0.2,
        "help": "share of the units that 10 % drop",
    }


def test_toml(runs_dir):
    path = runs_dir.parent / "mine.toml"
    path.write_text("layer1 = 64\n[small]\nlayer1 = 8\n")
    assert flags(*CHURN, file=path, argv=[]).layer1 == 64
    assert flags(*CHURN, file=path, profile="small", argv=[]).layer1 == 8


@pytest.mark.parametrize(
    ("argv", "early"),
    [
        (["--early"], True),
        (["--no-early"], False),
        (["--early=false"], False),
        (["--early", "yes"], True),
    ],
)
def test_booleans(runs_dir, argv, early):
    assert flags(*CHURN, argv=argv).early is early


def test_names_and_numbers(runs_dir):
    declared = (
        flag_integer("batch_size", 32),
        flag_numeric("shift", 0),
        flag_numeric("none", None),
    )
    found = flags(*declared, argv=["--batch-size=64", "--shift", "-0.5"])
    assert dict(found) == {"batch_size": 64, "shift": -0.5, "none": None}
    assert type(flags(flag_integer("n", 2.0), argv=[]).n) is int
    assert dir(found)[-3:] == ["batch_size", "none", "shift"] or "shift" in dir(found)
    with pytest.raises(AttributeError, match="There is no flag 'size'; declared are batch_size"):
        found.size  # noqa: B018


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--layer_1=3"], "'--layer_1=3', which is not declared; declared are layer1"),
        (["8"], "gives '8', which is not declared"),
        (["--layer1=wide"], "The command line gives the numeric flag 'layer1' the value 'wide'; "),
        (["--early=maybe"], "the boolean flag 'early' the value 'maybe'; give true or false"),
        (["--layer1"], "The command line cannot be read: argument --layer1: expected one argument"),
    ],
)
def test_bad_command_lines(runs_dir, argv, message):
    with pytest.raises(ValueError, match=message):
        flags(*CHURN, argv=argv)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dropuot: 0.1", r"flags\.yml gives the flag 'dropuot', which is not.*mean 'dropout'"),
        ("activ: no", "gives the string flag 'activ' the value False; give a text"),
        ("layer1: [1, 2]", r"the value \[1, 2\]; give a number"),
        ("- layer1", "holds a list; write names and values"),
        ("layer1: {", "cannot be read: while parsing"),
    ],
)
def test_bad_files(runs_dir, text, message):
    (runs_dir.parent / "flags.yml").write_text(text)
    with pytest.raises(ValueError, match=message):
        flags(*CHURN, file="flags.yml", argv=[])


def test_missing_files_and_profiles(runs_dir):
    with pytest.raises(ValueError, match=r"none\.yml cannot be read: No such file"):
        flags(*CHURN, file="none.yml", argv=[])
    with pytest.raises(ValueError, match=r"profile='large' was asked for, but there is no flags"):
        flags(*CHURN, profile="large", argv=[])
    (runs_dir.parent / "flags.yml").write_text(YAML)
    with pytest.raises(ValueError, match="no profile 'small'; it has default, large"):
        flags(*CHURN, profile="small", argv=[])


def test_bad_values_of_the_run(runs_dir):
    with start_run(flags={"layer9": 1}), pytest.raises(ValueError, match="did you mean 'layer1'"):
        flags(*CHURN, argv=[])


def test_bad_declarations(runs_dir):
    with pytest.raises(ValueError, match="Its declaration gives the integer flag 'n'"):
        flag_integer("n", 2.5)
    with pytest.raises(ValueError, match="give one of 'relu', 'tanh'"):
        flags(flag_string("a", "relu", choices=["relu", "tanh"]), argv=["--a=elu"])
    with pytest.raises(ValueError, match="cannot be called 'layer 1'"):
        flag_numeric("layer 1", 1)
    with pytest.raises(ValueError, match="declared twice"):
        flags(flag_numeric("n", 1), flag_numeric("n", 2), argv=[])
    with pytest.raises(TypeError, match=r"flags\(\) was given 'n'; give flag_numeric\(\)"):
        flags("n", argv=[])


def test_help(runs_dir, capsys):
    with pytest.raises(SystemExit):
        flags(*CHURN, argv=["--help"])
    shown = capsys.readouterr().out
    assert "--dropout NUMERIC" in shown
    assert "that 10 % drop (default: 0.2)" in " ".join(shown.split())


def test_the_arguments_of_a_notebooks_kernel_are_no_flags(runs_dir, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/lib/ipykernel_launcher.py", "-f", "kernel.json"])
    assert flags(*CHURN).layer1 == 256
    monkeypatch.setattr(sys, "argv", ["train.py", "--layer1", "8"])
    assert flags(*CHURN).layer1 == 8
