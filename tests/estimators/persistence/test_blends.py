"""Files and checkpoints of blends: resumed to the same bits, loaded whole, forged in vain."""

import re
import warnings

import keras
import numpy as np
import pytest
from fitted_cases import VALUES, X
from forging import changed, objects
from sklearn.base import clone
from test_checkpoints import CrashAt, interrupted

from estimators import (
    Checkpoints,
    DNNRegressor,
    LinearRegressor,
    TabularRegressor,
    latest_checkpoint,
    load_model,
)
from estimators.persistence.archive import ModelFileError
from estimators.runs import ls_runs, start_run

BLEND = TabularRegressor(
    estimators=[
        ("linear", LinearRegressor(epochs=4)),
        ("deep", DNNRegressor(hidden_units=8, dropout=0.2, epochs=4, numeric_embedding=None)),
    ],
    members=2, jit_compile=False, random_state=0,
)  # fmt: skip


class Crash(CrashAt):
    """Ends the fit like a crash, in an epoch of one of the networks."""

    def __init__(self, network, epoch):
        super().__init__(epoch)
        self.networks_to_come = network + 1

    def on_train_begin(self, logs=None):
        self.networks_to_come -= 1

    def on_epoch_begin(self, epoch, logs=None):
        if self.networks_to_come == 0:
            super().on_epoch_begin(epoch, logs)


@pytest.fixture(scope="module")
def straight():
    return clone(BLEND).fit(X, VALUES)


@pytest.fixture(scope="module")
def saved(straight, tmp_path_factory):
    path = tmp_path_factory.mktemp("blend") / "model"
    straight.save(path)
    return path


def assert_equal_blends(one, other):
    assert one.weights_ == other.weights_
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
    np.testing.assert_array_equal(one.oof_prediction_, other.oof_prediction_)
    ours, theirs = one.trained_.named_weights, other.trained_.named_weights
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize(
    ("network", "epoch", "place"),
    [
        (1, 2, "in 'linear', member 2"),
        (2, 0, "after 'linear'"),
        (2, 2, "in 'deep', member 1"),
        (3, 3, "in 'deep', member 2"),
    ],
)
@pytest.mark.parametrize("ended", [False, True], ids=["", "over a fit that ended"])
def test_a_resumed_fit_has_the_bits_of_an_uninterrupted_one(
    network, epoch, place, ended, straight, tmp_path
):
    model = clone(BLEND).set_params(model_dir=tmp_path)
    if ended:
        clone(model).set_params(random_state=1).fit(X, -VALUES)
    interrupted(model, X, VALUES, Crash(network, epoch))
    with pytest.raises(ValueError, match=f"interrupted {re.escape(place)}; continue it by fit"):
        clone(model).fit(X, VALUES)
    with pytest.raises(FileNotFoundError, match="none of (their blend|all of them) yet|no check"):
        load_model(tmp_path)
    assert_equal_blends(clone(model).fit(X, VALUES, resume=True), straight)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_equal_blends(load_model(tmp_path), straight)


@pytest.mark.filterwarnings("ignore:log_dir")
def test_the_folders_of_a_blend(straight, tmp_path):
    checkpoints = Checkpoints(tmp_path / "fit", keep=1)
    model = clone(BLEND).set_params(model_dir=checkpoints, log_dir=tmp_path / "logs")
    model.fit(X, VALUES)
    newest = latest_checkpoint(tmp_path / "fit")
    assert model.latest_checkpoint_ == newest
    assert {p.name for p in (tmp_path / "fit").iterdir()} == {"linear", "deep", newest.name}
    assert {p.name for p in (tmp_path / "logs").iterdir()} == {"linear", "deep"}
    deep = load_model(tmp_path / "fit" / "deep")
    np.testing.assert_array_equal(deep.predict(X), model.estimators_["deep"].predict(X))
    # One that ended is resumed at once, and makes room for another.
    assert_equal_blends(clone(model).fit(X, VALUES, resume=True), straight)
    assert_equal_blends(clone(model).fit(X, VALUES), straight)
    before = newest.stat()
    model.estimators_["deep"].fit(X, -VALUES)
    assert newest.stat() == before
    np.testing.assert_array_equal(load_model(tmp_path / "fit" / "deep").predict(X), deep.predict(X))


def test_a_fit_anew_leaves_nothing_of_other_estimators(tmp_path):
    model = clone(BLEND).set_params(model_dir=tmp_path, random_state=None)
    clone(model).fit(X, VALUES)
    LinearRegressor(epochs=1, model_dir=tmp_path / "mine").fit(X, VALUES)
    clone(model).set_params(estimators=BLEND.estimators[:1]).fit(X, VALUES)
    left = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*.model")}
    assert left == {"linear", "mine", latest_checkpoint(tmp_path).name}
    # Networks of the first fit, with other folds, would stop it.
    seeds = {e.trained_.seed for e in model.fit(X, VALUES, resume=True).estimators_.values()}
    assert len(seeds) == 1


