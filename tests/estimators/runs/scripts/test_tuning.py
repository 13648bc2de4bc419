"""Many combinations, one run each: drawn, resumed, in parallel, failing."""

import sys

import pandas as pd
import pytest
from cloudpickle import register_pickle_by_value
from scipy.stats import uniform
from sklearn.model_selection import ParameterGrid, ParameterSampler

from estimators.runs import RunFailedError, current_run, flag_numeric, flags, start_run, tuning_run

# A worker process cannot import this file by its name.
register_pickle_by_value(sys.modules[__name__])

SCRIPT = """
from estimators.runs import current_run, flag_numeric, flags
FLAGS = flags(flag_numeric("layer1", 256), flag_numeric("dropout", 0.2))
print("training", FLAGS.layer1)
if FLAGS.layer1 == 16:
    raise ValueError("too small")
current_run().log_evaluation({"accuracy": FLAGS.layer1 / 100 - FLAGS.dropout})
"""
GRID = {"layer1": [16, 32, 64], "dropout": [0.1, 0.2]}


def train(layer1, dropout=0.2):
    """Fail for 16 units."""
    print("training", layer1)
    if layer1 == 16:
        raise ValueError("too small")
    return {"accuracy": layer1 / 100 - dropout}


@pytest.fixture
def script(runs_dir, checkout):
    path = runs_dir.parent / "train.py"
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_script(script, n_jobs):
    found = tuning_run(script, GRID, n_jobs=n_jobs, echo=False)
    assert found.attrs["counts"] == {"completed": 4, "failed": 2, "skipped": 0}
    expected = [dict(one) for one in ParameterGrid(GRID)]
    columns = found[["flag_dropout", "flag_layer1"]].rename(columns=lambda name: name[5:])
    assert columns.to_dict("records") == expected
    is_small = found["flag_layer1"] == 16
    assert set(found.loc[is_small, "status"]) == {"failed"}
    assert set(found.loc[is_small, "error_message"]) == {"too small"}
    assert found.loc[~is_small, "eval_accuracy"].notna().all()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_function(runs_dir, checkout, n_jobs):
    found = tuning_run(train, GRID, n_jobs=n_jobs, echo=False)
    assert found.attrs["counts"] == {"completed": 4, "failed": 2, "skipped": 0}
    accuracy = found["flag_layer1"] / 100 - found["flag_dropout"]
    succeeded = found["status"] == "completed"
    pd.testing.assert_series_equal(
        found.loc[succeeded, "eval_accuracy"], accuracy[succeeded], check_names=False
    )


def test_finished_combinations_are_skipped(script):
    first = tuning_run(script, {"layer1": [16, 32]}, echo=False)
    second = tuning_run(script, {"layer1": [16, 32, 64]}, echo=False)
    assert second.attrs["counts"] == {"completed": 1, "failed": 1, "skipped": 1}
    assert second.loc[1, "run_dir"] == first.loc[1, "run_dir"]
    assert second.loc[0, "run_dir"] != first.loc[0, "run_dir"]
    script.write_text(SCRIPT + "# another network\n")
    changed = tuning_run(script, {"layer1": [32]}, echo=False)
    assert changed.attrs["counts"]["skipped"] == 0
    again = tuning_run(script, {"layer1": [32]}, resume=False, echo=False)
    assert again.attrs["counts"]["skipped"] == 0


def test_what_flags_may_be(runs_dir):
    def layers(flags, **options):
        found = tuning_run(train, flags, resume=False, echo=False, **options)
        return found["flag_layer1"].tolist()

    assert layers({"layer1": 32}) == [32]
    assert layers(pd.DataFrame({"layer1": [64, 32, 64], "dropout": [0, 0.1, 0]})) == [64, 32]
    assert layers([{"layer1": 64}, {"layer1": 32, "dropout": 0.1}]) == [64, 32]
    assert layers(ParameterGrid([{"layer1": [64]}, {"layer1": [32]}])) == [64, 32]
    sampler = ParameterSampler({"layer1": uniform(20, 60)}, n_iter=3, random_state=0)
    assert layers(sampler) == [one["layer1"] for one in sampler]
    four = {"layer1": [31, 32, 33, 34]}
    assert len(layers(four, sample=2)) == len(layers(four, sample=0.5)) == 2
    assert layers(four, sample=3, random_state=0) == layers(four, sample=3, random_state=0)
    assert layers(four, sample=9) == four["layer1"]


def test_flags_in_a_function(runs_dir):
    def read(**given):
        assert current_run().given_flags == given
        return {"x": flags(flag_numeric("layer1", 1), argv=[]).layer1}

    assert tuning_run(read, {"layer1": [5]}, echo=False).loc[0, "eval_x"] == 5


def test_inside_a_run(runs_dir, checkout):
    with start_run() as outer:
        found = tuning_run(train, {"layer1": [32, 64]}, n_jobs=2, tags=["tuned"], echo=False)
    assert set(found["parent"]) == {outer.id}
    assert [run.tags for run in outer.children] == [["tuned"]] * 2


def test_the_first_error(script):
    with pytest.raises(RunFailedError, match="too small"):
        tuning_run(script, GRID, on_error="raise", echo=False)
    with pytest.raises(ValueError, match="too small"):
        tuning_run(train, GRID, on_error="raise", echo=False)


def test_echo(runs_dir, capsys):
    tuning_run(train, {"layer1": [32]})
    assert capsys.readouterr().out == "training 32\n"
    found = tuning_run(train, {"layer1": [64]}, echo=False)
    assert capsys.readouterr().out == ""
    assert open(found.loc[0, "output"]).read() == "training 64\n"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((train, 3), TypeError, "flags is a int; give a mapping"),
        ((train, {"layer1": []}), ValueError, "holds no combination|empty|non-empty"),
        (("none.py", {"a": [1]}), FileNotFoundError, r"target='none\.py' is no file"),
    ],
)
def test_bad_arguments(runs_dir, arguments, error, message):
    with pytest.raises(error, match=message):
        tuning_run(*arguments)


@pytest.mark.parametrize("sample", [0, -1, 1.5, True, "half"])
def test_bad_samples(runs_dir, sample):
    with pytest.raises(ValueError, match="neither a number of combinations nor a share"):
        tuning_run(train, GRID, sample=sample)


def test_options_of_a_script_are_none_of_a_function(runs_dir):
    with pytest.raises(TypeError, match="isolate says how a script is run; train is a function"):
        tuning_run(train, GRID, isolate=False)
