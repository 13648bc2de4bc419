"""Values of a class that need not be imported to check them."""

from __future__ import annotations

import sys
from typing import Any

from sklearn.utils._param_validation import HasMethods


# scikit-learn takes constraints of its own kinds alone, of which this is the nearest.
class InstanceOf(HasMethods):
    """Instances of a class that is named, not imported.

    Where nobody has imported its module yet, there can be none of them.

    Parameters
    ----------
    path : str
        Module and name of the class.

    Examples
    --------
    >>> InstanceOf("decimal.Decimal").is_satisfied_by(1.0)
    False
    >>> print(InstanceOf("keras.losses.Loss"))
    an instance of 'keras.losses.Loss'
    """

    def __init__(self, path: str) -> None:
        super().__init__([])
        self.path = path

    def is_satisfied_by(self, val: Any) -> bool:
        """Return whether `val` is an instance."""
        module, _, name = self.path.rpartition(".")
        return module in sys.modules and isinstance(val, getattr(sys.modules[module], name))

    def __str__(self) -> str:
        return f"an instance of {self.path!r}"
