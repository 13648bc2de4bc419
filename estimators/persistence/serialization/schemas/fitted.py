"""Saved heads and trained networks: what a fit leaves beside its encoders."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from sklearn.preprocessing import LabelEncoder

from estimators.base.pixels import Pixels
from estimators.engine.history import History
from estimators.engine.state import State
from estimators.engine.trained_members import TrainedMembers
from estimators.engine.trained_network import TrainedNetwork
from estimators.heads.classification import (
    BinaryHead,
    MultiClassHead,
    MultiLabelHead,
    OneHotHead,
)
from estimators.heads.held_out import HeldOutRows
from estimators.heads.losses import QuantileLoss
from estimators.heads.objectives import QuantilesObjective, RegressionObjective, UnitsObjective
from estimators.heads.ordinal import OrdinalHead
from estimators.heads.quantiles import QuantilesHead
from estimators.heads.regression import (
    CountHead,
    NegativeBinomialHead,
    RegressionHead,
    TweedieHead,
)
from estimators.persistence.checkpoints import Checkpoints
from estimators.persistence.serialization.attribute_types import Count, Finite, Function
from estimators.persistence.serialization.schemas.schema import Schema, schema

_LOSS = keras.losses.Loss | Function
_CLASSES = {"loss": _LOSS | None, "from_probabilities": bool, "total_weight": float}
_VALUES = {"is_vector_": bool, "units": Count, "offset_": Finite, "total_weight": float}
_SCALED = {**_VALUES, "standardize": bool, "scale_": Finite}


def _are_classes(count: int, head: BinaryHead | MultiClassHead | MultiLabelHead) -> bool:
    return head.classes_.shape == (count,)


def _are_labels(head: BinaryHead | MultiClassHead) -> bool:
    return _are_classes(head.units, head) and np.array_equal(head.labels_.classes_, head.classes_)


def _are_held_out(held: HeldOutRows) -> bool:
    rows, of_rows = held.rows, (held.y, held.weight, held.outputs, held.pattern_of)
    return (
        len(rows) > 0
        and all(array.ndim > 0 and len(array) == len(rows) for array in of_rows)
        and (rows.ndim, held.weight.ndim, held.outputs.ndim, held.patterns.ndim) == (1, 1, 2, 2)
        and _are_places(held.pattern_of, len(held.patterns))
        # Rows that were given to validate on have no place among those of the fit.
        and ((rows == -1).all() or _are_places(rows, held.row_count))
        and ((rows == -1).all() or len(np.unique(rows)) == len(rows))
        and bool((held.weight > 0).all())
        and held.patterns.dtype == bool
        and bool(held.patterns.any(axis=1).all())
    )


def _are_places(places: np.ndarray, end: int) -> bool:
    return places.dtype.kind == "i" and bool(((places >= 0) & (places < end)).all())


def _is_trained(trained: TrainedNetwork) -> bool:
    slots, history = trained.state.slots, trained.history
    return (
        len(trained.names) == len(trained.weights)
        and bool(slots)
        and all(bool(of_one) and of_one[0].shape == () for of_one in slots)
        and slots[0][0].dtype.kind in "iu"
        and len(trained.learning_rates) == len(slots)
        and all(len(values) == len(history.epoch) for values in history.values())
    )


def _are_members(trained: TrainedMembers) -> bool:
    """Return whether there are two or more, none of them twice, of one kind."""
    members = trained.members
    return len({id(member.state) for member in members}) == len(members) > 1 and all(
        _kind_of(member) == _kind_of(members[0]) for member in members
    )


def _kind_of(trained: TrainedNetwork) -> tuple:
    arrays = (trained.weights, *trained.state.slots)
    shapes = [[(str(array.dtype), array.shape) for array in part] for part in arrays]
    return shapes, trained.names, trained.batch_size, trained.learning_rates


# The key is one of compiled networks, which a file must not choose.
_OF_LOSS = schema({"loss": _LOSS, "measure_names": tuple[str, ...]}, made_again=("key",))

SCHEMAS: dict[type, Schema] = {
    BinaryHead: schema(
        {**_CLASSES, "labels_": LabelEncoder, "classes_": np.ndarray},
        agrees=lambda head: (
            _are_classes(2, head) and np.array_equal(head.labels_.classes_, head.classes_)
        ),
    ),
    MultiClassHead: schema(
        {**_CLASSES, "units": Count, "labels_": LabelEncoder, "classes_": np.ndarray},
        agrees=_are_labels,
    ),
    OrdinalHead: schema(
        {**_CLASSES, "units": Count, "classes_": np.ndarray},
        agrees=lambda head: _are_classes(head.units + 1, head),
    ),
    OneHotHead: schema(
        {**_CLASSES, "units": Count, "classes_": np.ndarray},
        agrees=lambda head: _are_classes(head.units, head),
    ),
    MultiLabelHead: schema(
        {**_CLASSES, "units": Count, "classes_": np.ndarray},
        optional={"first_row_not_one_hot_": int | None},
        agrees=lambda head: _are_classes(head.units, head),
    ),
    RegressionHead: schema(
        {**_SCALED, "objective": RegressionObjective | UnitsObjective},
        optional={"to_lose_": float},
        agrees=lambda head: head.offset_.shape == head.scale_.shape == (head.units,),
    ),
    QuantilesHead: schema(
        {**_SCALED, "objective": QuantilesObjective},
        agrees=lambda head: (
            head.offset_.shape == head.scale_.shape == (head.units,)
            and isinstance(head.objective.loss, QuantileLoss)
            and head.objective.loss.is_several
            and head.units % len(head.quantiles) == 0
        ),
    ),
    CountHead: schema(
        _VALUES,
        optional={"from_means": bool},
        agrees=lambda head: head.offset_.shape == (head.units,),
    ),
    NegativeBinomialHead: schema(
        {**_VALUES, "alpha": float},
        optional={"from_means": bool},
        agrees=lambda head: head.offset_.shape == (head.units,) and head.alpha > 0,
    ),
    TweedieHead: schema(
        {**_VALUES, "power": float},
        optional={"from_means": bool},
        agrees=lambda head: head.offset_.shape == (head.units,) and 1 <= head.power <= 3,
    ),
    HeldOutRows: schema(
        {
            "rows": np.ndarray,
            "row_count": int,
            "y": np.ndarray,
            "weight": Finite,
            "outputs": Finite,
            "patterns": np.ndarray,
            "pattern_of": np.ndarray,
        },
        agrees=_are_held_out,
    ),
    RegressionObjective: _OF_LOSS,
    QuantilesObjective: _OF_LOSS,
    UnitsObjective: _OF_LOSS,
    LabelEncoder: schema({"classes_": np.ndarray}, optional={"_sklearn_version": str}),
    Pixels: schema(
        {"rescale": float | Literal["auto"]},
        optional={
            "shape_": tuple[Count, ...],
            "dtype_": Literal["uint8", "float32"],
            "scale_": float,
            "is_up_to_one_": bool,
        },
    ),
    Checkpoints: schema(
        {
            "model_dir": str | Path,
            "save_freq": int | str,
            "save_seconds": float | None,
            "keep": int,
        },
        rebuild=lambda state: Checkpoints(**state),
    ),
    History: schema(
        {"epoch": list[int], "best_epoch": int | None, "_measures": dict[str, list[float]]}
    ),
    TrainedNetwork: schema(
        {
            "state": State,
            "history": History,
            "seed": int,
            "learning_rates": tuple[float | None, ...],
            "batch_size": int,
            "names": list[str | None],
        },
        optional={"_placed": None},
        agrees=_is_trained,
    ),
    TrainedMembers: schema(
        {"members": list[TrainedNetwork], "seed": int},
        agrees=_are_members,
    ),
}
# Named tuples are written by their items.
TUPLES = {State: tuple[list[np.ndarray], list[list[np.ndarray]]]}

# What a checkpoint knows of the fit that made it.
_PLAIN = bool | int | float | str | np.generic | np.ndarray | None
PROGRESS: dict[str, Any] = {
    "epoch": int,
    "step": int,
    "totals": np.ndarray | None,
    "first_epoch": int,
    "first_iteration": int,
    "last_epoch": int,
    "best": dict[str, _PLAIN],
    "best_weights": list[np.ndarray],
    "is_stopped": bool,
    "callbacks": dict[str, dict[str, _PLAIN | list[_PLAIN | list[_PLAIN]]]],
    "parameters": dict[str, str],
    "data": str,
    "seed": int,
}
