"""Sparse matrices are taken wherever arrays are, give what their dense copies give, and stay so."""

import pickle
import tracemalloc

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler

from estimators import (
    DNNClassifier,
    DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    ImageClassifier,
    KerasClassifier,
    KerasRegressor,
    LinearClassifier,
    LinearRegressor,
    TextClassifier,
    load_model,
)
from feature_specs import FeatureSpec, all_numeric

ROWS, COLUMNS = 200, 30
RNG = np.random.default_rng(0)
DENSE = np.where(RNG.uniform(size=(ROWS, COLUMNS)) < 0.15, RNG.normal(size=(ROWS, COLUMNS)), 0.0)
# An empty row and a full one.
DENSE[3], DENSE[4] = 0.0, 1.0
X = sparse.csr_array(DENSE)
Y = DENSE @ RNG.normal(size=COLUMNS)
LABELS = np.where(Y > np.median(Y), "yes", "no")
SCALED = FeatureSpec().step_numeric_column(all_numeric(), normalizer="max_abs")
# XLA takes sparse rows in test_fits_as_on_the_dense_copy; it would add a second to every other fit.
QUICK = {"jit_compile": False, "random_state": 0}
DEEP = DNNClassifier(hidden_units=8, epochs=5, **QUICK)


@pytest.fixture(scope="module")
def fitted():
    return clone(DEEP).fit(X, LABELS)


def small_network(inputs, units):
    return keras.layers.Dense(units)(keras.layers.Dense(4, activation="tanh")(inputs))


def target_of(model):
    return LABELS if is_classifier(model) else Y


def outputs(model, table=X):
    return model.decision_function(table) if is_classifier(model) else model.predict(table)


@pytest.mark.parametrize(
    "model",
    [
        LinearRegressor(),
        LinearClassifier(jit_compile=False),
        DNNRegressor(hidden_units=8, batch_norm=True, l2=1e-3),
        DNNClassifier(hidden_units=(), jit_compile=False),
        DNNClassifier(hidden_units=8, dropout=0.2),
        DNNLinearCombinedRegressor(dnn_hidden_units=8, dnn_activation="tanh"),
        DNNLinearCombinedClassifier(
            linear_feature_spec=SCALED, dnn_hidden_units=8, jit_compile=False
        ),
        KerasRegressor(small_network, jit_compile=False),
        KerasClassifier(
            keras.Sequential([keras.Input((COLUMNS,)), keras.layers.Dense(1)]), jit_compile=False
        ),
    ],
    ids=lambda model: type(model).__name__,
)
def test_fits_as_on_the_dense_copy(model):
    model.set_params(epochs=3, validation_fraction=0.2, random_state=0)
    # What stands beside each number of a dense table is nothing that a sparse one has.
    embeddings = [name for name in model.get_params() if name.endswith("numeric_embedding")]
    model.set_params(**dict.fromkeys(embeddings))
    y = target_of(model)
    model.fit(X, y)
    dense = clone(model).set_params(feature_spec=SCALED).fit(DENSE, y)
    np.testing.assert_allclose(outputs(model), outputs(dense, DENSE), rtol=1e-3, atol=1e-4)
    assert model.evaluate(X, y) == pytest.approx(dense.evaluate(DENSE, y), rel=1e-3, abs=1e-4)
    assert model.score(X, y) == pytest.approx(dense.score(DENSE, y), abs=1e-3)
    np.testing.assert_allclose(
        model.history_["val_loss"], dense.history_["val_loss"], rtol=1e-3, atol=1e-4
    )
    if hasattr(model, "coef_"):
        np.testing.assert_allclose(model.coef_, dense.coef_, rtol=1e-3, atol=1e-4)
    # Either fit takes either table, a row gives the same alone, and the same seed the same bits.
    np.testing.assert_array_equal(outputs(model, DENSE), outputs(model))
    np.testing.assert_array_equal(outputs(dense, X), outputs(dense, DENSE))
    np.testing.assert_array_equal(outputs(model, X[4:9]), outputs(model)[4:9])
    np.testing.assert_array_equal(outputs(clone(model).fit(X, y)), outputs(model))


def with_wide_indices(matrix):
    matrix = matrix.copy()
    matrix.indices, matrix.indptr = matrix.indices.astype("int64"), matrix.indptr.astype("int64")
    return matrix


def in_halves(matrix):
    """The matrix with every entry twice, at half its value, the last column first."""
    rows = np.repeat(np.arange(ROWS), np.diff(matrix.indptr) * 2)
    columns = np.concatenate(
        [np.repeat(matrix.indices[a:b], 2)[::-1] for a, b in zip(matrix.indptr, matrix.indptr[1:])]
    )
    halves = matrix.toarray()[rows, columns] / 2
    return sparse.csr_matrix((halves, columns, matrix.indptr * 2), matrix.shape)


