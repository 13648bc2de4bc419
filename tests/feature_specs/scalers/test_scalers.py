"""Scalers: host and graph agree bit for bit, and scikit-learn agrees with both."""

import pickle
import warnings

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import preprocessing
from sklearn.base import clone

from feature_specs.scalers import exact_math
from feature_specs.scalers.nonlinear import (
    Function,
    Identity,
    Log1p,
    MaxAbs,
    MinMax,
    Quantile,
    Robust,
    Scaler,
    Standard,
    Wrapped,
    as_scaler,
)

SCALERS = [
    Identity(),
    Standard(),
    Standard(ddof=1),
    MinMax(),
    Robust(),
    MaxAbs(),
    Log1p(),
    Quantile(n_quantiles=7),
    Quantile(n_quantiles=1000, output="uniform"),
]
AFFINE = [scaler for scaler in SCALERS if scaler.affine]


@keras.saving.register_keras_serializable(package="tests")
def halved_square(column):
    return keras.ops.square(column) / 2.0


def steady(scaler):
    """A test's name without a function's address: pytest-xdist compares names between workers."""
    return repr(scaler).split(" at 0x")[0]


def bits(array):
    assert array.dtype == np.float64
    # A NaN's sign and payload carry no meaning; TensorFlow flushes subnormal numbers to zero.
    array = np.where(np.abs(array) < np.finfo(np.float64).tiny, np.copysign(0.0, array), array)
    return np.where(np.isnan(array), np.nan, array).view(np.int64)


def assert_same_bits(one, other):
    np.testing.assert_array_equal(bits(one), bits(other))
    with np.errstate(over="ignore"):
        narrow = one.astype(np.float32), other.astype(np.float32)
    np.testing.assert_array_equal(*narrow)


def blocks(lowest=-1e30, highest=1e30, gaps=True, rows=(1, 40)):
    elements = st.one_of(
        st.floats(lowest, highest, allow_subnormal=False),
        st.integers(-3, 90).map(float),
        *([st.just(np.nan)] if gaps else []),
    )
    # Four columns whatever the data, so that few shapes are compiled.
    return st.integers(*rows).flatmap(lambda n: hnp.arrays(np.float64, (n, 4), elements=elements))


@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
@settings(max_examples=40, deadline=None)
@given(seen=blocks(), new=blocks())
def test_layer_repeats_transform_bit_for_bit(scaler, seen, new):
    scaler = clone(scaler).fit(seen)
    layer = scaler.to_keras()
    block = np.vstack([seen, new])
    host = scaler.transform(block)
    assert_same_bits(host, layer(block).numpy())
    np.testing.assert_array_equal(np.isnan(block) & ~np.isnan(host), False)


@pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "XLA"])
@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
def test_compiled_layer_repeats_transform_bit_for_bit(scaler, jit_compile):
    rng = np.random.default_rng(0)
    block = np.stack(
        [
            rng.normal(size=5000),
            np.expm1(4 * rng.normal(size=5000)),
            rng.uniform(-0.999, 1e-3, 5000),
            rng.poisson(1.0, 5000),
            1e-9 * rng.normal(size=5000),
        ],
        axis=1,
    )
    block[rng.random(block.shape) < 0.05] = np.nan
    block[:4, 0] = [-0.0, -1.0, -2.0, 1e300]
    scaler = clone(scaler).fit(block[1000:])
    compiled = tf.function(scaler.to_keras(), jit_compile=jit_compile)
    assert_same_bits(scaler.transform(block), compiled(tf.constant(block)).numpy())
    # The last rows of a batch take other instructions than the first.
    for rows in (1, 3):
        piece = block[:rows]
        assert_same_bits(scaler.transform(piece), compiled(tf.constant(piece)).numpy())
        assert_same_bits(scaler.transform(piece), scaler.transform(block)[:rows])


def _compiled_scalers():
    rng = np.random.default_rng(11)
    seen = np.stack(
        [
            rng.normal(7, 3, 60),
            np.exp(4 * rng.normal(size=60)),
            np.arange(60.0),
            1e-30 * rng.random(60),
        ],
        axis=1,
    )
    for scaler in SCALERS:
        fitted = clone(scaler).fit(seen)
        for mode in ("graph", "XLA"):
            # One compilation, then any number of examples of its shape.
            layer = tf.function(fitted.to_keras(), jit_compile=mode == "XLA")
            yield pytest.param(fitted, layer, id=f"{scaler!r}-{mode}")


