"""Which classes of this library a file may hold, and what each attribute of them may be.

The lists are closed: what is not named here is neither saved nor loaded. A family of classes has a
file of its own.
"""

from functools import cache

from estimators.persistence.serialization.schemas import columns, encoders, fitted, models
from estimators.persistence.serialization.schemas.beyond import is_known_beyond
from estimators.persistence.serialization.schemas.fitted import PROGRESS, TUPLES
from estimators.persistence.serialization.schemas.schema import Schema, misfit_of

__all__ = ["PROGRESS", "TUPLES", "Schema", "is_known_beyond", "misfit_of", "schemas"]


@cache
def schemas() -> dict[type, Schema]:
    """Return what is known of every class that a file may hold."""
    return {**columns.SCHEMAS, **encoders.SCHEMAS, **fitted.SCHEMAS, **models.estimators()}
