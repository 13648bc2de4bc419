"""Numbers in pieces: what the layer computes, where it stands, what it learns from a fit."""

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import random as random_sparse
from sklearn.base import clone

from estimators import DNNClassifier, DNNLinearCombinedRegressor, DNNRegressor, load_model
from feature_specs import PiecewiseLinear
from feature_specs.columns.values.constant_columns import two_valued_positions
from feature_specs.networks.pieces import Pieces

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {"even": RNG.normal(size=90), "long": RNG.lognormal(size=90), "kind": RNG.choice([*"abc"], 90)}
)
Y = np.log(TABLE["long"]).to_numpy() + (TABLE["kind"] == "a")
MODEL = DNNRegressor(hidden_units=4, epochs=2, numeric_embedding=3, random_state=0)


def learnt_layer(numbers, count):
    layer = Pieces(count, "numeric")
    layer.build((None, numbers.shape[1]))
    layer.edges.assign(layer.learnt({"numeric": numbers}))
    return layer


NUMBERS = arrays(
    np.float32, st.tuples(st.integers(1, 30), st.just(2)), elements=st.integers(-9, 9).map(float)
)


@settings(max_examples=40, deadline=None)
@given(NUMBERS, st.integers(1, 5))
def test_pieces_are_interpolation_between_quantiles(numbers, count):
    """numpy.interp is the reference; a piece without width says nothing."""
    found = np.asarray(learnt_layer(numbers, count)(numbers)).reshape(len(numbers), 2, count)
    for column in range(2):
        edges = np.quantile(numbers[:, column], np.linspace(0, 1, count + 1)).astype("float32")
        for piece, (start, stop) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            expected = 0.0
            if stop > start:
                expected = np.interp(numbers[:, column], [start, stop], [0.0, 1.0])
            np.testing.assert_allclose(found[:, column, piece], expected, atol=1e-5)


def edges_of(network):
    return [v.numpy() for v in network.variables if v.name == "edges"]


def test_a_fit_learns_them_of_its_training_rows():
    model = clone(MODEL).fit(TABLE, Y)
    numbers = model.feature_spec_.encode(TABLE)["numeric"]
    expected = np.quantile(numbers, [0, 1 / 3, 2 / 3, 1], axis=0).T
    (edges,) = edges_of(model.network_)
    np.testing.assert_allclose(edges, expected, rtol=1e-5)


def test_each_member_learns_its_own_and_training_leaves_them():
    model = clone(MODEL).set_params(members=2).fit(TABLE, Y)
    (first,), (second,) = (
        [w for w, name in zip(t.weights, t.names, strict=True) if "edges" in name]
        for t in model.trained_.members
    )
    assert (first != second).any()
    warm = clone(MODEL).set_params(warm_start=True).fit(TABLE, Y)
    before = edges_of(warm.network_)
    after = edges_of(warm.fit(TABLE[:50], Y[:50]).network_)
    np.testing.assert_array_equal(before, after)


def test_columns_of_a_side_alone_are_cut():
    model = DNNLinearCombinedRegressor(
        dnn_columns=["long"], dnn_numeric_embedding=3, dnn_hidden_units=4, epochs=1, random_state=0
    ).fit(TABLE, Y)
    numbers = model.dnn_feature_spec_.encode(TABLE)["numeric"][:, 1:]
    (edges,) = edges_of(model.network_)
    np.testing.assert_allclose(edges, np.quantile(numbers, [0, 1 / 3, 2 / 3, 1], axis=0).T, 1e-5)


def test_saved_and_rebuilt(tmp_path):
    model = clone(MODEL).fit(TABLE, Y)
    model.save(tmp_path / "a.model")
    np.testing.assert_array_equal(
        load_model(tmp_path / "a.model").predict(TABLE), model.predict(TABLE)
    )
    path = tmp_path / "a.keras"
    model.network_.save(path)
    inputs = {name: np.asarray(v) for name, v in model.feature_spec_.encode(TABLE).items()}
    same = keras.models.load_model(path)(inputs)
    np.testing.assert_allclose(same, model.network_(inputs), rtol=1e-5)


@pytest.mark.parametrize(
    ("X", "pieces", "cut"),
    [
        (TABLE, "auto", True),
        (TABLE, None, False),
        (TABLE[["kind"]], "auto", False),
        (RNG.normal(size=(90, 101)), "auto", False),
        (RNG.normal(size=(90, 101)), 2, True),
        (random_sparse(90, 4, 0.5, "csr", random_state=0), "auto", False),
    ],
)
def test_what_is_cut(X, pieces, cut):
    model = clone(MODEL).set_params(numeric_embedding=pieces, epochs=0).fit(X, Y)
    assert bool(edges_of(model.network_)) is cut


def test_numbers_of_two_values_have_no_pieces(tmp_path):
    """They, and marks of gaps, say as much by themselves."""
    numbers = TABLE["long"].where(TABLE["even"] < 1)
    table = TABLE.assign(flag=(TABLE["kind"] == "a") + 2, long=numbers, kind=TABLE["even"] > 0)
    model = clone(MODEL).fit(table, Y)
    names = list(model.feature_spec_.get_feature_names_out())
    assert {"flag", "long_missing"} < set(names)
    layer = next(layer for layer in model.network_.layers if isinstance(layer, Pieces))
    assert [names[i] for i in layer.positions] == ["even", "long"]
    model.save(tmp_path / "a.model")
    np.testing.assert_array_equal(
        load_model(tmp_path / "a.model").predict(table), model.predict(table)
    )


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 200), st.just(3)), elements=st.integers(0, 2)))
def test_two_valued_are_those_that_numpy_finds(block):
    block[0] = 0
    block[-1] = 1
    found = two_valued_positions(block)
    assert found == [i for i in range(3) if len(np.unique(block[:, i])) <= 2]


def test_sparse_numbers_cannot_be_cut():
    X = random_sparse(90, 4, 0.5, "csr", random_state=0)
    with pytest.raises(ValueError, match="numeric_embedding"):
        DNNClassifier(numeric_embedding=3, epochs=0).fit(X, Y > 0)


@pytest.mark.parametrize("steps", [[0.37], [-1.0, 0.37]])
def test_a_tree_cuts_where_the_target_changes(steps, tmp_path):
    target = np.digitize(TABLE["even"], steps).astype(float)
    embedding = PiecewiseLinear(4, edges="tree")
    model = clone(MODEL).set_params(numeric_embedding=embedding).fit(TABLE[["even"]], target)
    (edges,) = edges_of(model.network_)
    numbers = model.feature_spec_.encode(TABLE[["even"]])["numeric"][:, 0]
    for number, step in enumerate(steps):
        side = TABLE["even"] < step
        assert numbers[side].max() < edges[0, number + 1] < numbers[~side].min()
    assert (edges[0, len(steps) + 1 :] == numbers.max()).all()
    model.save(tmp_path / "a.model")
    again = load_model(tmp_path / "a.model")
    np.testing.assert_array_equal(again.predict(TABLE[["even"]]), model.predict(TABLE[["even"]]))


def test_unknown_edges_are_refused():
    with pytest.raises(ValueError, match="edges must be 'quantiles' or 'tree', not 'bins'"):
        PiecewiseLinear(edges="bins")
