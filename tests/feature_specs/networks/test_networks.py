"""Networks on encoded features: what they hold, how they are shared, saved and compiled."""

from __future__ import annotations

import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from feature_specs import FeatureSpec, all_nominal, all_numeric, cols


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.normal(40, 10, 50),
            "fare": rng.gamma(2.0, 10.0, 50),
            "city": rng.choice(["Bonn", "Rome", "Oslo"], 50),
            "shop": rng.choice([f"shop {i:02}" for i in range(30)], 50),
            "tags": [list(rng.choice(["u", "v", "w"], rng.integers(0, 3))) for _ in range(50)],
        }
    )


def dense_model(spec, **options):
    inputs = spec.inputs()
    return keras.Model(inputs, spec.dense_features(inputs, **options))


def linear_model(spec, units=1, **options):
    inputs = spec.inputs()
    return keras.Model(inputs, spec.linear_logits(inputs, units, **options))


def embedding(spec, **options):
    spec = spec.step_categorical_column_with_vocabulary_list(["city", "shop", "tags"])
    return spec.step_embedding_column("tags", 2, **options)


# Inputs


def test_inputs_fit_the_encoding(table):
    spec = FeatureSpec().fit(table)
    encoded, inputs = spec.encode(table), spec.inputs()
    assert encoded.keys() == inputs.keys()
    for name, tensor in inputs.items():
        assert tensor.dtype == encoded[name].dtype.name
        assert tensor.ndim == encoded[name].ndim


def test_column_names_may_hold_anything(table):
    names = {"age": "a/b", "fare": "a_b", "city": "Größe (cm) ✓", "shop": "a b:c/d"}
    table = table.rename(columns=names)
    spec = FeatureSpec().fit(table)
    assert dense_model(spec)(spec.encode(table)).shape[0] == 50
    preprocess = spec.preprocessing_model()
    assert set(preprocess(spec.raw_inputs(table))) == set(spec.encode(table))


# Dense features


def test_few_categories_are_indicators_many_are_embedded(table):
    spec = FeatureSpec().fit(table)
    kinds = {name: type(ways[0]).__name__ for name, ways in spec.representations_.items()}
    assert kinds == {"city": "Indicator", "shop": "Embedding", "tags": "Indicator"}


def test_dense_features_of_numbers_and_indicators_are_transform(table):
    spec = FeatureSpec("~ age + fare + city + tags").fit(table)
    dense = dense_model(spec)(spec.encode(table)).numpy()
    np.testing.assert_array_equal(dense, spec.transform(table))


def test_dense_features_of_chosen_columns(table):
    spec = FeatureSpec().fit(table)
    chosen = dense_model(spec, columns=["fare", "city"])(spec.encode(table)).numpy()
    names = spec.get_feature_names_out().tolist()
    wanted = [names.index(n) for n in names if n == "fare" or n.startswith("city_")]
    np.testing.assert_array_equal(chosen, spec.transform(table)[:, wanted])


