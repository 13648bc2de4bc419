"""Conversion of a fitted estimator into ONNX, by tf2onnx."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from estimators.persistence.export.onnx.encoders import onnx_specs
from estimators.persistence.export.serving import Serving
from feature_specs.scalers.layers import ScalerLayer

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator

_OPSET = 18


def onnx_model(estimator: KerasEstimator) -> bytes:
    """Return the function of all outputs as ONNX has it.

    Parameters
    ----------
    estimator : KerasEstimator
        Fitted.

    Returns
    -------
    bytes

    Raises
    ------
    ImportError
        Where tf2onnx is missing.
    ValueError
        Naming a column that ONNX cannot encode, or operations that it lacks.
    """
    onnx, tf2onnx = _import_onnx()
    from estimators.persistence.export.onnx.operations import rewriter

    serving = Serving(estimator, specs=onnx_specs(estimator._specs_))
    for layer in serving.intake.layers:
        scaler = getattr(layer, "lookup", None)
        if isinstance(scaler, ScalerLayer):
            scaler.is_portable = True
    function = serving.functions()["serving_default"]
    signature = [serving.intake.signature]
    rewrite = rewriter(function.get_concrete_function(*signature), serving.intake.layers)
    with _silence("tf2onnx", "tensorflow"):
        model, _ = tf2onnx.convert.from_function(
            function, input_signature=signature, opset=_OPSET, custom_rewriter=[rewrite]
        )
    # The converter copies operations that it does not know, and goes on.
    nodes = [node for graph in (model.graph, *model.functions) for node in graph.node]
    lacking = sorted({n.op_type for n in nodes if not onnx.defs.has(n.op_type, n.domain)})
    if lacking:
        raise ValueError(
            f"ONNX has no operations {lacking}, which this model needs; export it with "
            "format='saved_model'."
        )
    return model.SerializeToString()


@contextmanager
def _silence(*names: str) -> Iterator[None]:
    """Leave out what the converter logs of each node; what it could not convert is an error."""
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _import_onnx() -> tuple[Any, Any]:
    try:
        import onnx
        import tf2onnx
    except ImportError as error:
        raise ImportError(
            "format='onnx' needs tf2onnx; install it with `pip install \"keras-estimators[onnx]\"`."
        ) from error
    return onnx, tf2onnx