@pytest.mark.parametrize(("scaler", "layer"), list(_compiled_scalers()))
@settings(max_examples=40, deadline=None)
@given(new=hnp.arrays(np.float64, (6, 4), elements=st.floats(-1e30, 1e30) | st.just(np.nan)))
def test_compiled_layer_repeats_transform_for_any_numbers(scaler, layer, new):
    assert_same_bits(scaler.transform(new), layer(tf.constant(new)).numpy())


TINY_COLUMN = np.array(
    [0.0, -0.0, 1e-30, 3e-38, -1e-39, 1e-40, 1e-45, 1e-300, -1e-310, 5e-324, 2.0, np.nan]
)[:, None]


@pytest.mark.parametrize("mode", ["eager", "graph", "XLA"])
@pytest.mark.parametrize("scaler", [*SCALERS, Function(halved_square)], ids=steady)
def test_numbers_too_small_for_float32_are_the_same_zero_everywhere(scaler, mode):
    new = TINY_COLUMN
    scaler = clone(scaler).fit(np.array([[0.0], [1e-3], [2.0]]))

    def cast(block):
        return tf.cast(scaler.to_keras()(block), tf.float32)

    if mode != "eager":
        cast = tf.function(cast, jit_compile=mode == "XLA")
    host = scaler.transform(new).astype(np.float32)
    np.testing.assert_array_equal(
        host.view(np.int32), cast(tf.constant(new)).numpy().view(np.int32)
    )


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "float32", "bool"])
@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
def test_blocks_of_any_dtype(scaler, dtype):
    block = np.random.default_rng(9).integers(0, 256, (40, 3)).astype(dtype)
    expected = clone(scaler).fit(block.astype(np.float64)).transform(block.astype(np.float64))
    assert_same_bits(clone(scaler).fit(block).transform(block), expected)


def test_standard_reads_wide_and_long_blocks_in_pieces():
    rng = np.random.default_rng(10)
    for shape in [(3, 200_000), (300_000, 2), (1000, 300)]:
        block = rng.normal(1e3, 1.0, shape).astype(np.float32)
        scaler = Standard().fit(block)
        exact = block.astype(np.float64)
        np.testing.assert_allclose(scaler.center_, exact.mean(axis=0), rtol=1e-13)
        np.testing.assert_allclose(1 / scaler.inv_scale_, exact.std(axis=0), rtol=1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Standard(), preprocessing.StandardScaler()),
        (MinMax(), preprocessing.MinMaxScaler()),
        (Robust(), preprocessing.RobustScaler()),
        (MaxAbs(), preprocessing.MaxAbsScaler()),
    ],
    ids=lambda scaler: type(scaler).__name__,
)
@settings(max_examples=60, deadline=None)
@given(block=blocks(-1e6, 1e6, gaps=False, rows=(2, 30)).map(lambda block: block.round(3)))
def test_affine_scalers_agree_with_scikit_learn(ours, theirs, block):
    ours, theirs = clone(ours).fit(block), clone(theirs).fit(block)
    expected = theirs.transform(block)
    # The last bit of a mean may differ, and a small spread around a large mean magnifies it.
    slack = 1e-14 * np.abs(block).max() * ours.inv_scale_.max()
    np.testing.assert_allclose(ours.transform(block), expected, rtol=1e-9, atol=1e-9 + slack)


@settings(max_examples=30, deadline=None)
@given(block=blocks(-100, 100, gaps=False, rows=(4, 30)), data=st.data())
def test_standard_weighs_rows_as_scikit_learn_does(block, data):
    weight = data.draw(hnp.arrays(np.float64, len(block), elements=st.integers(1, 5).map(float)))
    block = block.round(2)
    ours = Standard().fit(block, weight)
    theirs = preprocessing.StandardScaler().fit(block, sample_weight=weight)
    repeated = Standard().fit(np.repeat(block, weight.astype(int), axis=0))
    np.testing.assert_allclose(ours.center_, theirs.mean_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.inv_scale_, 1 / theirs.scale_, rtol=1e-8)
    np.testing.assert_allclose(ours.inv_scale_, repeated.inv_scale_, rtol=1e-8)


@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
def test_rows_without_weight_do_not_count(scaler):
    block = np.arange(12.0).reshape(6, 2)
    weight = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    some = clone(scaler).fit(block, weight).transform(block)
    np.testing.assert_allclose(some, clone(scaler).fit(block[:4]).transform(block), rtol=1e-12)