def test_an_empty_choice_is_an_error(table):
    spec = FeatureSpec("~ age").fit(table)
    with pytest.raises(ValueError, match="holds no feature"):
        spec.dense_features(columns=all_nominal())
    with pytest.raises(ValueError, match="holds no feature"):
        spec.linear_logits(columns=all_nominal())


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
def test_combiners(table, combiner):
    spec = embedding(FeatureSpec(), combiner=combiner).fit(table)
    model = dense_model(spec, columns="tags")
    (vectors,) = model.get_weights()
    for codes in spec.encode(table)["tags"]:
        known = vectors[codes[codes > 0]]
        size = {"sum": 1, "mean": len(known), "sqrtn": np.sqrt(len(known))}[combiner]
        expected = known.sum(axis=0) / size if len(known) else np.zeros(2)
        row = {
            "numeric": np.zeros((1, 0), "float32"),
            **spec.encode(table[:1]),
            "tags": codes[None],
        }
        actual = model({name: row[name] for name in spec.inputs()})
        np.testing.assert_allclose(actual.numpy()[0], expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
def test_weights_of_categories_weigh(combiner):
    table = pd.DataFrame({"x": [["a", "b"], ["c"], []], "w": [[1.0, 3.0], [2.0], []]})
    spec = FeatureSpec().step_weighted_categorical_column("x", "w")
    spec = spec.step_embedding_column("x", 2, combiner=combiner).fit(table)
    model = dense_model(spec)
    (v,) = model.get_weights()
    size = {"sum": (1, 1), "mean": (4, 2), "sqrtn": (np.sqrt(10), 2)}[combiner]
    expected = [(v[2] + 3 * v[3]) / size[0], 2 * v[4] / size[1], [0, 0]]
    np.testing.assert_allclose(model(spec.encode(table)).numpy(), expected, rtol=1e-5)


def test_what_no_training_row_had_contributes_nothing(table):
    spec = FeatureSpec("~ city + shop").fit(table)
    new = pd.DataFrame({"city": ["Paris", None], "shop": [None, "shop 99"]})
    assert not dense_model(spec)(spec.encode(new)).numpy().any()
    model = linear_model(spec)
    model.set_weights([np.ones_like(w) for w in model.get_weights()])
    np.testing.assert_array_equal(model(spec.encode(new)), [[1.0], [1.0]])


def test_missing_in_training_is_trained():
    table = pd.DataFrame({"x": ["a", None, "b"]})
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("x")
    spec = spec.step_embedding_column("x", 2).fit(table)
    assert dense_model(spec)(spec.encode(table)).numpy()[1].any()


@pytest.mark.parametrize("form", [dict, pd.DataFrame])
def test_pretrained_vectors(table, form):
    vectors = {"Bonn": [1.0, 2.0], "Rome": [3.0, 4.0]}
    weights = vectors if form is dict else pd.DataFrame(vectors).T
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("city")
    spec = spec.step_embedding_column("city", weights=weights, trainable=False).fit(table)
    model = dense_model(spec)
    assert model.trainable_weights == []
    new = table[:3].assign(city=["Bonn", "Rome", "Oslo"])
    assert model(spec.encode(new)).numpy().tolist() == [[1, 2], [3, 4], [0, 0]]


def test_long_vectors_are_shortened(table):
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("city")
    spec = spec.step_embedding_column("city", 4, initializer="ones", max_norm=1.0).fit(table)
    lengths = np.linalg.norm(dense_model(spec)(spec.encode(table)), axis=1)
    np.testing.assert_allclose(lengths, 1.0, rtol=1e-5)


def test_shared_embeddings_are_one_table():
    table = pd.DataFrame({"a": ["x", "y"], "b": ["y", "z"], "c": [["x"], ["z", "z"]]})
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list(["a", "b", "c"])
    spec = spec.step_shared_embeddings_column(["a", "b", "c"], 3, combiner="sum").fit(table)
    model = dense_model(spec)
    assert [w.shape for w in model.weights] == [(5, 3)]
    out = model(spec.encode(table)).numpy()
    np.testing.assert_array_equal(out[0, 3:6], out[1, :3])
    np.testing.assert_allclose(out[1, 6:], 2 * out[1, 3:6])


def test_a_feature_may_be_represented_twice(table):
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("city")
    spec = spec.step_indicator_column("city").step_embedding_column("city", 2).fit(table)
    assert dense_model(spec).output_shape == (None, 5)


# Linear models


def test_linear_logits_start_at_zero(table):
    spec = FeatureSpec().fit(table)
    assert not linear_model(spec, 2)(spec.encode(table)).numpy().any()


@pytest.mark.parametrize("columns", [None, ["fare", "city", "tags"], all_numeric()])
def test_coefficients_are_those_of_transform(table, columns):
    table.loc[0, "city"] = None
    spec = FeatureSpec().fit(table)
    model = linear_model(spec, 2, columns=columns)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    coefficients, intercept, names = spec.linear_coefficients(model, columns)
    all_names = spec.get_feature_names_out().tolist()
    if columns is None:
        assert names == all_names
    design = spec.transform(table)[:, [all_names.index(name) for name in names]]
    np.testing.assert_allclose(
        model(spec.encode(table)), design @ coefficients + intercept, rtol=1e-4, atol=1e-5
    )


def test_linear_logits_without_a_constant(table):
    spec = FeatureSpec("~ age + city").fit(table)
    model = linear_model(spec, bias=False)
    assert len(model.weights) == 2
    assert spec.linear_coefficients(model)[1].tolist() == [0.0]


def test_coefficients_are_found_inside_other_networks(table):
    spec = FeatureSpec().fit(table)
    inputs = spec.inputs()
    parts = [
        keras.Model(inputs, spec.linear_logits(inputs), name="linear"),
        keras.Model(inputs, keras.layers.Dense(1)(spec.dense_features(inputs)), name="dnn"),
    ]
    combined = keras.Model(inputs, keras.layers.Add()([part(inputs) for part in parts]))
    coefficients, _, names = spec.linear_coefficients(combined)
    assert coefficients.shape == (len(names), 1)


# Sharing, saving, compiling


def test_folds_share_a_signature(table):
    spec = FeatureSpec("~ age + fare + city")
    first, second = spec.fit(table[:30]).encoded_signature_, spec.fit(table[20:]).encoded_signature_
    assert first == second
    assert hash(first) == hash(second)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.assign(city=t["city"].replace("Oslo", "Bonn")),
        lambda t: t.assign(age=t["age"].where(t.index > 3)),
        lambda t: t.assign(city=t["city"].where(t.index > 3)),
        lambda t: t.rename(columns={"age": "years"}),
        lambda t: t[["fare", "age", "city"]],
    ],
    ids=["category gone", "gaps in numbers", "gaps in text", "renamed", "reordered"],
)
def test_other_networks_have_other_signatures(table, change):
    table = table[["age", "fare", "city"]]
    signature = FeatureSpec().fit(table).encoded_signature_
    assert FeatureSpec().fit(change(table)).encoded_signature_ != signature


