"""What a network is given of a number beside the number itself, said in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


_EDGES = ("quantiles", "tree")


class NumericEmbedding:
    """What every embedding of numbers has in common: equal where its parameters are."""

    def _of(
        self, numbers: keras.KerasTensor, source: str, positions: Sequence[int] | None
    ) -> keras.KerasTensor:
        """Return the embedding of numbers, which are those columns of the input `source`."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        parameters = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({parameters})"


class PiecewiseLinear(NumericEmbedding):
    """How far a number has come through each of several intervals.

    Parameters
    ----------
    intervals : int, default=16
        Number of intervals of each number.
    dimension : int, default=None
        Into how many values these are combined, by weights of each number's own; None leaves them
        as they are.
    learning_rate_multiplier : float, default=1.0
        Of these weights.
    edges : {'quantiles', 'tree'}, default='quantiles'
        Where intervals end: at quantiles of the training rows, or where a decision tree of the
        number alone splits the target, which may take fewer of them.

    Examples
    --------
    >>> from feature_specs import PiecewiseLinear
    >>> PiecewiseLinear(intervals=32, edges="tree")
    PiecewiseLinear(intervals=32, dimension=None, learning_rate_multiplier=1.0, edges='tree')

    References
    ----------
    Gorishniy, Rubachev and Babenko, On Embeddings for Numerical Features in Tabular Deep
    Learning, 2022.
    """

    def __init__(
        self,
        intervals: int = 16,
        dimension: int | None = None,
        learning_rate_multiplier: float = 1.0,
        edges: str = "quantiles",
    ) -> None:
        self.intervals = _checked_count("intervals", intervals)
        self.dimension = None if dimension is None else _checked_count("dimension", dimension)
        self.learning_rate_multiplier = _checked_rate(learning_rate_multiplier)
        if edges not in _EDGES:
            raise ValueError(f"edges must be 'quantiles' or 'tree', not {edges!r}.")
        self.edges = edges

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Older files know of quantiles alone.
        vars(self).update({"edges": "quantiles", **state})

    def _of(
        self, numbers: keras.KerasTensor, source: str, positions: Sequence[int] | None
    ) -> keras.KerasTensor:
        """Return the embedding of numbers, which are those columns of the input `source`."""
        from feature_specs.networks.column_dense import ColumnDense
        from feature_specs.networks.pieces import Pieces

        pieces = Pieces(self.intervals, source, positions, self.edges)(numbers)
        if self.dimension is None:
            return pieces
        return ColumnDense(
            numbers.shape[-1],
            self.dimension,
            kernel_initializer=_normal(2 / math.sqrt(self.intervals)),
            bias_initializer="zeros",
            learning_rate_multiplier=self.learning_rate_multiplier,
        )(pieces)


class Periodic(NumericEmbedding):
    """Cosines of a number, with frequencies and phases that are learnt.

    Parameters
    ----------
    frequencies : int, default=16
        Number of cosines of each number.
    dimension : int, default=None
        Into how many values these are combined, by weights of each number's own; None leaves them
        as they are.
    sigma : float, default=0.1
        Standard deviation of the frequencies at first; turns for each unit of the scaled number.
    learning_rate_multiplier : float, default=1.0
        Of frequencies, phases and weights.

    Examples
    --------
    >>> from feature_specs import Periodic
    >>> Periodic(dimension=6)
    Periodic(frequencies=16, dimension=6, sigma=0.1, learning_rate_multiplier=1.0)

    References
    ----------
    Gorishniy, Rubachev and Babenko, On Embeddings for Numerical Features in Tabular Deep
    Learning, 2022; "PBLD" of Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024.
    """

    def __init__(
        self,
        frequencies: int = 16,
        dimension: int | None = None,
        sigma: float = 0.1,
        learning_rate_multiplier: float = 1.0,
    ) -> None:
        self.frequencies = _checked_count("frequencies", frequencies)
        self.dimension = None if dimension is None else _checked_count("dimension", dimension)
        self.sigma = _checked_positive("sigma", sigma)
        self.learning_rate_multiplier = _checked_rate(learning_rate_multiplier)

    def _of(
        self, numbers: keras.KerasTensor, source: str, positions: Sequence[int] | None
    ) -> keras.KerasTensor:
        """Return the embedding of numbers, which are those columns of the input `source`."""
        from feature_specs.networks.column_dense import ColumnDense
        from feature_specs.networks.cosines import Cosines

        cosines = Cosines(self.frequencies, self.sigma, self.learning_rate_multiplier)(numbers)
        if self.dimension is None:
            return cosines
        limit = 1 / math.sqrt(self.frequencies)
        return ColumnDense(
            numbers.shape[-1],
            self.dimension,
            kernel_initializer=_uniform(limit),
            bias_initializer=_uniform(limit),
            learning_rate_multiplier=self.learning_rate_multiplier,
        )(cosines)


BY_NAME = {
    "piecewise_linear": PiecewiseLinear,
    "periodic": partial(Periodic, dimension=6),
}


def as_embeddings(
    given: int | str | NumericEmbedding | Sequence[NumericEmbedding] | None,
) -> tuple[NumericEmbedding, ...]:
    """Return the embeddings that a caller asks for by a name, a number of intervals or objects.

    Raises
    ------
    ValueError
        For what is none.

    Examples
    --------
    >>> as_embeddings(3)
    (PiecewiseLinear(intervals=3, dimension=None, learning_rate_multiplier=1.0, edges='quantiles'),)
    """
    if given is None:
        return ()
    if isinstance(given, str) and given in BY_NAME:
        return (BY_NAME[given](),)
    if isinstance(given, Integral):
        return (PiecewiseLinear(int(given)),) if given else ()
    several = tuple(given) if isinstance(given, list | tuple) else (given,)
    for one in several:
        if not isinstance(one, NumericEmbedding):
            raise ValueError(
                f"numeric_embedding holds {one!r}, which is none; give {', '.join(BY_NAME)}, a "
                "number of intervals, or a list of PiecewiseLinear(...) and Periodic(...)."
            )
    return several


def _normal(deviation: float) -> keras.initializers.Initializer:
    import keras

    return keras.initializers.RandomNormal(stddev=deviation)


def _uniform(limit: float) -> keras.initializers.Initializer:
    import keras

    return keras.initializers.RandomUniform(-limit, limit)


def _checked_count(name: str, value: int) -> int:
    if not (isinstance(value, Integral) and value >= 1):
        raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}.")
    return int(value)


def _checked_rate(value: float) -> float:
    return _checked_positive("learning_rate_multiplier", value)


def _checked_positive(name: str, value: float) -> float:
    if not (isinstance(value, Real) and math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a number above 0, not {value!r}.")
    return float(value)
