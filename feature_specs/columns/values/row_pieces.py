"""Long arrays a piece of rows at a time: what is made of a piece stays in the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from joblib import Parallel, delayed, effective_n_jobs

Result = TypeVar("Result")

# Enough to be fast, few enough that copies in float64 stay in the cache.
CELLS_AT_ONCE = 1 << 17
_PIECES_FOR_THREADS = 32


def map_pieces(
    function: Callable[[slice], Result],
    shape: tuple[int, int],
    fewest_for_threads: int = _PIECES_FOR_THREADS,
) -> list[Result]:
    """Return what `function` returns for each piece of the rows, in their order.

    Parameters
    ----------
    function : callable
        Takes the rows as a slice. NumPy lets other threads run while it computes.
    shape : tuple of int
        Of the array.
    fewest_for_threads : int, default=32
        Pieces that are worth beginning threads for.

    Examples
    --------
    >>> import numpy as np
    >>> block = np.ones((3, 2))
    >>> map_pieces(lambda rows: float(block[rows].sum()), block.shape)
    [6.0]
    """
    count, width = shape
    step = max(1, CELLS_AT_ONCE // max(1, width))
    pieces = [slice(start, start + step) for start in range(0, count, step)]
    # To ask for the number of processors takes as long as to encode a row.
    jobs = effective_n_jobs(-1) if len(pieces) >= fewest_for_threads else 1
    if jobs == 1:
        return [function(piece) for piece in pieces]

    def of_share(share: Iterable[slice]) -> list[Result]:
        return [function(piece) for piece in share]

    shares = [pieces[job::jobs] for job in range(jobs)]
    results: list[Result] = [None] * len(pieces)
    found = Parallel(n_jobs=jobs, require="sharedmem")(delayed(of_share)(s) for s in shares)
    for job, of_job in enumerate(found):
        results[job::jobs] = of_job
    return results