def with_explicit_zeros(matrix):
    matrix = matrix.tocoo()
    rows, columns = np.r_[matrix.row, 3, 3], np.r_[matrix.col, 0, 5]
    return sparse.csr_array((np.r_[matrix.data, 0, 0], (rows, columns)), matrix.shape)


@pytest.mark.parametrize(
    "kind",
    [
        *(getattr(sparse, f"{name}_array") for name in "csc coo lil dok dia bsr".split()),
        *(getattr(sparse, f"{name}_matrix") for name in "csr csc coo".split()),
        with_wide_indices,
        in_halves,
        with_explicit_zeros,
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_kind_of_matrix(kind, fitted):
    given = kind(X)
    before = pickle.dumps(given)
    found = clone(DEEP).fit(given, LABELS)
    np.testing.assert_array_equal(outputs(found, given), outputs(fitted))
    for name, value in vars(pickle.loads(before)).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(given, name), value)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64, np.float32])
def test_every_kind_of_number(dtype):
    given = (X * 10).astype(dtype)
    model = clone(DEEP).fit(given, LABELS)
    as_floats = clone(DEEP).fit(given.astype(float), LABELS)
    np.testing.assert_array_equal(outputs(model, given), outputs(as_floats, given))


@pytest.mark.parametrize(
    "table",
    [X[:1], X[:, [4]], sparse.csr_array((9, COLUMNS)), sparse.csr_matrix(np.eye(40))],
    ids=["one row", "one column", "no entry", "more columns than rows"],
)
def test_edges(table):
    model = DNNRegressor(hidden_units=8, epochs=2, **QUICK).fit(table, np.arange(table.shape[0]))
    assert np.isfinite(model.predict(table)).all()


def test_going_on(tmp_path, fitted):
    half, whole = DEEP.get_params() | {"epochs": 2}, fitted
    DNNClassifier(**half | {"model_dir": tmp_path}).fit(X, LABELS)
    resumed = clone(DEEP).set_params(model_dir=tmp_path).fit(X, LABELS, resume=True)
    np.testing.assert_array_equal(outputs(resumed), outputs(whole))

    for copy in (pickle.loads(pickle.dumps(whole)), load_model(saved(whole, tmp_path))):
        np.testing.assert_array_equal(outputs(copy), outputs(whole))

    warm = clone(DEEP).set_params(warm_start=True).fit(X, LABELS)
    assert warm.fit(DENSE, LABELS).n_iter_ == 10
    parts = clone(DEEP).partial_fit(X[:150], LABELS[:150], classes=["no", "yes"])
    assert parts.partial_fit(sparse.coo_matrix(X[150:]), LABELS[150:]).n_iter_ == 2
    given = clone(DEEP).fit(X, LABELS, validation_data=(X.tocsc(), LABELS))
    np.testing.assert_allclose(
        given.history_["val_loss"][-1], given.evaluate(X, LABELS)["average_loss"], rtol=1e-5
    )


def saved(model, folder):
    model.save(folder / "model.keras-estimator")
    return folder / "model.keras-estimator"


def test_no_weight_is_as_good_as_no_row():
    weight = np.arange(ROWS) % 3
    params = {"batch_size": 300, "shuffle": False}
    weighted = clone(DEEP).set_params(**params).fit(X, LABELS, sample_weight=weight)
    kept = np.flatnonzero(weight)
    dropped = clone(DEEP).set_params(**params)
    dropped.fit(X[kept], LABELS[kept], sample_weight=weight[kept])
    np.testing.assert_array_equal(outputs(weighted), outputs(dropped))


def test_searches_and_folds():
    search = GridSearchCV(DEEP, {"hidden_units": [(4,), (8,)]}, cv=2).fit(X, LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert cross_val_predict(DEEP, X.tocsc(), LABELS, cv=2).shape == (ROWS,)


WORDS = {"praise": ["fine", "superb", "moving", "witty"], "blame": ["dull", "poor", "lame", "weak"]}
SENTIMENT = RNG.choice(list(WORDS), size=300)
TEXTS = [
    " ".join([*RNG.choice(WORDS[label], 2), *RNG.choice(["a", "film", "the", "plot", "it"], 6)])
    for label in SENTIMENT
]


@pytest.mark.parametrize(
    "vectorizer",
    [
        TfidfVectorizer(),
        CountVectorizer(),
        HashingVectorizer(n_features=1 << 12),
    ],
    ids=lambda vectorizer: type(vectorizer).__name__,
)
@pytest.mark.parametrize(
    ("model", "peer"),
    [
        (DNNClassifier(hidden_units=8, epochs=40, **QUICK), MLPClassifier((8,))),
        (LinearClassifier(epochs=20, **QUICK), LogisticRegression()),
    ],
    ids=["deep", "linear"],
)
def test_texts_are_classified_as_well_as_by_the_peer(vectorizer, model, peer):
    rows = slice(None, 200), slice(200, None)
    ours, theirs = (
        make_pipeline(clone(vectorizer), clone(last)).fit(TEXTS[rows[0]], SENTIMENT[rows[0]])
        for last in (model, peer.set_params(max_iter=400))
    )
    held_out = TEXTS[rows[1]], SENTIMENT[rows[1]]
    assert ours.score(*held_out) >= theirs.score(*held_out) - 0.01


def test_coefficients_are_those_of_logistic_regression():
    features = TfidfVectorizer().fit_transform(TEXTS)
    ours = LinearClassifier(epochs=300, l2=0.5 / len(TEXTS), **QUICK)
    theirs = LogisticRegression(tol=1e-8)
    ours.fit(features, SENTIMENT)
    theirs.fit(MaxAbsScaler().fit_transform(features), SENTIMENT)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=0.02)


