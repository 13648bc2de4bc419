"""A fit of a feature spec under way: the table, and the features that steps have made so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from feature_specs.columns.column_info import ColumnInfo
from feature_specs.columns.column_warning import some_of, warn_of_column
from feature_specs.columns.selectors import as_selector
from feature_specs.columns.table import Table
from feature_specs.encoders.encoder import CategoricalEncoder, Encoder, NumericEncoder
from feature_specs.encoders.features import feature_infos
from feature_specs.encoders.numeric import ColumnsEncoder, MissingMark, Nothing
from feature_specs.encoders.vocabulary import VocabularyEncoder, in_order
from feature_specs.networks.representations import Representation

# Why a column is kept out of the network.
SAYS_NOTHING = "all rows have the same value"
NAMES_ROWS = "nearly every row has a new value"


class Fitting:
    """What steps read and write while a spec is fitted.

    Parameters
    ----------
    table : Table
    columns : list of ColumnInfo
        The raw columns that the formula lets through.
    sample_weight : array, optional

    Attributes
    ----------
    constant : set of str
        Raw columns that say nothing: one value in every row.
    silent : set of str
        Features that say nothing: one code in every row.
    left_out : dict of str to str
        What was asked for and is kept out of the network, with the reason.
    """

    def __init__(
        self, table: Table, columns: list[ColumnInfo], sample_weight: np.ndarray | None
    ) -> None:
        self.table = table
        self.columns = columns
        self._raw = {info.name for info in columns}
        self.sample_weight = sample_weight
        self.features: dict[str, Encoder] = {}
        self.representations: dict[str, list[Representation]] = {}
        self.constant = set(table.constant_columns())
        self.silent: set[str] = set()
        self.left_out: dict[str, str] = {}

    def info(self, name: str) -> ColumnInfo:
        """Return what is known of a raw column or feature."""
        return next(info for info in self._infos() if info.name == name)

    def select(self, columns: Any) -> list[str]:
        """Return the names of raw columns and derived features that a selector chooses.

        Those that say nothing are left out.
        """
        return [name for name in self.select_all(columns) if not self.says_nothing(name)]

    def select_all(self, columns: Any) -> list[str]:
        """Return the same with those that say nothing."""
        names = as_selector(columns)(self._infos())
        self.left_out |= {name: SAYS_NOTHING for name in names if self.says_nothing(name)}
        return names

    def says_nothing(self, name: str) -> bool:
        """Return whether there is nothing to learn from a raw column or derived feature."""
        is_silent = name in self.constant or (name in self.silent and name not in self._raw)
        return is_silent and name not in self.features

    def select_categorical(self, columns: Any) -> list[str]:
        """Return the chosen names of categorical features.

        Raises
        ------
        ValueError
            Where none of the chosen columns is categorical.
        """
        chosen = self.select(columns)
        found = [n for n in chosen if isinstance(self.features.get(n), CategoricalEncoder)]
        if chosen and not found and self.silent.isdisjoint(chosen):
            raise ValueError(
                f"Column {chosen[0]!r} is no categorical feature; add a categorical, hash, "
                "identity or bucketized step for it first."
            )
        return found

    def add(self, encoder: Encoder) -> bool:
        """Add a feature, unless it says nothing; a later one of the same name takes its place."""
        if isinstance(encoder, CategoricalEncoder):
            encoder.fit(self.table)
            if encoder.says_nothing():
                self.leave_out(encoder.name)
                return False
        # A block of columns is named after its step; a column may be called the same.
        is_block = isinstance(encoder, ColumnsEncoder)
        self.features[f"{encoder.name}:columns" if is_block else encoder.name] = encoder
        if not is_block:
            self.left_out.pop(encoder.name, None)
        return True

    def leave_out(self, feature: str) -> None:
        """Keep out a feature that says nothing; later steps may name it all the same."""
        self.features.pop(feature, None)
        self.silent.add(feature)
        self.left_out[feature] = SAYS_NOTHING

    def represent(self, feature: str, representation: Representation) -> None:
        """Add a way in which a categorical feature enters a network."""
        self.representations.setdefault(feature, []).append(representation)

    def remove(self, columns: Any) -> None:
        """Take away the chosen features."""
        for name in as_selector(columns)(self._infos()):
            self._remove(name)

    def _remove(self, name: str) -> None:
        self.left_out.pop(name, None)
        for key, encoder in list(self.features.items()):
            if isinstance(encoder, ColumnsEncoder) and name in encoder.columns:
                encoder.columns = [column for column in encoder.columns if column != name]
                encoder.places = [column for column in encoder.places if column != name]
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
        union = set().union(*(encoder.vocabulary for encoder in encoders))
        order = encoders[0].order if encoders else None
        if any(encoder.order != order for encoder in encoders):
            order = None
        union = in_order(union, order)
        for encoder in encoders:
            encoder.set_vocabulary(union)
            encoder.note_training(self.table)

    def finish(self) -> dict[str, Encoder]:
        """Fit what had to wait for the last step; return the features."""
        features, self.features = self.features, {}
        for key, encoder in features.items():
            if isinstance(encoder, ColumnsEncoder):
                self._finish_columns(key, encoder)
                continue
            if isinstance(encoder, NumericEncoder):
                encoder.fit(self.table, self.sample_weight)
            if encoder.says_nothing():
                self.leave_out(key)
            else:
                self.features[key] = encoder
        if not self.features and self.left_out:
            self.features[Nothing.name] = Nothing(self.table.infos()[0].name)
        return self.features

    def _finish_columns(self, key: str, encoder: ColumnsEncoder) -> None:
        if not encoder.columns:
            return
        encoder.fit(self.table, self.sample_weight)
        if encoder.columns:
            self.features[key] = encoder
        for name, has_gaps in encoder.one_number().items():
            if has_gaps and encoder.add_indicator:
                self.features[f"{name}:missing"] = MissingMark(name)
            else:
                self.leave_out(name)

    def _infos(self) -> list[ColumnInfo]:
        made = [info for info in feature_infos(self.features) if info.name not in self._raw]
        known = self._raw.union(info.name for info in made)
        silent = [
            ColumnInfo(name, "nominal", "int32", derived=True)
            for name in self.left_out
            if name not in known
        ]
        return [*self.columns, *made, *silent]


def tell_left_out(left_out: Mapping[str, str]) -> None:
    """Warn of what a fit keeps out of the network as it says nothing."""
    silent = [name for name, reason in left_out.items() if reason == SAYS_NOTHING]
    if silent:
        verb = "Column {} says" if len(silent) == 1 else "Columns {} say"
        warn_of_column(
            f"{verb.format(some_of(silent))} nothing, since all rows hold or become the same "
            "there: left out of the network and not read later; drop such columns before the "
            "fit to be told no more."
        )
