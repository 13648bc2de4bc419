"""Saved estimators: their parameters, as each of them says, and what a fit leaves."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator

from estimators.base.estimator import KerasEstimator
from estimators.base.pixels import Pixels
from estimators.engine.trained_members import TrainedMembers
from estimators.engine.trained_network import TrainedNetwork
from estimators.heads.head import Head
from estimators.heads.held_out import HeldOutRows
from estimators.persistence.serialization.schemas.schema import Schema, schema
from feature_specs import FeatureSpec

_FITTED = {
    "feature_names_in_": np.ndarray,
    "n_features_in_": int,
    "head_": Head,
    "held_out_": HeldOutRows | None,
    "_specs_": dict[str, FeatureSpec | FrozenEstimator | Pixels],
    "builder_": KerasEstimator,
    "log_dir_": str | Path | None,
    "task_": str,
    "warm_start_report_": pd.DataFrame,
    "_candidate_count": int,
    "_chosen_l2": float | None,
    "_weights_file": Path,
    # Of estimators within a blend; of one by itself it is another part of the file.
    "trained_": TrainedNetwork | TrainedMembers,
    "estimators_": dict[str, KerasEstimator],
    "weights_": dict[str, float],
}


def estimators() -> dict[type[KerasEstimator], Schema]:
    """Return what is known of every public estimator.

    Values of parameters are checked by the estimator itself, as before a fit.
    """
    face = importlib.import_module("estimators")
    found = (getattr(face, name) for name in face.__all__)
    return {
        cls: _schema(cls)
        for cls in found
        if isinstance(cls, type) and issubclass(cls, KerasEstimator)
    }


def _schema(cls: type[KerasEstimator]) -> Schema:
    parameters: dict[str, Any] = dict.fromkeys(cls._get_param_names(), object)
    return schema({}, optional={**parameters, **_FITTED}, agrees=_is_legal)


def _is_legal(estimator: KerasEstimator) -> bool:
    estimator._validate_params()
    if "estimators" in estimator._get_param_names():
        return "head_" not in vars(estimator) or _is_blend(estimator)
    if hasattr(estimator, "estimators_"):
        return False
    builder = getattr(estimator, "builder_", None)
    if builder is None:
        return True
    # What it predicts with is what its network was built on.
    return (
        type(builder) is type(estimator)
        and builder.head_ is estimator.head_
        and builder._specs_.keys() == estimator._specs_.keys()
        and all(builder._specs_[side] is spec for side, spec in estimator._specs_.items())
    )


def _is_blend(blend: KerasEstimator) -> bool:
    """Return whether there are fitted estimators on the columns of the blend, and their weights."""
    weights = getattr(blend, "weights_", {})
    return (
        weights.keys() == blend.estimators_.keys()
        and all(0 <= weight <= 1 for weight in weights.values())
        and abs(sum(weights.values()) - 1) < 1e-6
        and all(
            "trained_" in vars(each)
            and type(each.head_) is type(blend.head_)
            and each.head_.units == blend.head_.units
            and each.head_.averaging == blend.head_.averaging
            and any(each._specs_.get("") is spec for spec in blend._specs_.values())
            for each in blend.estimators_.values()
        )
    )
