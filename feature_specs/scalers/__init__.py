"""Scalers of numeric columns, each with a twin in the graph.

A scaler learns from an (n, k) block of float64 in which NaN stands for a missing value, and maps
such blocks to blocks. `to_keras` gives the layer that computes the same bits, eager, in a graph
and compiled by XLA; numbers too small for float32 become 0 everywhere.
"""

from feature_specs.scalers.affine import Identity, MaxAbs, MinMax, Robust, Standard
from feature_specs.scalers.functions import Function, Log1p
from feature_specs.scalers.names import as_scaler
from feature_specs.scalers.quantile import Quantile
from feature_specs.scalers.scaler import Scaler
from feature_specs.scalers.wrapped import Wrapped

__all__ = [
    "Function",
    "Identity",
    "Log1p",
    "MaxAbs",
    "MinMax",
    "Quantile",
    "Robust",
    "Scaler",
    "Standard",
    "Wrapped",
    "as_scaler",
]
