"""Models whose specs hold every kind of column, and what a client sends an exported model."""

import numpy as np
import pandas as pd
import tensorflow as tf
from exported_models import plain
from fitted_cases import TABLE, TEXTS, THREE, TWO, VALUES, X, fitted

from estimators import DNNClassifier, DNNLinearCombinedRegressor, TextClassifier
from estimators.persistence.export.inputs import Images, Matrix, intake_of
from feature_specs import FeatureSpec
from feature_specs.encoders.dates import PART_SIZES
from feature_specs.given_tables import table_of_fit
from feature_specs.networks.raw_columns import raw_arrays

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
        "posted": some(["31/12/2019 23:59", "1/2/2020 00:00", "29/02/2020 12:30"]),
        "stamp": 10**12 + RNG.integers(0, 10**11, ROWS),
        "took": pd.to_timedelta(RNG.integers(0, 10**6, ROWS), "s"),
        "at": pd.date_range("2020-03-28", periods=ROWS, freq="h", tz="Europe/Berlin"),
        "sent": some(["2020-01-31T12:00Z", "2020-07-31T12:00+02:00"]),
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
        .step_datetime_column("day", parts=("year", *PART_SIZES))
        .step_datetime_column("posted", parts=("month", "minute"))
        .step_datetime_column("stamp", parts=("year", "hour"), unit="ms")
        .step_numeric_column("took", normalizer="standard")
        .step_datetime_column("at", parts=["hour"], holidays=["2020-03-29"])
        .step_datetime_column("sent", parts=["month", "hour"], time_zone="Asia/Kolkata")
        .step_elapsed_time_column("day", since="posted", output_unit="h")
        .step_elapsed_time_column("at", since="2020-03-28T00:00Z", normalizer="min_max")
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
        if name not in ("vector", "tags", "ids", "weight", "few", "stamp"):
            column.iloc[number % 6] = None
        if isinstance(column.dropna().iloc[0], str) and name not in ("posted", "sent"):
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
# Their LiteRT models need no operations of TensorFlow's.
ON_DEVICES = [
    "several values",
    "counts",
    "labels",
    "images",
    "members",
    "neighbor network",
    "blend",
    "monotonic",
]


def model_and_rows(name, folder):
    if name in FURTHER:
        return FURTHER[name](folder)
    model, rows, _ = fitted(name)
    return model, with_gaps(rows) if rows is TABLE else rows


def sent(model, rows, dtype, specs=None):
    """Return what a client sends for these rows, to what encodes as `specs` do."""
    specs = specs or model._specs_
    intake = intake_of(specs, dtype)
    rows = model._check_X(rows, reset=False)
    if isinstance(intake, Images):
        return specs[""].encode(rows)
    if isinstance(intake, Matrix):
        return {"X": rows.astype(dtype)}
    columns = raw_arrays(specs, {s: table_of_fit(p, rows) for s, p in specs.items()})
    return {
        name: columns[column].astype(str if columns[column].dtype == object else array.dtype.name)
        for column, name in intake.names.items()
        for array in [intake.signature[name]]
    }


def assert_agrees(model, rows, answers, *, atol, rtol):
    """Whatever an exported model answers is what the estimator predicts."""
    expected = model.predict(rows)
    if "predictions" in answers:
        assert answers["predictions"].shape == expected.shape
        near = {"rtol": rtol, "atol": atol * np.std(expected)}
        np.testing.assert_allclose(answers["predictions"], expected, **near)
        if "quantiles" in answers:
            np.testing.assert_allclose(answers["quantiles"], model.predict_quantiles(rows), **near)
        return
    labels = [str(label) for label in model.classes_]
    if "probabilities" in answers:
        assert answers["probabilities"].dtype == np.float32
        probabilities = model.predict_proba(rows)
        np.testing.assert_allclose(answers["probabilities"], probabilities, rtol=0, atol=atol)
    if "classes" in answers:
        if expected.ndim == 1:
            expected = np.array(labels)[np.searchsorted(model.classes_, expected)]
        np.testing.assert_array_equal(plain(answers["classes"]), expected)
    if "all_classes" in answers:
        assert plain(answers["all_classes"]).tolist() == [labels] * len(expected)
