"""Which raw columns the features of a network are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scipy.sparse import csr_array

from feature_specs.encoders.features import (
    NUMERIC,
    categorical_encoders,
    key_of,
    numeric_sources,
    weight_key_of,
)

if TYPE_CHECKING:
    from estimators.engine.compiled.path_integral import FeatureGroup
    from feature_specs import FeatureSpec


def column_shares(
    groups: Sequence[FeatureGroup], specs: Mapping[str, FeatureSpec], columns: Sequence[str]
) -> csr_array:
    """Return which share of each group is each column's.

    What several columns make together (a cross, categories with weights, the time from one date to
    another) is split equally.

    Parameters
    ----------
    groups : sequence of FeatureGroup
    specs : mapping of str to FeatureSpec
        Fitted, by their prefix in the network's inputs.
    columns : sequence of str
        Names of the raw columns.

    Returns
    -------
    sparse array of shape (groups, columns)
        Each row has a sum of 1.
    """
    sources = _sources(specs)
    places = {name: place for place, name in enumerate(columns)}
    made_of = [sources[group.inputs[0], group.place] for group in groups]
    rows = [row for row, names in enumerate(made_of) for _ in names]
    found = [places[name] for names in made_of for name in names]
    shares = [1 / len(names) for names in made_of for _ in names]
    return csr_array((shares, (rows, found)), shape=(len(groups), len(columns)))


def _sources(specs: Mapping[str, FeatureSpec]) -> dict[tuple[str, int | None], list[str]]:
    """Return the raw columns by input and, of a block of numbers, place."""
    found: dict[tuple[str, int | None], list[str]] = {}
    for side, spec in specs.items():
        for place, names in enumerate(numeric_sources(spec.features_)):
            found[f"{side}{NUMERIC}", place] = names
        for name, encoder in categorical_encoders(spec.features_).items():
            for key in (key_of(name), weight_key_of(name)):
                found[f"{side}{key}", None] = list(encoder.sources)
    return found
