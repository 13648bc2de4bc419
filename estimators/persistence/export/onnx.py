"""Conversion of a served estimator into ONNX, by tf2onnx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from estimators.persistence.export.serving import Serving

_OPSET = 18


def onnx_model(serving: Serving) -> bytes:
    """Return the function of all outputs as ONNX has it.

    Parameters
    ----------
    serving : Serving

    Returns
    -------
    bytes

    Raises
    ------
    ImportError
        Where tf2onnx is missing.
    ValueError
        For columns of text.
    """
    texts = [n for n, spec in serving.intake.signature.items() if spec.dtype == tf.string]
    if texts:
        raise ValueError(
            f"Column {texts[0]!r} holds text, which ONNX has no operations to look up; export with "
            "format='saved_model', or encode the text before the model."
        )
    onnx, tf2onnx = _import_onnx()
    model, _ = tf2onnx.convert.from_function(
        serving.functions()["serving_default"],
        input_signature=[serving.intake.signature],
        opset=_OPSET,
    )
    # The converter copies operations that it does not know, and goes on.
    nodes = [node for graph in (model.graph, *model.functions) for node in graph.node]
    lacking = sorted({n.op_type for n in nodes if not onnx.defs.has(n.op_type, n.domain)})
    if lacking:
        raise ValueError(
            f"ONNX has no operations {lacking}, which the columns of this model need; export it "
            "with format='saved_model'."
        )
    return model.SerializeToString()


def _import_onnx() -> tuple[Any, Any]:
    try:
        import onnx
        import tf2onnx
    except ImportError as error:
        raise ImportError(
            "format='onnx' needs tf2onnx; install it with `pip install \"keras-estimators[onnx]\"`."
        ) from error
    return onnx, tf2onnx
