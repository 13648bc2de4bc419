"""A fit of a feature spec under way: the table, and the features that steps have made so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from feature_specs.columns.column_info import ColumnInfo
from feature_specs.columns.selectors import as_selector
from feature_specs.columns.table import Table
from feature_specs.encoders.encoder import CategoricalEncoder, Encoder, NumericEncoder
from feature_specs.encoders.features import feature_infos
from feature_specs.encoders.numeric import ColumnsEncoder
from feature_specs.encoders.vocabulary import VocabularyEncoder
from feature_specs.networks.representations import Representation


class Fitting:
    """What steps read and write while a spec is fitted.

    Parameters
    ----------
    table : Table
    columns : list of ColumnInfo
        The raw columns that the formula lets through.
    sample_weight : array, optional
    """

    def __init__(
        self, table: Table, columns: list[ColumnInfo], sample_weight: np.ndarray | None
    ) -> None:
        self.table = table
        self.columns = columns
        self.sample_weight = sample_weight
        self.features: dict[str, Encoder] = {}
        self.representations: dict[str, list[Representation]] = {}

    def info(self, name: str) -> ColumnInfo:
        """Return what is known of a raw column or feature."""
        return next(info for info in self._infos() if info.name == name)

    def select(self, columns: Any) -> list[str]:
        """Return the names of raw columns and derived features that a selector chooses."""
        return as_selector(columns)(self._infos())

    def select_features(self, columns: Any) -> list[str]:
        """Return the chosen names that are features by now."""
        made = {info.name for info in feature_infos(self.features)}
        return [name for name in self.select(columns) if name in made]

    def select_categorical(self, columns: Any) -> list[str]:
        """Return the chosen names of categorical features.

        Raises
        ------
        ValueError
            Where none of the chosen columns is categorical.
        """
        chosen = self.select(columns)
        found = [n for n in chosen if isinstance(self.features.get(n), CategoricalEncoder)]
        if chosen and not found:
            raise ValueError(
                f"Column {chosen[0]!r} is no categorical feature; add a categorical, hash, "
                "identity or bucketized step for it first."
            )
        return found

    def add(self, encoder: Encoder) -> None:
        """Add a feature; a later one of the same name takes its place."""
        if isinstance(encoder, CategoricalEncoder):
            encoder.fit(self.table)
        # A block of columns is named after its step; a column may be called the same.
        is_block = isinstance(encoder, ColumnsEncoder)
        self.features[f"{encoder.name}:columns" if is_block else encoder.name] = encoder

    def represent(self, feature: str, representation: Representation) -> None:
        """Add a way in which a categorical feature enters a network."""
        self.representations.setdefault(feature, []).append(representation)

    def remove(self, name: str) -> None:
        """Leave a feature out."""
        for key, encoder in list(self.features.items()):
            if isinstance(encoder, ColumnsEncoder) and name in encoder.columns:
                encoder.columns = [column for column in encoder.columns if column != name]
            elif key == name:
                del self.features[key]
                self.representations.pop(name, None)

    def share_vocabulary(self, features: list[str]) -> None:
        """Give several features the union of their vocabularies.

        Raises
        ------
        ValueError
            For features that have none.
        """
        encoders = [self.features[name] for name in features]
        for encoder in encoders:
            if not isinstance(encoder, VocabularyEncoder):
                raise ValueError(f"Column {encoder.name!r} has no vocabulary to share.")
        if len({encoder.dtype for encoder in encoders}) > 1:
            raise ValueError(
                f"Columns {', '.join(map(repr, features))} cannot share a vocabulary, because some "
                "hold text and some whole numbers; convert them all with astype(str)."
            )
        union = sorted(set().union(*(encoder.vocabulary for encoder in encoders)))
        for encoder in encoders:
            encoder.set_vocabulary(union)
            encoder.note_training(self.table)

    def finish(self) -> dict[str, Encoder]:
        """Fit what had to wait for the last step; return the features."""
        for key, encoder in list(self.features.items()):
            if isinstance(encoder, ColumnsEncoder) and not encoder.columns:
                del self.features[key]
            elif isinstance(encoder, NumericEncoder):
                encoder.fit(self.table, self.sample_weight)
        return self.features

    def _infos(self) -> list[ColumnInfo]:
        raw = {info.name for info in self.columns}
        made = feature_infos(self.features)
        return [*self.columns, *(info for info in made if info.name not in raw)]
