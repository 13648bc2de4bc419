"""The warning where a table holds mostly values that the fit did not see."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from feature_specs.columns.column_warning import some_of, warn_of_column
from feature_specs.columns.table import Table
from feature_specs.encoders.encoder import CategoricalEncoder

_FEWEST_ROWS = 10


def warn_of_unseen(
    encoders: Mapping[str, CategoricalEncoder], codes: Mapping[str, np.ndarray], table: Table
) -> None:
    """Warn once of all columns in which far more values are unseen than the fit let expect.

    Parameters
    ----------
    encoders : mapping of str to CategoricalEncoder
    codes : mapping of str to ndarray
        What these made of `table`, by the same names.
    table : Table
    """
    shares = {name: _surprising_share(encoder, codes[name]) for name, encoder in encoders.items()}
    names = [name for name, share in shares.items() if share]
    if not names:
        return
    first, verb = names[0], "holds" if len(names) == 1 else "hold"
    examples = ", ".join(map(repr, encoders[first].unseen_examples(table)))
    warn_of_column(
        f"Column{'s' if len(names) > 1 else ''} {some_of(names)} {verb} mostly values that were "
        f"not seen at fit ({first!r}: {shares[first]:.0%}, such as {examples}), which tell the "
        "model nothing; look for another spelling, another type or new bins."
    )


def _surprising_share(encoder: CategoricalEncoder, codes: np.ndarray) -> float | None:
    """Return the share of unseen values among those that are not missing, None for no surprise."""
    if not encoder.last_unseen or len(codes) < _FEWEST_ROWS:
        return None
    known = codes != 0
    values, unseen = np.count_nonzero(known), np.count_nonzero(codes <= encoder.last_unseen)
    share = (unseen - (codes.size - values)) / max(values, 1)
    expected = encoder.expected_share_unseen()
    if share <= (1 + expected) / 2:
        return None
    rows = np.count_nonzero(known.reshape(len(codes), -1).any(axis=1))
    # Three standard deviations, so that chance alone is no surprise in few rows.
    chance = 3 * np.sqrt(expected * (1 - expected) / max(rows, 1))
    return share if rows >= _FEWEST_ROWS and share > expected + chance else None
