"""Which numbers of the encoded block are to rise or fall with raw columns, as far as they can."""

from __future__ import annotations

from collections.abc import Mapping

from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from feature_specs.described_columns import in_a_line, taken_for
from feature_specs.encoders.encoder import Encoder
from feature_specs.encoders.features import numeric_encoders
from feature_specs.encoders.numeric import ColumnsEncoder, MissingMark, Nothing
from feature_specs.networks.fitted_spec import FittedSpec
from feature_specs.scalers import Log1p, Quantile, Scaler
from feature_specs.scalers.wrapped import Wrapped

_TRANSFORMERS = (
    *(MaxAbsScaler, MinMaxScaler, PowerTransformer, QuantileTransformer, RobustScaler),
    StandardScaler,
)


def block_signs(spec: FittedSpec, signs: Mapping[str, int]) -> tuple[int, ...]:
    """Return the sign of each column of the numeric block, nothing where all are 0.

    Marks of missing values have none: a missing value is neither above nor below another.

    Parameters
    ----------
    spec : FeatureSpec
        Fitted.
    signs : mapping of str to int
        1 or -1 by raw column; others have 0.

    Raises
    ------
    ValueError
        Naming a column that is encoded as something else than a number that rises with it.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from feature_specs import FeatureSpec
    >>> table = pd.DataFrame({"age": [20.0, np.nan, 40.0], "rooms": [3, 1, 2]})
    >>> block_signs(FeatureSpec().fit(table), {"age": -1})
    (-1, 0, 0)
    """
    bound = {column: sign for column, sign in signs.items() if sign}
    for encoder in spec.features_.values():
        _check(encoder, bound)
    block = [sign for e in numeric_encoders(spec.features_) for sign in _signs_in(e, bound)]
    return tuple(block) if any(block) else ()


def _signs_in(encoder: Encoder, bound: Mapping[str, int]) -> list[int]:
    columns = encoder.columns if isinstance(encoder, ColumnsEncoder) else []
    signs = [bound.get(column, 0) for column in columns]
    return signs + [0] * (len(encoder.output_names) - len(signs))


def _check(encoder: Encoder, bound: Mapping[str, int]) -> None:
    if isinstance(encoder, MissingMark | Nothing):
        return
    columns = encoder.columns if isinstance(encoder, ColumnsEncoder) else encoder.sources
    column = next((column for column in columns if column in bound), None)
    if column is None:
        return
    kind, step = taken_for(encoder)
    if not isinstance(encoder, ColumnsEncoder):
        raise ValueError(
            f"monotonic_cst binds column {column!r}, of which {step} makes a {kind}: that has no "
            "order; take step_numeric_column alone for it, or leave it free with 0."
        )
    if not _rises(encoder.scaler_):
        raise ValueError(
            f"monotonic_cst binds column {column!r}, which {step} scales by "
            f"{in_a_line(encoder.scaler_)}: that may fall where the column rises; take another "
            "normalizer, such as 'standard' or 'quantile', or leave the column free with 0."
        )


def _rises(scaler: Scaler) -> bool:
    if isinstance(scaler, Wrapped):
        return type(scaler.transformer) in _TRANSFORMERS
    return scaler.affine or isinstance(scaler, Log1p | Quantile)
