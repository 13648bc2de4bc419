"""ONNX models on raw columns: they answer as `predict` does, or an error names the column."""

import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from export_cases import (
    EVERY_KIND,
    FURTHER,
    ON_DEVICES,
    QUICK,
    assert_agrees,
    model_and_rows,
    sent,
    with_gaps,
)
from fitted_cases import TABLE, TEXTS, THREE, TWO, VALUES, fitted
from sklearn.base import is_classifier

from estimators import (
    DNNClassifier,
    DNNRegressor,
    LinearClassifier,
    TabularClassifier,
    TabularNetworkRegressor,
    TextClassifier,
)
from estimators.persistence.export.export_model import export_model
from estimators.persistence.export.inputs import intake_of
from estimators.persistence.export.onnx.encoders import onnx_specs
from feature_specs import ColumnWarning, FeatureSpec, scalers
from feature_specs.encoders.dates import PART_SIZES

pytest.importorskip("tf2onnx")
runtime = pytest.importorskip("onnxruntime")

SOME = {**QUICK, "epochs": 1, "hidden_units": 8}


def categories():
    return (
        FeatureSpec()
        .step_numeric_column("x", normalizer="quantile", default_value="median")
        .step_numeric_column("z", normalizer=scalers.Quantile("auto", limit=2.0))
        .step_numeric_column("few", normalizer="log1p")
        .step_numeric_column(["vector"], shape=3, normalizer="min_max")
        .step_numeric_column(["big", "took"], normalizer="standard")
        .step_bucketized_column(["x", "z"], num_bins=4)
        .step_crossed_column(["bucketized_x", "bucketized_z"], 9)
        .step_categorical_column_with_vocabulary_list(["text", "big", "other"], max_tokens=2)
        .step_categorical_column_with_vocabulary_list(["tags", "ids", "kind"])
        .step_categorical_column_with_identity("few", 4)
        .step_weighted_categorical_column("text", "weight")
        .step_datetime_column(["day", "posted"], parts=("year", "month"))
        .step_datetime_column("stamp", parts=("year", "hour"), unit="ms")
        .step_embedding_column("big", 3)
        .step_shared_embeddings_column(["tags", "other"], 2)
    )


def odd_values(folder):
    texts = ["a", "A", " a", "a\n", "Größe ✓", "größe ✓", "[UNK]", "0", "None", "nan"]
    numbers = [0, -1, 2**60, 2**60 + 1]
    table = pd.DataFrame(
        {
            "t": [texts[row % len(texts)] for row in range(len(VALUES))],
            "i": pd.array([numbers[row % 3] for row in range(len(VALUES))], "Int64"),
        }
    )
    later = pd.DataFrame(
        {"t": [*texts, "a ", "", None, "\ufdd0"], "i": pd.array([*numbers, None, 2] * 2 + [1, 0])}
    )
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list(["t", "i"])
    return DNNRegressor(spec, **SOME).fit(table, VALUES), later


def on_table(model, target):
    table = TABLE[["age", "city", "since"]]
    return lambda folder: (model.fit(table, target), with_gaps(table))


# Of a scale, a centre far from it and gaps, as tables have them.
FAR = TABLE[["age"]].assign(lat=42.0 + 0.02 * VALUES, weight=1e9 + THREE)
RAW = {
    "every kind": lambda folder: (
        DNNClassifier(categories(), **SOME).fit(EVERY_KIND, THREE),
        with_gaps(EVERY_KIND),
    ),
    "odd values": odd_values,
    "far numbers": lambda folder: (DNNRegressor(**SOME).fit(FAR, VALUES), with_gaps(FAR)),
    "members": on_table(DNNClassifier(members=2, **SOME), TWO),
    "tabular network": on_table(TabularNetworkRegressor(**SOME), VALUES),
    "blend": on_table(
        TabularClassifier(
            members=2,
            jit_compile=False,
            random_state=0,
            estimators=[
                ("linear", LinearClassifier(epochs=1)),
                ("deep", DNNClassifier(hidden_units=8, epochs=1)),
            ],
        ),
        TWO,
    ),
    "overlapping columns": FURTHER["overlapping columns"],
    "numbers for categories": FURTHER["numbers for categories"],
}
# The others are asked with raw columns.
ON_ARRAYS = ["own model", "positive", *(name for name in ON_DEVICES if name not in RAW)]


def asked(model, inputs, path):
    """Return what ONNX's runtime answers, by the names of the outputs."""
    export_model(model, path)
    session = runtime.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def sent_to_onnx(model, rows):
    inputs = sent(model, rows, "float64", onnx_specs(model._specs_))
    return {n: a.astype(object) if a.dtype.kind == "U" else a for n, a in inputs.items()}


