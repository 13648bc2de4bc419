"""Steps that take values for categories, as methods of a spec."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from feature_specs.step_methods.base import StepMethods
from feature_specs.steps import (
    CategoricalColumn,
    CrossedColumn,
    HashColumn,
    IdentityColumn,
    VocabularyFileColumn,
    WeightedCategoricalColumn,
)


class CategoricalStepMethods(StepMethods):
    """Adds steps that take values for categories."""

    def step_categorical_column_with_vocabulary_list(
        self,
        columns: Any,
        *,
        vocabulary_list: Sequence | None = None,
        min_frequency: int | float | None = None,
        max_tokens: int | None = None,
        num_oov_buckets: int = 1,
        name: str | None = None,
    ) -> Self:
        """Take text, whole numbers, or lists of them for categories of a vocabulary.

        A value is the same whatever holds it: 3, 3.0, ``Decimal(3)`` and "3", in NumPy, Arrow, a
        nullable dtype or a pandas category. Columns of which later rows hold mostly values that
        were not seen at fit, against expectation, are named in a ``ColumnWarning``.

        Parameters
        ----------
        columns : selector, str or list of str
        vocabulary_list : sequence, default=None
            Known values; those of the training rows by default, sorted, or in the order of their
            dtype where it has one.
        min_frequency : int or float, default=None
            Fewest training rows, or smallest share of them, that a learnt value needs.
        max_tokens : int, default=None
            Most values learnt, the most frequent.
        num_oov_buckets : int, default=1
            Codes that unseen values share, by hash.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = CategoricalColumn(
            columns,
            vocabulary_list=vocabulary_list,
            min_frequency=min_frequency,
            max_tokens=max_tokens,
            num_oov_buckets=num_oov_buckets,
        )
        return self._with(step, name)

    def step_categorical_column_with_vocabulary_file(
        self,
        columns: Any,
        vocabulary_file: str | Path,
        *,
        vocabulary_size: int | None = None,
        num_oov_buckets: int = 1,
        name: str | None = None,
    ) -> Self:
        """Take values for categories of a vocabulary that a text file lists, one a line.

        Parameters
        ----------
        columns : selector, str or list of str
        vocabulary_file : str or path
        vocabulary_size : int, default=None
            How many lines to take; all by default.
        num_oov_buckets : int, default=1
            Codes that unseen values share, by hash.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = VocabularyFileColumn(
            columns,
            vocabulary_file,
            vocabulary_size=vocabulary_size,
            num_oov_buckets=num_oov_buckets,
        )
        return self._with(step, name)

    def step_categorical_column_with_hash_bucket(
        self, columns: Any, hash_bucket_size: int, *, name: str | None = None
    ) -> Self:
        """Throw values into buckets by hash; nothing has to be learnt.

        Parameters
        ----------
        columns : selector, str or list of str
        hash_bucket_size : int
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        return self._with(HashColumn(columns, hash_bucket_size), name)

    def step_categorical_column_with_identity(
        self,
        columns: Any,
        num_buckets: int,
        *,
        default_value: int | None = None,
        name: str | None = None,
    ) -> Self:
        """Take whole numbers from 0 to ``num_buckets - 1`` for categories as they are.

        Parameters
        ----------
        columns : selector, str or list of str
        num_buckets : int
        default_value : int, default=None
            Stands for numbers out of range, which are unseen otherwise.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = IdentityColumn(columns, num_buckets, default_value=default_value)
        return self._with(step, name)

    def step_weighted_categorical_column(
        self,
        column: str,
        weight_column: str,
        *,
        vocabulary_list: Sequence | None = None,
        name: str | None = None,
    ) -> Self:
        """Take values for categories that count as much as another column says.

        Parameters
        ----------
        column : str
        weight_column : str
            A number for each value; lists of the same lengths for lists.
        vocabulary_list : sequence, default=None
            Known values; those of the training rows by default.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = WeightedCategoricalColumn(column, weight_column, vocabulary_list=vocabulary_list)
        return self._with(step, name)

    def step_crossed_column(
        self, columns: Any, hash_bucket_size: int | str = "auto", *, name: str | None = None
    ) -> Self:
        """Make the feature ``crossed_a_b`` of the combinations of columns a and b.

        Parameters
        ----------
        columns : selector or list of str
            Text, whole numbers or bucketized features, two or more.
        hash_bucket_size : int or "auto", default="auto"
            Number of buckets; "auto" is four times the combinations of the training rows.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        return self._with(CrossedColumn(columns, hash_bucket_size), name)