@pytest.mark.parametrize(
    "options",
    [
        {"dimension": 3},
        {"dimension": 2, "combiner": "sum"},
        {"dimension": 2, "initializer": "zeros"},
        {"dimension": 2, "max_norm": 1.0},
        {"dimension": 2, "trainable": False},
        {"weights": {"Bonn": [0.0, 1.0]}},
        {"weights": {"Bonn": [0.0, 2.0]}},
    ],
    ids=str,
)
def test_other_embeddings_have_other_signatures(table, options):
    spec = FeatureSpec().step_categorical_column_with_vocabulary_list("city")
    plain = spec.step_embedding_column("city", 2).fit(table).encoded_signature_
    assert spec.step_embedding_column("city", **options).fit(table).encoded_signature_ != plain


def test_networks_are_saved(table, tmp_path):
    spec = embedding(FeatureSpec().step_numeric_column(cols("age", "fare")), max_norm=2.0).fit(
        table
    )
    inputs = spec.inputs()
    outputs = [spec.dense_features(inputs, columns=~cols("fare")), spec.linear_logits(inputs)]
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for left, right in zip(model(spec.encode(table)), loaded(spec.encode(table)), strict=True):
        np.testing.assert_array_equal(left, right)


LOAD = """
import sys
import feature_specs
import keras
for name in sys.argv[1:]:
    keras.models.load_model(name)
"""


def test_a_process_that_imports_feature_specs_loads_every_model(table, tmp_path):
    table["day"] = pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(50), "D")
    table["word"] = table["shop"]
    spec = (
        FeatureSpec()
        .step_numeric_column("age", normalizer="quantile")
        .step_numeric_column("fare", normalizer="log1p")
        .step_datetime_column("day")
        .step_categorical_column_with_vocabulary_list(["city", "tags"])
        .step_categorical_column_with_hash_bucket("shop", 9)
        .step_bucketized_column("age")
        .step_crossed_column(["city", "bucketized_age"])
        .step_text_column("word", representation="count")
        .step_embedding_column("shop", 2)
        .fit(table)
    )
    spec.preprocessing_model().save(tmp_path / "preprocessing.keras")
    dense_model(spec, columns=~cols("fare")).save(tmp_path / "network.keras")
    files = map(str, sorted(tmp_path.iterdir()))
    ran = subprocess.run([sys.executable, "-c", LOAD, *files], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_networks_are_compiled_by_xla(table):
    spec = embedding(FeatureSpec().step_numeric_column(cols("age", "fare")), max_norm=2.0)
    spec = spec.step_bucketized_column("age", num_bins=3).step_crossed_column(["city", "shop"], 50)
    spec = spec.fit(table)
    inputs = spec.inputs()
    model = keras.Model(inputs, [spec.dense_features(inputs), spec.linear_logits(inputs)])

    @tf.function(jit_compile=True)
    def gradients(encoded):
        with tf.GradientTape() as tape:
            dense, logits = model(encoded)
            loss = tf.reduce_sum(dense**2) + tf.reduce_sum((logits - 1.0) ** 2)
        return tape.gradient(loss, model.trainable_variables)

    found = gradients({name: tf.constant(array) for name, array in spec.encode(table).items()})
    assert all(np.isfinite(tf.convert_to_tensor(gradient)).all() for gradient in found)


def test_preprocessing_and_network_make_one_model(table, tmp_path):
    spec = FeatureSpec().fit(table)
    preprocess, network = spec.preprocessing_model(), dense_model(spec)
    raw = {tensor.name: tensor for tensor in preprocess.inputs}
    served = keras.Model(raw, network(preprocess(raw)))
    expected = network(spec.encode(table))
    np.testing.assert_array_equal(served(spec.raw_inputs(table)), expected)