def test_what_transformers_make_of_columns():
    frame = pd.DataFrame({"city": list("abcd") * 50, "age": np.arange(200.0)})
    label = frame["city"].isin(["a", "b"])
    columns = make_column_transformer(
        (OneHotEncoder(), ["city"]), (StandardScaler(), ["age"]), sparse_threshold=1.0
    )
    rows = DictVectorizer().fit_transform(frame.to_dict("records"))
    assert sparse.issparse(columns.fit_transform(frame))
    model = LinearClassifier(epochs=10, **QUICK)
    assert make_pipeline(columns, model).fit(frame, label).score(frame, label) == 1.0
    assert clone(model).fit(rows, label).score(rows, label) == 1.0
    # A table of sparse columns has names; it is a table like any other.
    names = [f"c{i}" for i in range(rows.shape[1])]
    held = pd.DataFrame.sparse.from_spmatrix(rows, columns=names)
    by_names, dense = clone(model).fit(held, label), held.sparse.to_dense()
    wanted = clone(model).fit(dense, label).predict_proba(dense)
    np.testing.assert_array_equal(by_names.predict_proba(held), wanted)


def test_many_columns_never_become_dense():
    rows, columns = 1_000, 50_000
    few = sparse.random(rows - 1, columns, density=1e-3, random_state=0)
    # A row without zeros does not widen all others.
    wide, y = sparse.vstack([np.ones((1, columns)), few], format="csr"), np.arange(rows) % 2
    dense = rows * columns * 4
    model = LinearClassifier(epochs=1, batch_size=64, validation_fraction=0.2, **QUICK)
    tracemalloc.start()
    model.fit(wide, y).predict(wide)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < dense / 4
    assert model.coef_.shape == (1, columns)


def test_network_takes_encoded_rows_sparse_and_dense(fitted):
    network, encoded = fitted.network_, fitted.feature_spec_.encode(X)
    found = network.predict(encoded, verbose=0)
    np.testing.assert_allclose(found[:, 0], outputs(fitted), rtol=1e-4, atol=1e-5)
    dense = network({"numeric": encoded["numeric"].toarray()})
    np.testing.assert_allclose(found, dense, rtol=1e-4, atol=1e-5)


def test_export_takes_the_rows_dense(tmp_path, fitted):
    import tensorflow as tf

    fitted.export(tmp_path / "served")
    serve = tf.saved_model.load(tmp_path / "served").signatures["predict_proba"]
    np.testing.assert_allclose(
        serve(X=tf.constant(DENSE))["probabilities"], fitted.predict_proba(X), rtol=1e-4, atol=1e-6
    )


def with_cell(value):
    changed = X.copy()
    changed.data[changed.indptr[4] + 7] = value
    return changed


@pytest.mark.parametrize(
    ("model", "table", "message"),
    [
        (DEEP, with_cell(np.nan), "contains NaN: row 4, column 7; put a number there"),
        (DEEP, with_cell(-np.inf), "contains infinity: row 4, column 7"),
        (DEEP, X[:, :0], r"0 feature\(s\)"),
        (DEEP, X[:0], "0 sample"),
        (DEEP, X[:-1], "inconsistent numbers of samples"),
        (DEEP, X.astype(complex), "Complex data"),
        (DNNLinearCombinedClassifier(linear_columns="x1"), X, "enters a side of the network whole"),
        (TextClassifier(), X[:, [0]], "sparse matrix where texts are needed"),
        (ImageClassifier(), X, "Sparse data was passed"),
    ],
)
def test_refusals(model, table, message):
    model = clone(model)
    before = set(vars(model))
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(table, LABELS)
    assert set(vars(model)) == before


def test_columns_are_those_of_the_fit(fitted):
    with pytest.raises(ValueError, match="X has 29 features, but DNNClassifier is expecting 30"):
        fitted.predict(X[:, :29])
    for broken in (with_cell(np.nan), with_cell(np.nan).toarray()):
        with pytest.raises(ValueError, match="contains NaN: row 4, column 7"):
            fitted.predict(broken)
