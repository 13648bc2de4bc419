"""Exported models, asked in a process that has TensorFlow alone, agree with predict."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from fitted_cases import CASES, IMAGES, TABLE, TEXTS, THREE, TWO, VALUES, X, fitted
from sklearn.base import is_classifier
from sklearn.exceptions import NotFittedError

from estimators import DNNClassifier, DNNLinearCombinedRegressor, DNNRegressor, TextClassifier
from estimators.persistence.export.export_model import export_model
from estimators.persistence.export.inputs import Images, Matrix, input_names, intake_of
from estimators.persistence.export.serving import Serving
from feature_specs import FeatureSpec
from feature_specs.networks.raw_columns import raw_arrays

HERE = Path(__file__).parent
RNG = np.random.default_rng(3)
ROWS = len(TWO)
QUICK = {"epochs": 2, "jit_compile": False, "random_state": 0}


def some(values):
    """Return a column of values with gaps."""
    drawn = pd.Series(RNG.choice(np.array(values, object), ROWS), dtype=object)
    drawn[RNG.random(ROWS) < 0.1] = None
    return drawn


def lists(values):
    return [list(RNG.choice(values, RNG.integers(0, 4))) for _ in range(ROWS)]


EVERY_KIND = pd.DataFrame(
    {
        "x": np.where(RNG.random(ROWS) < 0.1, np.nan, RNG.normal(2020, 3, ROWS)),
        "z": RNG.gamma(2.0, 10.0, ROWS),
        "big": pd.array(some([1, 2, 3, 2**60]), dtype="Int64"),
        "few": RNG.integers(0, 5, ROWS),
        "text": some(["a", "b", "Größe ✓"]),
        "other": some(["u", "v"]),
        "kind": pd.Categorical(some(["p", "q", "r"])),
        "weight": RNG.random(ROWS),
        "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 10**8, ROWS), "s"),
        "tags": lists(["s", "t", "u"]),
        "ids": lists([1, 2, 3]),
        "vector": [list(vector) for vector in RNG.normal(size=(ROWS, 3))],
        "note": some(["a fine film", "a dull film", "Fine acting!"]),
    }
)


def every_step(folder):
    words = folder / "words.txt"
    words.write_text("u\nw\n", encoding="utf-8")
    return (
        FeatureSpec()
        .step_numeric_column("x", normalizer="standard", default_value="median")
        .step_numeric_column("z", normalizer="log1p")
        .step_numeric_column("few", normalizer="robust", default_value=-1.0)
        .step_numeric_column("vector", shape=3, normalizer="min_max")
        .step_bucketized_column(["x", "z"], num_bins=4)
        .step_categorical_column_with_vocabulary_list(["text", "big"], num_oov_buckets=2)
        .step_categorical_column_with_vocabulary_list(["tags", "ids"])
        .step_categorical_column_with_vocabulary_file("other", words)
        .step_categorical_column_with_hash_bucket("kind", 7)
        .step_weighted_categorical_column("text", "weight")
        .step_crossed_column(["text", "bucketized_x", "few"], 30)
        .step_datetime_column("day", parts=("year", "month", "day", "dayofweek", "hour", "minute"))
        .step_embedding_column("big", 3)
        .step_shared_embeddings_column(["tags", "other"], 2)
        .step_text_column("note", dimension=4)
        .step_remove_column("z")
    )


def with_gaps(table):
    """Return rows with values that no training row had, and with none where that is allowed."""
    asked = table[:12].copy()
    for number, name in enumerate(asked):
        column = asked[name].astype(object)
        if name not in ("vector", "tags", "ids", "weight", "few"):
            column.iloc[number % 6] = None
        if isinstance(column.dropna().iloc[0], str):
            column.iloc[6 + number % 6] = "never seen"
        dtype = table[name].dtype
        asked[name] = column if dtype in (object, "category") else column.astype(dtype)
    return asked


def overlapping(folder):
    """Two specs that read a column each in their own way, and two columns of one name, nearly."""
    table = TABLE.rename(columns={"age": "age (years)", "plan": "age_years"})
    linear = FeatureSpec().step_categorical_column_with_vocabulary_list(["visits", "city"])
    dnn = FeatureSpec().step_numeric_column(["visits", "age (years)"], normalizer="standard")
    dnn = dnn.step_categorical_column_with_vocabulary_list(["city", "age_years"])
    model = DNNLinearCombinedRegressor(linear_feature_spec=linear, dnn_feature_spec=dnn, **QUICK)
    return model.fit(table, VALUES), with_gaps(table)


def with_sentence_model(folder):
    """A model whose words lie in a file, which must come along."""
    (folder / "vocabulary.txt").write_text("fine\ndull\nfilm\n", encoding="utf-8")
    index = tf.lookup.TextFileInitializer(
        str(folder / "vocabulary.txt"), tf.string, 0, tf.int64, -1, delimiter="\n"
    )
    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(index, 3)
    module.vectors = tf.Variable(RNG.normal(size=(4, 3)).astype("float32"))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def embed(texts):
        words = tf.strings.split(texts).to_tensor("")
        return tf.reduce_mean(tf.gather(module.vectors, module.table.lookup(words)), axis=1)

    module.__call__ = embed
    tf.saved_model.save(module, str(folder / "embedding"))
    pretrained = str(folder / "embedding")
    return TextClassifier(pretrained=pretrained, trainable=True, **QUICK).fit(TEXTS, TWO), TEXTS


FURTHER = {
    "every step": lambda folder: (
        DNNClassifier(every_step(folder), **QUICK).fit(EVERY_KIND, THREE),
        with_gaps(EVERY_KIND),
    ),
    "overlapping columns": overlapping,
    "sentence model": with_sentence_model,
    "numbers for categories": lambda folder: (
        DNNClassifier(
            FeatureSpec()
            .step_categorical_column_with_vocabulary_list("x0")
            .step_numeric_column(["x1", "x2"], normalizer="standard"),
            **QUICK,
        ).fit(np.c_[THREE, X[:, 1:]], TWO == "yes"),
        np.r_[np.c_[THREE, X[:, 1:]][:20], [[9.0, np.nan, 1.0], [np.nan, 0.0, 0.0]]],
    ),
}
WITH_SCIKIT_LEARN = "selectors"  # its spec holds a scikit-learn transformer
ALIKE = {"frozen spec", "combined auto", "combined values", "table", "texts"}
SAVED = [*sorted(set(CASES) - {WITH_SCIKIT_LEARN} - ALIKE), *FURTHER]
# Their LiteRT models need no operations of TensorFlow's.
ON_DEVICES = ["several values", "counts", "classes", "labels", "images"]


def model_and_rows(name, folder):
    if name in FURTHER:
        return FURTHER[name](folder)
    model, rows, _ = fitted(name)
    return model, with_gaps(rows) if rows is TABLE else rows


def sent(model, rows, dtype):
    """Return what a client sends for these rows."""
    intake = intake_of(model, dtype)
    rows = model._check_X(rows, reset=False)
    if isinstance(intake, Images):
        return model._specs_[""].encode(rows)
    if isinstance(intake, Matrix):
        return {"X": rows.astype(dtype)}
    columns = raw_arrays(model._specs_, {s: p._table(rows) for s, p in model._specs_.items()})
    return {
        name: columns[column].astype(str if columns[column].dtype == object else array.dtype.name)
        for column, name in intake.names.items()
        for array in [intake.signature[name]]
    }


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return a function from case and format to model, rows and what the other process answered."""
    home = tmp_path_factory.mktemp("exports")
    asked = {}
    for name in SAVED:
        folder = home / name
        folder.mkdir()
        asked[name] = model, rows = model_and_rows(name, folder)
        export_model(model, folder / "saved_model")
        np.savez(folder / "saved_model_inputs.npz", **sent(model, rows, "float64"))
        if name in ON_DEVICES:
            export_model(model, folder / "litert", "litert")
            np.savez(folder / "litert_inputs.npz", **sent(model, rows, "float32"))
    (home / "sentence model" / "embedding").rename(home / "sentence model" / "elsewhere")
    (home / "sentence model" / "vocabulary.txt").unlink()
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        [sys.executable, HERE / "exported_models.py", home],
        cwd=home,
        env=variables,
        check=True,
        timeout=300,
    )

    def answers_of(name, format):
        found = np.load(home / name / f"{format}_answers.npz")
        return *asked[name], dict(found)

    return answers_of