@pytest.mark.parametrize("scaler", AFFINE, ids=repr)
def test_affine_scalers_compute_what_they_expose(scaler):
    rng = np.random.default_rng(1)
    block = rng.normal(5.0, 3.0, (50, 3))
    block[::7, 1] = np.nan
    scaler = clone(scaler).fit(block)
    assert scaler.center_.dtype == scaler.inv_scale_.dtype == np.float64
    assert scaler.center_.shape == scaler.inv_scale_.shape == (3,)
    assert_same_bits(scaler.transform(block), (block - scaler.center_) * scaler.inv_scale_)
    known = block[~np.isnan(block[:, 1])][:, 1:2]
    assert clone(scaler).fit(known).center_[0] == scaler.center_[1]
    assert clone(scaler).fit(known).inv_scale_[0] == scaler.inv_scale_[1]


@pytest.mark.parametrize("scaler", [Standard(), Standard(ddof=1), MinMax(), Robust()], ids=repr)
@pytest.mark.parametrize("noise", [0.0, 1e-16, 2e-16])
def test_constant_columns_are_not_stretched(scaler, noise):
    rng = np.random.default_rng(2)
    block = 123.4 * (1.0 + noise * rng.choice([-1.0, 0.0, 1.0], (100, 1)))
    scaler = clone(scaler).fit(block)
    assert scaler.inv_scale_.tolist() == [1.0]
    np.testing.assert_allclose(scaler.transform(block), 0.0, atol=1e-12)


@pytest.mark.parametrize("scaler", [*SCALERS, Function(np.abs)], ids=repr)
def test_columns_without_values_give_no_warning(scaler):
    block = np.full((5, 2), np.nan)
    block[:, 1] = [1.0, 2.0, 3.0, np.inf, np.nan]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scaler = clone(scaler).fit(block)
        scaled = scaler.transform(block)
    assert np.isnan(scaled[:, 0]).all()
    assert np.isfinite(scaled[:3, 1]).all()
    if scaler.affine:
        assert (scaler.center_[0], scaler.inv_scale_[0]) == (0.0, 1.0)


def test_log1p_is_accurate_and_follows_numpy_at_the_edges():
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.uniform(-1, 3, 5000), np.exp(50 * rng.normal(size=5000)), [1e-300]])
    ours = Log1p().fit(x[:, None]).transform(x[:, None])[:, 0]
    np.testing.assert_allclose(ours, np.log1p(x), rtol=5e-16, atol=exact_math.SMALLEST)
    edges = np.array([[0.0], [-1.0], [-1.5], [np.inf], [-np.inf], [np.nan]])
    with np.errstate(all="ignore"):
        assert_same_bits(Log1p().fit(edges).transform(edges), np.log1p(edges))


@pytest.mark.parametrize("output", ["normal", "uniform"])
def test_quantile_agrees_with_scikit_learn(output):
    rng = np.random.default_rng(4)
    block = np.exp(rng.normal(size=(3000, 2)))
    new = np.vstack([np.exp(rng.normal(size=(500, 2))), [[-5.0, 0.0], [1e9, 1e3]]])
    theirs = preprocessing.QuantileTransformer(n_quantiles=200, output_distribution=output)
    expected = theirs.fit(block).transform(new)
    ours = Quantile(n_quantiles=200, output=output).fit(block).transform(new)
    np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-9)


def test_quantiles_between_numbers_too_small_to_compare():
    block = np.array([[2.3e-308], [0.0], [1.0]])
    scaler = Quantile(n_quantiles=3, output="uniform").fit(block[:2])
    new = np.vstack([block, TINY_COLUMN])
    assert_same_bits(scaler.transform(new), scaler.to_keras()(new).numpy())


def test_quantile_gives_repeated_values_their_middle_rank():
    block = np.array([[0.0, 7.0]] * 50 + [[float(i), 7.0] for i in range(1, 52)])
    scaled = Quantile(output="uniform").fit(block).transform(block)
    assert scaled[0, 0] == pytest.approx(0.245, abs=0.005)
    assert scaled[-1, 0] == 1.0
    assert set(scaled[:, 1]) == {0.5}
    assert Quantile().fit(block).transform([[0.0, 7.0], [0.0, 8.0]])[:, 1].tolist() == [
        0.0,
        pytest.approx(5.199, abs=1e-3),
    ]


@pytest.mark.parametrize("rows", [160, 500])
def test_quantile_tears_no_repeated_values_apart(rows):
    values = np.random.default_rng(0).integers(0, 9, rows) * 0.1
    scaled = Quantile(output="uniform").fit(values[:, None]).transform(values[:, None])
    ranks = pd.Series(values).rank().to_numpy() - 1
    np.testing.assert_allclose(scaled[:, 0], ranks / (rows - 1), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seen=blocks(), new=blocks(gaps=False, rows=(5, 40)))