def assert_onnx_agrees(model, rows, folder):
    answers = asked(model, sent_to_onnx(model, rows), folder / "model.onnx")
    outputs = {"classes", "probabilities", "all_classes"}
    assert set(answers) == (outputs if is_classifier(model) else {"predictions"})
    assert_agrees(model, rows, answers, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", [*ON_ARRAYS, "linear"])
def test_an_onnx_model_answers_as_predict_does(name, tmp_path):
    assert_onnx_agrees(*model_and_rows(name, tmp_path), tmp_path)


@pytest.mark.parametrize("name", RAW)
def test_raw_columns_with_missing_and_unseen_values(name, tmp_path):
    assert_onnx_agrees(*RAW[name](tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("table", "target", "model"),
    [
        ("credit_data", "Status", LinearClassifier(epochs=1, random_state=0)),
        ("hotel_rates", "avg_price_per_room", DNNRegressor(loss="gamma", **SOME)),
    ],
)
def test_tables(table, target, model, published, tmp_path):
    rows = pd.read_parquet(published(f"{table}.parquet")).sample(400, random_state=0)
    features = rows.drop(columns=target)
    # What the first rows lack, the others bring as unseen values.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ColumnWarning)
        model.fit(features[:200], rows[target][:200])
    assert_onnx_agrees(model, features, tmp_path)


def test_inputs_are_those_of_a_saved_model(tmp_path):
    spec = FeatureSpec().step_numeric_column(["age", "visits"])
    spec = spec.step_categorical_column_with_vocabulary_list(["city", "visits"])
    model = DNNRegressor(spec.step_datetime_column("since"), **SOME).fit(TABLE, VALUES)
    export_model(model, tmp_path / "model.onnx")
    inputs = runtime.InferenceSession(tmp_path / "model.onnx").get_inputs()
    kinds = {"float64": "double", "string": "string", "int64": "int64"}
    assert {i.name: i.type for i in inputs} == {
        name: f"tensor({kinds[column.dtype.name]})"
        for name, column in intake_of(model._specs_, "float64").signature.items()
    }


@pytest.mark.parametrize("format", ["%d/%m/%Y %H:%M:%S", "%Y%m%d", None])
def test_dates_before_and_after_1970(format, tmp_path):
    seconds = np.random.default_rng(0).integers(-4 * 10**9, 4 * 10**9, len(VALUES))
    day = pd.Series(seconds.astype("datetime64[s]"))
    if format is not None:
        day = day.dt.strftime(format)
    if format == "%Y%m%d":
        day = day.astype(int)
        seconds -= seconds % 86_400
    rows = pd.DataFrame({"day": day})
    spec = FeatureSpec().step_datetime_column(
        "day", parts=("year", *PART_SIZES), datetime_format=format
    )
    model = DNNRegressor(spec, **SOME).fit(rows, VALUES)
    answers = asked(model, {"day": seconds}, tmp_path / "model.onnx")
    assert_agrees(model, rows, answers, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", ["texts", "numbers", "moments"])
def test_holidays_and_time_that_has_passed_on_the_clock_of_a_zone(kind, tmp_path):
    hours = pd.to_timedelta(np.arange(len(VALUES)) * 37, "h")
    moments = pd.Series(pd.Timestamp("2019-12-31", tz="UTC") + hours)
    clock = moments.dt.tz_convert("Europe/Berlin")
    given = {
        "texts": moments.dt.strftime("%d/%m/%Y %H:%M:%S %z"),
        "numbers": moments.dt.as_unit("s").astype("int64"),
        "moments": clock,
    }
    reads = {
        "texts": {"time_zone": "Europe/Berlin"},
        "numbers": {"time_zone": "Europe/Berlin", "unit": "s"},
        "moments": {},
    }
    spec = FeatureSpec().step_datetime_column(
        "at", parts=["month", "hour", "to_holiday"], holidays=["2020-02-29"], **reads[kind]
    )
    if kind != "texts":
        spec = spec.step_elapsed_time_column("at", since="2020-01-01", **reads[kind])
    rows = pd.DataFrame({"at": given[kind]})
    model = DNNRegressor(spec, **SOME).fit(rows, VALUES)
    seconds = clock.dt.tz_localize(None).to_numpy("datetime64[s]").astype("int64")
    answers = asked(model, {"at": seconds}, tmp_path / "model.onnx")
    assert_agrees(model, rows, answers, atol=1e-6, rtol=1e-5)


def vocabulary(**how):
    return FeatureSpec().step_categorical_column_with_vocabulary_list("city", **how)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            FeatureSpec().step_categorical_column_with_hash_bucket("plan", 4),
            "Column 'plan' is put into buckets by its hash, .*; encode it with step_cat.*_list",
        ),
        (
            FeatureSpec().step_crossed_column(["city", "plan"], 9),
            "The cross of columns 'city' and 'plan' is put into buckets by its hash",
        ),
        (
            vocabulary(num_oov_buckets=3),
            "Column 'city' has 3 buckets for unseen values, by their hash, .*; take num_oov_b.*=1",
        ),
        (FeatureSpec().step_text_column("note"), "Column 'note' is split into words"),
    ],
)
def test_what_onnx_lacks_is_an_error_that_names_the_column(spec, said, tmp_path):
    model = DNNRegressor(spec, **SOME).fit(TABLE, VALUES)
    with pytest.raises(ValueError, match=f"{said}.*, or export with format='saved_model'"):
        export_model(model, tmp_path / "model.onnx")
    assert not any(tmp_path.iterdir())


def test_texts_and_sentence_models_have_no_form(tmp_path):
    for model, said in [
        (
            TextClassifier(**QUICK).fit(TEXTS, TWO),
            "Column 'text' is split into words as Keras does it",
        ),
        (FURTHER["sentence model"](tmp_path)[0], "Column 'text' goes through a sentence model"),
    ]:
        with pytest.raises(ValueError, match=f"{said}, for which ONNX has no operations"):
            export_model(model, tmp_path / "model.onnx")


def test_a_column_of_texts_that_is_a_number_too(tmp_path):
    table = TABLE.assign(digits=[str(number) for number in THREE])
    spec = FeatureSpec().step_numeric_column("digits")
    spec = spec.step_categorical_column_with_vocabulary_list("digits")
    model = DNNRegressor(spec, **SOME).fit(table, VALUES)
    with pytest.raises(ValueError, match="Column 'digits' holds texts that one step takes for num"):
        export_model(model, tmp_path / "model.onnx")


def test_the_error_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r"pip install \"keras-estimators\[onnx\]\""):
        export_model(fitted("regression")[0], tmp_path / "model.onnx", "onnx")
