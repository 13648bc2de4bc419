"""Steps: small sentences about columns, each a scikit-learn estimator of parameters alone.

What a step learns goes into encoders (``feature_specs.encoders``) when the spec that holds it is
fitted.
"""

from feature_specs.steps.categorical import (
    CategoricalColumn,
    CrossedColumn,
    HashColumn,
    IdentityColumn,
    VocabularyFileColumn,
    WeightedCategoricalColumn,
)
from feature_specs.steps.dates import DatetimeColumn, ElapsedTimeColumn
from feature_specs.steps.numeric import BucketizedColumn, NumericColumn
from feature_specs.steps.representations import (
    EmbeddingColumn,
    IndicatorColumn,
    RemoveColumn,
    SharedEmbeddingsColumn,
)
from feature_specs.steps.step import Step
from feature_specs.steps.text import TextColumn

__all__ = [
    "BucketizedColumn",
    "CategoricalColumn",
    "CrossedColumn",
    "DatetimeColumn",
    "ElapsedTimeColumn",
    "EmbeddingColumn",
    "HashColumn",
    "IdentityColumn",
    "IndicatorColumn",
    "NumericColumn",
    "RemoveColumn",
    "SharedEmbeddingsColumn",
    "Step",
    "TextColumn",
    "VocabularyFileColumn",
    "WeightedCategoricalColumn",
]