def test_quantile_keeps_the_order(seen, new):
    new = np.sort(new, axis=0)
    scaled = Quantile().fit(seen).transform(new)
    assert (np.diff(scaled, axis=0) >= -1e-9).all()


@pytest.mark.parametrize("scaler", [*SCALERS, Function(halved_square)], ids=steady)
def test_layers_come_back_from_their_config_and_from_a_saved_model(scaler, tmp_path):
    block = np.random.default_rng(5).normal(size=(20, 3))
    scaler = clone(scaler).fit(block)
    layer = scaler.to_keras()
    expected = scaler.transform(block)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.name == layer.name
    assert_same_bits(expected, again(block).numpy())

    inputs = keras.Input((3,), dtype="float64")
    outputs = layer(inputs)
    assert outputs.dtype == "float64"
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "scaler.keras")
    loaded = keras.saving.load_model(tmp_path / "scaler.keras")
    assert_same_bits(expected, loaded(block).numpy())
    batches = tf.data.Dataset.from_tensor_slices(block).batch(7)  # arrays would become float32
    assert_same_bits(expected, model.predict(batches, verbose=0))


@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
def test_scalers_are_values(scaler):
    block = np.random.default_rng(6).normal(size=(9, 2))
    before = block.copy()
    fitted = clone(scaler).fit(block)
    restored = pickle.loads(pickle.dumps(fitted))
    assert_same_bits(fitted.transform(block), restored.transform(block))
    np.testing.assert_array_equal(block, before)
    assert not np.shares_memory(fitted.transform(block), block)
    assert fitted == scaler
    assert hash(fitted) == hash(scaler)
    assert eval(repr(scaler)) == scaler
    assert fitted.transform(block[:0]).shape == (0, 2)


def test_equality_looks_at_parameters():
    assert Standard() != Standard(ddof=1)
    assert Standard() != MinMax()
    assert Function(np.abs) == Function(np.abs)
    assert Wrapped(preprocessing.Normalizer()) == Wrapped(preprocessing.Normalizer())


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


def test_wrapped_transformers_stay_on_the_host():
    block = np.random.default_rng(7).normal(size=(30, 2))
    transformer = preprocessing.QuantileTransformer(n_quantiles=5).set_output(transform="pandas")
    scaler = as_scaler(transformer).fit(block)
    assert not hasattr(transformer, "quantiles_")
    expected = clone(transformer).set_output(transform="default").fit_transform(block)
    np.testing.assert_array_equal(scaler.transform(block), expected)
    assert not scaler.affine
    with pytest.raises(TypeError, match="QuantileTransformer is a scikit-learn transformer"):
        scaler.to_keras()
    with pytest.raises(ValueError, match="must keep the number of columns"):
        as_scaler(preprocessing.PolynomialFeatures()).fit(block).transform(block)


def test_functions():
    block = np.random.default_rng(8).normal(size=(30, 2))
    scaler = as_scaler(halved_square).fit(block)
    assert_same_bits(scaler.transform(block), np.square(block) / 2.0)
    assert_same_bits(scaler.transform(block), scaler.to_keras()(block).numpy())
    only_host = as_scaler(lambda column: np.sort(column)).fit(block)
    np.testing.assert_array_equal(only_host.transform(block), np.sort(block, axis=0))
    with pytest.raises(TypeError, match="write it with keras.ops"):
        only_host.to_keras()
    with pytest.raises(ValueError, match="one number a row"):
        as_scaler(np.sum).fit(block).transform(block)


def test_what_is_refused():
    block = np.ones((3, 2))
    with pytest.raises(ValueError, match="not fitted"):
        Standard().transform(block)
    with pytest.raises(ValueError, match="not fitted"):
        Standard().to_keras()
    with pytest.raises(ValueError, match="fitted on 2 columns"):
        Standard().fit(block).transform(block[:, :1])
    with pytest.raises(ValueError, match="not 1-D"):
        Standard().fit(block[0])
    with pytest.raises(ValueError, match="2 sample weights were given for 3 rows"):
        Standard().fit(block, [1.0, 2.0])
    with pytest.raises(ValueError, match="output must be"):
        Quantile(output="gaussian").fit(block)
    with pytest.raises(ValueError, match="at least 1"):
        Quantile(n_quantiles=0).fit(block)