def assert_agrees(model, rows, found, *, atol, rtol):
    expected = model.predict(rows)
    if not is_classifier(model):
        assert set(found) == {"seconds", "predict predictions", "serving_default predictions"}
        for signature in ("predict", "serving_default"):
            values = found[f"{signature} predictions"]
            assert values.shape == expected.shape
            np.testing.assert_allclose(values, expected, rtol, atol * np.std(expected))
        return
    labels = [str(label) for label in model.classes_]
    names = ["probabilities", "classes", "all_classes"]
    wanted = {"predict classes", "predict_proba probabilities"}
    assert set(found) == {"seconds", *wanted, *(f"serving_default {n}" for n in names)}
    for signature in ("predict_proba", "serving_default"):
        probabilities = found[f"{signature} probabilities"]
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities, model.predict_proba(rows), rtol=0, atol=atol)
    if expected.ndim == 1:
        expected = np.array(labels)[np.searchsorted(model.classes_, expected)]
    for signature in ("predict", "serving_default"):
        np.testing.assert_array_equal(found[f"{signature} classes"], expected)
    every_row = [labels] * len(expected)
    assert found["serving_default all_classes"].tolist() == every_row


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_model_answers_raw_columns_as_predict_does(answers, name):
    model, rows, found = answers(name, "saved_model")
    assert_agrees(model, rows, found, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ON_DEVICES)