def test_checkpoints_of_two_fits_are_not_resumed_as_one(tmp_path):
    linear, deep = BLEND.estimators
    model = clone(BLEND).set_params(model_dir=tmp_path)
    interrupted(clone(model).set_params(estimators=[deep], random_state=1), X, VALUES, Crash(1, 2))
    clone(model).set_params(estimators=[linear]).fit(X, VALUES)
    with pytest.raises(ValueError, match="'deep' is of another fit than that in 'linear'; delete"):
        model.fit(X, VALUES, resume=True)


@pytest.mark.parametrize("parameter", ["model_dir", "log_dir"])
def test_no_folder_may_be_a_file(parameter, tmp_path):
    path = tmp_path / "fit" / "deep"
    path.parent.mkdir()
    path.touch()
    for folder in (path.parent, path, path / "below"):
        model = clone(BLEND).set_params(**{parameter: folder})
        with pytest.raises(ValueError, match=f"{parameter}=.* since .*fit/deep' is a file; name"):
            model.fit(X, VALUES)


@pytest.mark.parametrize(
    ("change", "shift", "message"),
    [
        ({"members_split": "bootstrap"}, 0, "members_split='bootstrap' is not what"),
        ({}, 1, "rows or targets are not those"),
        ({"model_dir": None}, 0, "resume=True continues a fit from its checkpoints; say by"),
    ],
)
def test_another_fit_cannot_be_resumed(change, shift, message, tmp_path):
    model = clone(BLEND).set_params(model_dir=tmp_path)
    interrupted(model, X, VALUES, Crash(2, 2))
    with pytest.raises(ValueError, match=message):
        model.set_params(**change).fit(X, VALUES + shift, resume=True)


def test_a_drawn_seed_is_kept(tmp_path):
    model = clone(BLEND).set_params(model_dir=tmp_path, random_state=None)
    interrupted(model, X, VALUES, Crash(2, 2))
    linear = load_model(tmp_path / "linear")
    model.fit(X, VALUES, resume=True)
    np.testing.assert_array_equal(linear.predict(X), model.estimators_["linear"].predict(X))
    seeds = {part.trained_.seed for part in model.estimators_.values()}
    assert len(seeds) == 1


def test_callbacks_see_all_and_stay_out_of_the_parts(tmp_path):
    seen = []
    watch = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: seen.append(1))
    model = clone(BLEND).set_params(callbacks=[watch]).fit(X, VALUES)
    assert len(seen) == 4
    with pytest.warns(UserWarning, match="LambdaCallback is left out") as told:
        model.save(tmp_path / "model")
    assert len(told) == 1
    assert load_model(tmp_path / "model").callbacks == []


def test_a_run_records_every_estimator(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with start_run() as run:
        clone(BLEND).fit(X, VALUES)
    counts = run.metrics.groupby(["fit", "member"])["epoch"].count()
    assert counts.to_dict() == {(f, m): 4 for f in (0, 1) for m in (1, 2)}
    assert run.damage == []
    assert len(ls_runs()) == 1


# Forged files


def blend(tree):
    return next(objects(tree, "TabularRegressor"))["state"]


def deep(tree):
    return next(part for part in objects(tree, "DNNRegressor") if "trained_" in part["state"])


def weigh(**weights):
    def change(tree):
        blend(tree)["weights_"]["items"].update(weights)

    return change


def swapped(tree):
    """Let the deep one have the networks of the linear one."""
    linear = next(p for p in objects(tree, "LinearRegressor") if "trained_" in p["state"])
    deep(tree)["state"]["trained_"] = linear["state"]["trained_"]


def one_member_less(tree):
    part = deep(tree)["state"]
    members = next(objects(part["trained_"], "TrainedMembers"))["state"]["members"]
    (members if isinstance(members, list) else members["items"]).pop()


FORGED = {
    "a weight beyond 1": weigh(linear=1.5, deep=-0.5),
    "weights of another sum": weigh(linear=0.3, deep=0.3),
    "a weight that is a text": weigh(linear="1", deep=0.0),
    "a weight too many": weigh(other=0.0),
    "no weights": lambda tree: blend(tree).pop("weights_") and None,
    "no estimators": lambda tree: blend(tree).pop("estimators_") and None,
    "an estimator that is not trained": lambda tree: deep(tree)["state"].pop("trained_") and None,
    "an estimator without builder": lambda tree: deep(tree)["state"].pop("builder_") and None,
    "networks of another estimator": swapped,
    "fewer members": one_member_less,
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_blend_is_refused(name, saved, tmp_path):
    changed(saved, tmp_path / "model", FORGED[name])
    with pytest.raises(ModelFileError) as raised:
        load_model(tmp_path / "model")
    assert "\n" not in str(raised.value)


def test_a_damaged_blend_is_refused(saved, tmp_path):
    content = saved.read_bytes()
    half = len(content) // 2
    for damaged in (content[:-100], content[:half] + b"damage" + content[half + 6 :]):
        (tmp_path / "model").write_bytes(damaged)
        with pytest.raises(ModelFileError):
            load_model(tmp_path / "model")
