"""The names of the classes, and that there is one title, label or prediction for every image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["check_lengths", "names_of"]


def names_of(
    labels: np.ndarray, class_names: Sequence[str] | None, classes: np.ndarray | None = None
) -> list[str]:
    """Return the name of each label: of its place among `classes`, or from 0 on without them."""
    labels = np.asarray(labels)
    if class_names is None:
        return [str(label) for label in labels.tolist()]
    if classes is not None and len(class_names) != len(classes):
        raise ValueError(
            f"class_names has {len(class_names)} names for {len(classes)} classes; give one for "
            "each."
        )
    known = range(len(class_names)) if classes is None else np.asarray(classes).tolist()
    names = dict(zip(known, class_names))
    for label in labels.tolist():
        if label not in names:
            raise ValueError(
                f"class_names has {len(class_names)} names and none for the label {label!r}; give "
                + (
                    "one for each whole number from 0 on."
                    if classes is None
                    else f"labels of {known}."
                )
            )
    return [names[label] for label in labels.tolist()]


def check_lengths(**given: Any) -> None:
    """Raise ValueError unless there are as many of each, which are named as they are passed."""
    counts = {what: len(items) for what, items in given.items()}
    if len(set(counts.values())) > 1:
        found = " and ".join(f"{count} {what}" for what, count in counts.items())
        raise ValueError(f"There are {found}; give one of each for every image.")
