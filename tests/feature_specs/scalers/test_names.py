"""What a step may be given for a scaler."""

import numpy as np
import pytest
from sklearn import preprocessing

from feature_specs.scalers import (
    Function,
    Identity,
    Quantile,
    Robust,
    Scaler,
    Standard,
    Wrapped,
    as_scaler,
)


def test_as_scaler():
    assert as_scaler(None) == Identity()
    assert as_scaler("quantile") == Quantile()
    assert as_scaler(Robust) == Robust()
    given = Standard().fit(np.ones((2, 1)))
    assert as_scaler(given) == given
    assert as_scaler(given) is not given
    assert not hasattr(as_scaler(given), "center_")
    assert isinstance(as_scaler(preprocessing.PowerTransformer()), Wrapped)
    assert as_scaler(np.log1p) == Function(np.log1p)
    assert all(isinstance(as_scaler(name), Scaler) for name in ("min_max", "robust", "max_abs"))
    with pytest.raises(ValueError, match="did you mean 'standard'"):
        as_scaler("standrad")
    with pytest.raises(TypeError, match="A scaler is a name"):
        as_scaler(3)
