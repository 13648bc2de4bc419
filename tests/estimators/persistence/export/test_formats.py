"""LiteRT: what agrees with predict, and what has no form there."""

import numpy as np
import pytest
import tensorflow as tf
from export_cases import QUICK, WITH_SCIKIT_LEARN, sent, with_gaps
from fitted_cases import TABLE, TWO, VALUES, X, fitted

from estimators import DNNClassifier, DNNRegressor
from estimators.persistence.export.export_model import export_model
from feature_specs import FeatureSpec


def test_scalers_on_devices(tmp_path):
    rows = np.abs(np.c_[X[:, 0] + 2020, 50 * X, X]).astype("float32")
    rows[::7, 1] = np.nan
    spec = FeatureSpec().step_bucketized_column("x0", num_bins=3)
    spec = spec.step_numeric_column(["x0", "x1"], normalizer="standard")
    for column, normalizer in enumerate((None, "robust", "log1p", "quantile"), 2):
        spec = spec.step_numeric_column(f"x{column}", normalizer=normalizer)
    model = DNNRegressor(spec.step_numeric_column("x6"), **QUICK).fit(rows, VALUES)
    export_model(model, tmp_path / "model.tflite", "litert")
    content = (tmp_path / "model.tflite").read_bytes()
    assert b"Flex" not in content
    interpreter = tf.lite.Interpreter(model_content=content)
    found = interpreter.get_signature_runner("predict")(X=rows)["predictions"]
    np.testing.assert_allclose(found, model.predict(rows), atol=1e-4)


def test_texts_by_vocabulary_need_no_operations_of_tensorflow_on_devices(tmp_path):
    columns = ["age", "city", "plan"]
    model = DNNClassifier(**QUICK).fit(TABLE[columns], TWO)
    export_model(model, tmp_path / "model.tflite", "litert")
    assert b"Flex" not in (tmp_path / "model.tflite").read_bytes()
    interpreter = tf.lite.Interpreter(str(tmp_path / "model.tflite"))
    asked = with_gaps(TABLE[columns])
    inputs = sent(model, asked, "float32")
    inputs |= {name: inputs[name].astype(object) for name in ("city", "plan")}
    found = interpreter.get_signature_runner("predict_proba")(**inputs)["probabilities"]
    np.testing.assert_allclose(found, model.predict_proba(asked), atol=1e-5)


def test_what_litert_lacks_is_an_error(tmp_path):
    model, *_ = fitted("text values")
    with pytest.raises(ValueError, match=r"no operations \[.*'StringNGrams'.*'saved_model'"):
        export_model(model, tmp_path / "model.tflite", "litert")
    assert not any(tmp_path.iterdir())


def test_a_scikit_learn_transformer_has_no_form_in_a_graph(tmp_path):
    with pytest.raises(TypeError, match="PowerTransformer is a scikit-learn transformer"):
        export_model(fitted(WITH_SCIKIT_LEARN)[0], tmp_path / "model")
    assert not any(tmp_path.iterdir())
