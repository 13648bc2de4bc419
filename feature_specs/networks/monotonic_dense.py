"""A dense layer that rises with some of its inputs and falls with others, whatever its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from feature_specs.networks.sparse_layers import SparseDense


@keras.saving.register_keras_serializable(package="feature_specs")
class MonotonicDense(SparseDense):
    """``keras.layers.Dense`` with a kernel whose rows have the signs that they are told.

    What is trained may be anything; `kernel` is what becomes of it. Products with weights of one
    sign, added up in one order, are in order themselves, to the last bit.

    Parameters
    ----------
    units : int
        Number of outputs.
    signs : sequence of int
        For each input 1 where no output may fall with it, -1 where none may rise, 0 for any weight.
    reflects : bool, default=True
        Whether weights of the wrong sign count by their absolute value; else they count as 0, and
        every step of an optimizer ends with a kernel of the right signs.
    **kwargs
        Of ``keras.layers.Dense``.

    Examples
    --------
    >>> import numpy as np
    >>> layer = MonotonicDense(1, signs=(1, -1, 0), kernel_initializer="ones")
    >>> np.asarray(layer(np.array([[2.0, 3.0, 5.0]], "float32"))).tolist()
    [[4.0]]

    References
    ----------
    Runje and Shankaranarayana, Constrained Monotonic Neural Networks, 2023.
    """

    # Predictions of rows are compared, in whichever calls they were made.
    rounds_alike_in_all_calls = True

    def __init__(
        self, units: int, signs: Sequence[int], reflects: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(units, **kwargs)
        self.signs = list(signs)
        self.reflects = reflects

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create kernel and bias."""
        super().build(input_shape)
        if not self.reflects:
            self._kernel.constraint = self._with_signs

    @property
    def kernel(self) -> Any:
        """The weights by which inputs are multiplied, shape (inputs, units)."""
        return self._with_signs(super().kernel)

    def _with_signs(self, kernel: Any) -> Any:
        kernel = ops.convert_to_tensor(kernel)
        signs = ops.cast(np.array(self.signs, "float32")[:, None], kernel.dtype)
        instead = ops.negative(kernel) if self.reflects else ops.zeros_like(kernel)
        # At 0 the gradient is that of the weight, so that it can leave.
        return ops.where(kernel * signs < 0, instead, kernel)

    def save_own_variables(self, store: Any) -> None:
        """Write what is trained, where Keras's own would write what becomes of it."""
        keras.layers.Layer.save_own_variables(self, store)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "signs": self.signs, "reflects": self.reflects}
