"""Attributes that are paths: no stranger's file chooses where a fit reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from estimators.persistence.checkpoints import Checkpoints
from estimators.persistence.serialization.trusted import Known
from feature_specs.text.word_vector_sources import GLOVE

# What a model is made of, so that it comes with its path or not at all.
_NEEDED = ("folder", "vocabulary_file", "pretrained")
# Where a fit acts beside the model, which is as good without.
_BESIDE = ("model_dir", "log_dir", "log_dir_", "warm_start_from", "_weights_file")


def without_paths(state: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Return the attributes of an object of ours without paths that are not trusted.

    Raises
    ------
    ModelFileError
        Where the object is nothing without its path.
    """
    kept = dict(state)
    for name in _NEEDED:
        if isinstance(state.get(name), str | Path) and state[name] != GLOVE:
            known.check_path(name, state[name])
    for name in _BESIDE:
        value = state.get(name)
        path = value.model_dir if isinstance(value, Checkpoints) else value
        if isinstance(path, str | Path) and not known.keeps_path(name, path):
            kept[name] = None
    if kept.get("_weights_file", ...) is None:
        del kept["_weights_file"]
    return kept
