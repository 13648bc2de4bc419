"""The last layer of a network, which begins with what the target alone tells."""

from __future__ import annotations

from typing import Any

import keras

from estimators.layers.ntk_dense import NTKDense


@keras.saving.register_keras_serializable(package="estimators")
class NTKOutputs(NTKDense):
    """An `NTKDense` whose kernel begins at zero.

    An estimator lets its bias begin at the mean of the training target, the log-odds of the
    classes or the logarithms of their shares, so that no step is spent on finding them.

    Parameters
    ----------
    units : int
        Number of outputs.
    **kwargs
        Of `NTKDense`.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.layers import NTKOutputs
    >>> np.asarray(NTKOutputs(1)(np.ones((2, 4), "float32"))).tolist()
    [[0.0], [0.0]]

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        zeros = {"kernel_initializer": "zeros", "bias_initializer": "zeros"}
        super().__init__(units, **{**zeros, **kwargs})
