"""The fit of a blend: one spec, one split into folds, one model of each kind, their weights."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping
from copy import copy, deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joblib import effective_n_jobs

from estimators.base.encoding import fit_specs
from estimators.base.fit import check_rows, find_origin, learn_target
from estimators.base.fit_extension import FitRequest
from estimators.engine.loop.time_limit import TimeLimit
from estimators.families.blends.kinds import (
    KINDS,
    chosen_estimators,
    default_specs,
    is_name,
    side_of,
)
from estimators.families.networks.sides import spec_of
from estimators.files import check_folder
from estimators.heads.blending import blend_weights
from estimators.persistence.begun_fit import BegunFit, begun_in, interruption
from estimators.persistence.checkpointing import clear
from estimators.persistence.checkpoints import (
    Checkpoints,
    checkpoint_name,
    checkpoints_in,
    has_checkpoints,
)
from estimators.persistence.model_file import estimators_in, save_model
from feature_specs.columns.column_warning import level_of_caller, told_once

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator

# What a blend hands on to each of its estimators.
_HANDED_ON = (
    *("loss", "class_weight", "standardize_target"),
    *("jit_compile", "n_jobs", "verbose", "callbacks"),
)
_SHARE = 0.5
# Of the time: a kind that begins with less would spend it on being compiled.
_LEAST_LEFT = 0.2
_MEMBERS, _MANY_MEMBERS = 5, 10
# By fewer rows than these a member of many finds its best epoch by chance.
_FEWEST_HELD_OUT = 64


def fit_blend(blend: KerasEstimator, request: FitRequest) -> None:
    """Fit the spec of `blend` and all its estimators, and weigh them.

    Parameters
    ----------
    blend : TabularClassifier or TabularRegressor
    request : FitRequest
    """
    began = time.monotonic()
    blend._validate_params()
    _check_settings(blend)
    with told_once():
        rows, _ = check_rows(blend, request)
        learn_target(blend, rows, request)
        blend.head_.total_weight = rows.weight.sum()
        own = blend.get_params(deep=False)
        chosen = chosen_estimators(blend.estimators, blend.quality, blend.head_, own)
        _check_folders(blend, chosen)
        seed = _seed_of(blend, request, chosen)
        given = blend.feature_spec
        specs = default_specs(chosen.values()) if given is None else {"": given}
        blend._specs_ = fit_specs(specs, rows)
        limit = None if blend.time_limit is None else began + blend.time_limit
        if not request.resume:
            _make_room(blend, chosen)
        members = members_of(blend, len(rows.y))
        blend.estimators_ = _fitted(blend, chosen, members, request, seed, limit)
    _weigh(blend)
    _keep_checkpoint(blend)


def members_of(blend: KerasEstimator, row_count: int) -> int:
    """Return how many networks of each kind are trained."""
    if blend.members != "auto":
        return blend.members
    are_many = blend.quality == "best" and row_count >= _MANY_MEMBERS * _FEWEST_HELD_OUT
    return _MANY_MEMBERS if are_many else _MEMBERS


def _check_settings(blend: KerasEstimator) -> None:
    if blend.members == 1 or blend.members_split == "seeds":
        raise ValueError(
            f"members={blend.members!r} with members_split={blend.members_split!r} holds out no "
            "rows, by which a blend weighs its estimators; take two members or more, by folds."
        )


def _check_folders(blend: KerasEstimator, names: Iterable[str]) -> None:
    """Raise where a folder of the blend or of an estimator cannot be one."""
    folders = {} if blend.model_dir is None else {"model_dir": _folder_of(blend)}
    if blend.log_dir is not None:
        folders["log_dir"] = Path(blend.log_dir)
    for parameter, folder in folders.items():
        for path in (folder, *(folder / name for name in names)):
            check_folder(path, parameter)


def _seed_of(blend: KerasEstimator, request: FitRequest, names: Iterable[str]) -> int:
    """Return the seed of all estimators, by which they have the same folds.

    Raises
    ------
    ValueError
        Where a fit is to be resumed without a folder or from one of two fits, or is to begin anew
        in that of an interrupted one.
    """
    begun = None
    if request.resume:
        if blend.model_dir is None:
            raise ValueError(
                "resume=True continues a fit from its checkpoints; say by model_dir= where."
            )
        folder = _folder_of(blend)
        begun = _begun_of_all(folder, names)
    elif blend.model_dir is not None:
        place = _interruption(_folder_of(blend), names)
        if place is not None:
            raise ValueError(
                f"model_dir={str(_folder_of(blend))!r} holds the checkpoints of a fit that was "
                f"interrupted {place}; continue it by fit(..., resume=True), or delete the folder."
            )
    return find_origin(blend, request, ()).seed if begun is None else begun.seed


def _begun_of_all(folder: Path, names: Iterable[str]) -> BegunFit | None:
    """Return where a network of the first estimator got to, if the others are of the same fit."""
    found = {name: next(iter(begun_in(folder / name).values()), None) for name in names}
    begun = {name: fit for name, fit in found.items() if fit is not None}
    first = next(iter(begun), None)
    other = next((name for name, fit in begun.items() if fit.seed != begun[first].seed), None)
    if other is not None:
        raise ValueError(
            f"model_dir={str(folder)!r} holds checkpoints of two fits: what is in {other!r} is of "
            f"another fit than that in {first!r}; delete one of these folders, or start anew in "
            "another."
        )
    return begun.get(first)


def _interruption(folder: Path, names: Iterable[str]) -> str | None:
    """Return in words where an earlier fit of a blend was interrupted, None where it ended."""
    ended = None
    for name in names:
        place = interruption(folder / name)
        if place is not None:
            return f"in {name!r}, {place}"
        ended = name if checkpoints_in(folder / name) else ended
    return None if ended is None or checkpoints_in(folder) else f"after {ended!r}"


def _make_room(blend: KerasEstimator, names: Iterable[str]) -> None:
    """Remove the checkpoints of an earlier fit, the whole blend last."""
    if blend.model_dir is None:
        return
    folder = _folder_of(blend)
    earlier = [name for path in checkpoints_in(folder) for name in estimators_in(path)]
    for name in dict.fromkeys([*filter(is_name, earlier), *names]):
        clear(folder / name)
    for old in checkpoints_in(folder):
        old.unlink()


def _folder_of(blend: KerasEstimator) -> Path:
    given = blend.model_dir
    return given.folder if isinstance(given, Checkpoints) else Path(given)


def _fitted(
    blend: KerasEstimator,
    chosen: Mapping[str, KerasEstimator],
    members: int,
    request: FitRequest,
    seed: int,
    end: float | None,
) -> dict[str, KerasEstimator]:
    """Return the estimators, fitted one after another as long as there is time."""
    fitted: dict[str, KerasEstimator] = {}
    cut: list[str] = []
    for name, estimator in chosen.items():
        left = None if end is None else end - time.monotonic()
        if fitted and left is not None and left < _LEAST_LEFT * blend.time_limit:
            break
        estimator.set_params(**_parameters_of(blend, name, estimator, members, seed))
        is_last = len(fitted) == len(chosen) - 1
        limit = None
        if left is not None:
            share = 1.0 if is_last else KINDS[name].share if name in KINDS else _SHARE
            at_once = min(members, effective_n_jobs(blend.n_jobs))
            limit = TimeLimit(max(0.0, left * share), members, at_once)
        has_begun = request.resume and has_checkpoints(_folder_of(estimator))
        own = {"epochs": estimator.epochs, "resume": has_begun, "must_hold_out": True}
        estimator._fit(replace(request, time_limit=limit, seed=seed, **own))
        _check_alike(blend, name, estimator, next(iter(fitted.values()), estimator))
        _leave_folders(estimator)
        if limit is not None and limit.ended:
            cut.append(f"{name!r} after {max(limit.ended)} epoch(s)")
        fitted[name] = estimator
    left_out = [name for name in chosen if name not in fitted]
    if cut or left_out:
        ended = [f"ended {', '.join(cut)}"] * bool(cut)
        without = [f"left out {', '.join(map(repr, left_out))}"] * bool(left_out)
        warnings.warn(
            f"time_limit={blend.time_limit} s {' and '.join([*ended, *without])}; more time may "
            "make a better model.",
            stacklevel=level_of_caller(),
        )
    return fitted


def _check_alike(
    blend: KerasEstimator, name: str, estimator: KerasEstimator, first: KerasEstimator
) -> None:
    """Raise where what an estimator gives cannot be averaged with that of the first."""
    head, own = blend.head_, estimator.head_
    if type(own) is not type(head) or own.averaging != head.averaging:
        raise ValueError(
            f"The network of {name!r} does not end in what a blend averages here, outputs for "
            f"{type(head).__name__}; let it end in a layer without activation."
        )
    if not first.held_out_.has_rows_of(estimator.held_out_):
        raise ValueError(
            f"members_split={blend.members_split!r} makes other splits for {name!r} than for the "
            "estimators before; give it a random_state that is a number."
        )


def _leave_folders(estimator: KerasEstimator) -> None:
    """Let a fitted estimator act no more where the blend does: it may be fitted alone."""
    for each in (estimator, estimator.builder_):
        each.model_dir = each.log_dir = each.callbacks = None


def _parameters_of(
    blend: KerasEstimator, name: str, estimator: KerasEstimator, members: int, seed: int
) -> dict[str, Any]:
    """Return what a blend hands on, folders within its own."""
    parameters = {parameter: getattr(blend, parameter) for parameter in _HANDED_ON}
    spec = spec_of(blend._specs_, side_of(estimator))
    parameters |= {"feature_spec": spec, "random_state": seed, "members": members}
    # Each asks a splitter that is in the same state.
    parameters["members_split"] = deepcopy(blend.members_split)
    if blend.model_dir is not None:
        folder = _folder_of(blend) / name
        parameters["model_dir"] = folder
        if isinstance(blend.model_dir, Checkpoints):
            parameters["model_dir"] = copy(blend.model_dir)
            parameters["model_dir"].model_dir = folder
    if blend.log_dir is not None:
        parameters["log_dir"] = Path(blend.log_dir) / name
    return parameters


def _weigh(blend: KerasEstimator) -> None:
    """Weigh the estimators by the rows that they held out, and keep these with their average."""
    held = [estimator.held_out_ for estimator in blend.estimators_.values()]
    first = held[0]
    outputs = [each.outputs for each in held]
    weights = blend_weights(blend.head_, first.y, first.weight, outputs)
    blend.weights_ = dict(zip(blend.estimators_, weights.tolist(), strict=True))
    blend.held_out_ = replace(first, outputs=blend._blended(outputs))


def _keep_checkpoint(blend: KerasEstimator) -> None:
    """Let the whole blend be the newest checkpoint of its folder."""
    if blend.model_dir is None:
        return
    kept = copy(blend)
    kept.callbacks = None
    path = _folder_of(blend) / checkpoint_name(blend.trained_.iterations)
    save_model(kept, path)
    for old in checkpoints_in(path.parent):
        if old != path:
            old.unlink()
