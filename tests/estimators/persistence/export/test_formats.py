"""LiteRT and ONNX: what agrees with predict, and what has no form there."""

import sys

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from export_cases import ON_DEVICES, QUICK, WITH_SCIKIT_LEARN, sent, with_gaps
from fitted_cases import TABLE, THREE, TWO, VALUES, X, fitted
from sklearn.base import is_classifier

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


@pytest.mark.parametrize("name", ["regression", "own model", *ON_DEVICES])
def test_an_onnx_model_gives_all_outputs(name, tmp_path):
    pytest.importorskip("tf2onnx")
    runtime = pytest.importorskip("onnxruntime")
    model, rows, _ = fitted(name)
    export_model(model, tmp_path / "model.onnx", "onnx")
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    names = [output.name for output in session.get_outputs()]
    inputs = sent(model, rows, "float32")
    found = dict(zip(names, session.run(names, inputs), strict=True))
    np.testing.assert_allclose(
        found["probabilities" if is_classifier(model) else "predictions"],
        model.predict_proba(rows) if is_classifier(model) else model.predict(rows),
        rtol=1e-4,
        atol=1e-5,
    )
    if "classes" in found:
        assert found["classes"].astype(str).tolist() == model.predict(rows).astype(str).tolist()
        assert found["all_classes"].tolist() == [list(map(str, model.classes_))] * len(rows)


def test_whole_numbers_by_vocabulary_have_no_form_in_onnx(tmp_path):
    pytest.importorskip("tf2onnx")
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x0")
    model = DNNClassifier(spec, **QUICK).fit(THREE[:, None].astype(float), TWO)
    with pytest.raises(ValueError, match=r"ONNX has no operations \['LookupTableFindV2'\]"):
        export_model(model, tmp_path / "model.onnx", "onnx")
    assert not any(tmp_path.iterdir())


def test_text_has_no_form_in_onnx(tmp_path):
    model, *_ = fitted("linear")
    with pytest.raises(ValueError, match="Column 'city' holds text"):
        export_model(model, tmp_path / "model.onnx", "onnx")


def test_dates_that_were_texts_come_to_onnx_as_seconds(tmp_path):
    pytest.importorskip("tf2onnx")
    runtime = pytest.importorskip("onnxruntime")
    moments = pd.Timestamp("2019-12-31") + pd.to_timedelta(np.arange(len(TWO)) % 400, "D")
    rows = pd.DataFrame({"day": moments.strftime("%d/%m/%Y")})
    spec = FeatureSpec().step_datetime_column(
        "day", parts=["month", "to_holiday"], holidays=["2020-02-29"]
    )
    spec = spec.step_elapsed_time_column("day", since="2020-01-01")
    model = DNNRegressor(spec, **QUICK).fit(rows, VALUES)
    export_model(model, tmp_path / "model.onnx", "onnx")
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    seconds = moments.to_numpy("datetime64[s]").astype("int64")
    (found,) = session.run(["predictions"], {"day": seconds})
    np.testing.assert_allclose(found, model.predict(rows), rtol=1e-4)


def test_numbers_that_are_dates_in_a_zone_have_no_form_in_onnx(tmp_path):
    pytest.importorskip("tf2onnx")
    rows = pd.DataFrame({"at": 10**9 + 10**6 * np.arange(len(TWO))})
    spec = FeatureSpec().step_datetime_column("at", unit="s", time_zone="Europe/Berlin")
    model = DNNRegressor(spec, **QUICK).fit(rows, VALUES)
    with pytest.raises(ValueError, match=r"ONNX has no operations \['UpperBound'\]"):
        export_model(model, tmp_path / "model.onnx", "onnx")


def test_onnx_names_the_extra_that_it_needs(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r"pip install \"keras-estimators\[onnx\]\""):
        export_model(fitted("regression")[0], tmp_path / "model.onnx", "onnx")


def test_a_scikit_learn_transformer_has_no_form_in_a_graph(tmp_path):
    with pytest.raises(TypeError, match="PowerTransformer is a scikit-learn transformer"):
        export_model(fitted(WITH_SCIKIT_LEARN)[0], tmp_path / "model")
    assert not any(tmp_path.iterdir())