def test_a_litert_model_of_numbers_agrees_and_needs_no_operations_of_tensorflow(answers, name):
    model, rows, found = answers(name, "litert")
    assert_agrees(model, rows, found, atol=1e-5, rtol=1e-4)


def test_a_row_is_answered_at_once(answers):
    seconds = [answers(name, "saved_model")[2]["seconds"] for name in SAVED]
    assert np.median(seconds) < 0.005


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


def test_onnx_names_the_extra_that_it_needs(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r"pip install \"keras-estimators\[onnx\]\""):
        export_model(fitted("regression")[0], tmp_path / "model.onnx", "onnx")


# What is in the way


def test_an_unfitted_estimator(tmp_path):
    with pytest.raises(NotFittedError):
        export_model(DNNClassifier(), tmp_path / "model")


@pytest.mark.parametrize(("format", "said"), [("savedmodel", "did you mean"), (3, "there are")])
def test_an_unknown_format(format, said, tmp_path):
    with pytest.raises(ValueError, match=f"Unknown format {format!r}; {said} 'saved_model'"):
        export_model(fitted("regression")[0], tmp_path / "model", format)


def test_a_scikit_learn_transformer_has_no_form_in_a_graph(tmp_path):
    with pytest.raises(TypeError, match="PowerTransformer is a scikit-learn transformer"):
        export_model(fitted(WITH_SCIKIT_LEARN)[0], tmp_path / "model")
    assert not any(tmp_path.iterdir())


def test_one_column_read_in_two_ways(tmp_path):
    linear = FeatureSpec().step_categorical_column_with_vocabulary_list("note")
    dnn = FeatureSpec().step_categorical_column_with_hash_bucket("note", 5)
    model = DNNLinearCombinedRegressor(linear_feature_spec=linear, dnn_feature_spec=dnn, **QUICK)
    table = TABLE[["note"]]
    assert set(intake_of(model.fit(table, VALUES), "float64").signature) == {"note"}
    numbers = table.assign(note=THREE)
    model._specs_["dnn:"] = dnn.fit(numbers)
    with pytest.raises(ValueError, match="'note' is read as string and as int64"):
        export_model(model, tmp_path / "model")


@pytest.mark.parametrize("format", ["saved_model", "litert"])
def test_an_existing_model_is_replaced_when_asked(format, tmp_path):
    model, *_ = fitted("regression")
    export_model(model, tmp_path / "model", format)
    with pytest.raises(FileExistsError, match="pass overwrite=True or another path"):
        export_model(model, tmp_path / "model", format)
    export_model(model, tmp_path / "model", format, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_is_no_model_is_never_replaced(tmp_path):
    (tmp_path / "holidays.jpg").touch()
    with pytest.raises(FileExistsError, match="no folder of a SavedModel"):
        export_model(fitted("regression")[0], tmp_path, overwrite=True)
    with pytest.raises(FileExistsError, match="is no file"):
        export_model(fitted("regression")[0], tmp_path, "litert", overwrite=True)
    with pytest.raises(FileNotFoundError, match="create it first"):
        export_model(fitted("regression")[0], tmp_path / "no" / "model")


def test_an_empty_folder_is_filled(tmp_path):
    export_model(fitted("regression")[0], tmp_path)
    assert "predict" in tf.saved_model.load(str(tmp_path)).signatures


def test_a_failure_leaves_the_old_model_whole(monkeypatch, tmp_path):
    model, *_ = fitted("regression")
    export_model(model, tmp_path / "model")
    before = sorted(path for path in tmp_path.rglob("*"))

    class Half:
        def write_out(self, path, **how):
            path.mkdir()
            (path / "saved_model.pb").write_bytes(b"half")
            raise OSError("No space left on device")

    monkeypatch.setattr(Serving, "archive", lambda serving: Half())
    with pytest.raises(OSError, match="No space left"):
        export_model(model, tmp_path / "model", overwrite=True)
    assert sorted(path for path in tmp_path.rglob("*")) == before
    tf.saved_model.load(str(tmp_path / "model"))


@pytest.mark.parametrize(
    "columns", [["a b", "a_b", "a-b"], ["_", "__", "1", "lambda", "self"], ["", " ", "é", "x.y"]]
)
def test_names_of_inputs_are_names_and_differ(columns):
    names = input_names(columns).values()
    assert len(set(names)) == len(columns)
    assert all(name.isidentifier() and name[0].isalpha() for name in names)


def test_images_come_in_the_dtype_of_the_fit():
    signature = intake_of(fitted("images")[0], "float64").signature
    assert signature["images"] == tf.TensorSpec((None, *IMAGES.shape[1:], 1), tf.uint8, "images")
