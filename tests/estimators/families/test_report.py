"""A report of a blend says what scikit-learn measures, and what each column is worth."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.inspection import permutation_importance
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    log_loss,
    mean_poisson_deviance,
    mean_squared_error,
    r2_score,
    roc_auc_score,
)
from sklearn.preprocessing import Normalizer

from estimators import (
    DNNClassifier,
    DNNRegressor,
    LinearClassifier,
    LinearRegressor,
    TabularClassifier,
    TabularRegressor,
    load_model,
)
from estimators.families.blends.blend import Tabular
from feature_specs import FeatureSpec

plt = pytest.importorskip("matplotlib.pyplot")
pytestmark = pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")

ROWS = 120
RNG = np.random.default_rng(0)
X = pd.DataFrame(
    {
        "noise": RNG.normal(size=ROWS),
        "minor": RNG.normal(size=ROWS),
        "same": 1.0,
        "major": RNG.normal(size=ROWS),
        "name": [f"row{i}" for i in range(ROWS)],
    }
)
Y = 3 * X["major"].to_numpy() + X["minor"].to_numpy()
WEIGHT = RNG.uniform(0.5, 2, ROWS)
THREE = np.array(["high", "low", "mid"])[np.digitize(Y, [-1.5, 1.5])]
SMALL = {"epochs": 5}
ALONE = {"estimators": [("linear", LinearRegressor(**SMALL))]}
ALONE_CLASSES = {"estimators": [("linear", LinearClassifier(**SMALL))]}
DEEP = {"hidden_units": 4, "numeric_embedding": None, **SMALL}
COMMON = {"members": 2, "jit_compile": False, "random_state": 0}


def regressor(**parameters):
    kinds = [("linear", LinearRegressor(**SMALL)), ("deep", DNNRegressor(**DEEP))]
    return TabularRegressor(**{"estimators": kinds} | COMMON | parameters)


def classifier(**parameters):
    kinds = [("linear", LinearClassifier(**SMALL)), ("deep", DNNClassifier(**DEEP))]
    return TabularClassifier(**{"estimators": kinds} | COMMON | parameters)


@pytest.fixture(scope="module")
def model():
    return regressor().fit(X, Y, sample_weight=WEIGHT)


@pytest.fixture(scope="module")
def report(model):
    return model.report(X, Y, random_state=0)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def of_rows(model, measure, y, predicted=None, **options):
    """What scikit-learn measures of every estimator, the blend and a constant."""
    fitted = [*model.estimators_.values(), model]
    predictions = [each.oof_prediction_ for each in fitted]
    weights = np.broadcast_to(model.held_out_.weight, len(y))
    constant = np.average(model.head_.averaged(y), axis=0, weights=weights)
    if hasattr(model, "classes_"):
        share = constant if len(constant) > 1 else np.array([1 - constant[0], constant[0]])
        predictions.append(np.tile(share, (len(y), 1)))
    else:
        mean = np.average(y, axis=0, weights=weights)
        predictions.append(np.broadcast_to(mean, np.shape(y)))
    predictions = [p if predicted is None else predicted(p) for p in predictions]
    return [measure(y, p, sample_weight=weights, **options) for p in predictions]


def test_scores_of_regression(model, report):
    scores = report.scores
    assert scores.index.tolist() == ["linear", "deep", "blend", "constant"]
    assert scores.columns.tolist() == ["weight", "loss", "r2", "epochs"]
    np.testing.assert_allclose(scores["loss"], of_rows(model, mean_squared_error, Y), rtol=1e-4)
    np.testing.assert_allclose(scores["r2"], of_rows(model, r2_score, Y), atol=1e-5)
    assert scores["r2"]["blend"] == model.oof_score_
    assert scores["weight"].tolist()[:3] == [*model.weights_.values(), 1.0]
    assert scores["epochs"].tolist() == [[5, 5], [5, 5], None, None]


def test_scores_of_two_classes():
    y = np.where(Y > 1, "yes", "no")
    model = classifier(class_weight="balanced").fit(X, y, sample_weight=WEIGHT)
    scores = model.report().scores
    labels = {"predicted": lambda p: model.classes_[(p[:, 1] > 0.5).astype(int)]}
    second = {"predicted": lambda p: p[:, 1]}
    brier = of_rows(model, brier_score_loss, y, pos_label="yes", **second)
    np.testing.assert_allclose(scores["accuracy"], of_rows(model, accuracy_score, y, **labels))
    np.testing.assert_allclose(scores["roc_auc"], of_rows(model, roc_auc_score, y, **second))
    np.testing.assert_allclose(scores["brier"], brier, rtol=1e-5)
    np.testing.assert_allclose(scores["loss"], of_rows(model, log_loss, y), rtol=1e-4)


def test_scores_of_several_classes():
    model = classifier(**ALONE_CLASSES).fit(X, THREE, sample_weight=WEIGHT)
    scores = model.report().scores
    labels = {"predicted": lambda p: model.classes_[p.argmax(axis=1)]}
    areas = of_rows(model, roc_auc_score, THREE, multi_class="ovr")
    np.testing.assert_allclose(scores["accuracy"], of_rows(model, accuracy_score, THREE, **labels))
    np.testing.assert_allclose(scores["roc_auc"], areas, rtol=1e-6)
    np.testing.assert_allclose(scores["brier"], of_rows(model, brier_score_loss, THREE), rtol=1e-5)
    np.testing.assert_allclose(scores["loss"], of_rows(model, log_loss, THREE), rtol=1e-4)


def test_scores_of_several_labels():
    y = np.stack([Y > 0, Y > 2], axis=1).astype(int)
    model = classifier(**ALONE_CLASSES).fit(X, y, sample_weight=WEIGHT)
    report = model.report(X, y, random_state=0)
    labels = {"predicted": lambda p: (p > 0.5).astype(int)}
    exact = of_rows(model, accuracy_score, y, **labels)
    np.testing.assert_allclose(report.scores["accuracy"], exact)
    np.testing.assert_allclose(report.scores["roc_auc"], of_rows(model, roc_auc_score, y))
    np.testing.assert_allclose(
        report.scores["brier"], of_rows(model, mean_squared_error, y), rtol=1e-5
    )
    assert report.columns.index[0] == "major"


def test_counts():
    y = RNG.poisson(np.exp(X["major"]))
    model = regressor(loss="poisson", **ALONE).fit(X, y)
    scores = model.report().scores
    np.testing.assert_allclose(scores["r2"], of_rows(model, r2_score, y), atol=1e-5)
    # The two losses differ by what depends on the counts alone.
    deviance = np.array(of_rows(model, mean_poisson_deviance, y)) / 2
    np.testing.assert_allclose(np.diff(scores["loss"]), np.diff(deviance), rtol=1e-3, atol=1e-5)


def test_columns_by_importance(report):
    columns = report.columns
    assert columns.index.tolist() == ["major", "minor", "noise", "same", "name"]
    assert columns["importance"]["major"] > 10 * columns["importance"]["minor"] / 2 > 0
    assert abs(columns["importance"]["noise"]) < 0.05
    left_out = columns.loc[["same", "name"]]
    assert left_out["kind"].tolist() == ["left out"] * 2
    assert left_out["importance"].isna().all()
    assert left_out["encoding"].tolist() == [
        "all rows have the same value",
        "nearly every row has a new value",
    ]
    assert columns["least"]["major"] == X["major"].min()


def test_importances_are_those_of_sklearn(model):
    many = pd.concat([X] * 10, ignore_index=True)
    y = np.tile(Y, 10)
    found = model.report(many, y, random_state=0).columns["importance"].dropna()
    asked = permutation_importance(model, many, y, n_repeats=10, random_state=1)
    wanted = pd.Series(asked.importances_mean, many.columns)[found.index]
    np.testing.assert_allclose(found, wanted, atol=0.08)
    again = model.report(many, y, random_state=0).columns["importance"].dropna()
    pd.testing.assert_series_equal(found, again)


def of_whole_tables(model, table, y, columns):
    """The decreases of the score where every shuffled table is predicted as a whole."""
    rng, decreases = np.random.RandomState(0), {}
    whole = model.score(table, y)
    for name in columns:
        orders = [rng.permutation(len(y)) for _ in range(5)]
        shuffled = [table.assign(**{name: table[name].to_numpy()[order]}) for order in orders]
        decreases[name] = np.mean([whole - model.score(each, y) for each in shuffled])
    return pd.Series(decreases)


TABLE = X[["major", "minor"]].assign(
    gaps=X["noise"].where(X["noise"] > -1),
    one=RNG.choice(list("abc"), ROWS),
    two=RNG.choice(list("xy"), ROWS),
    day=pd.date_range("2020-01-01", periods=ROWS, freq="9D"),
    note=RNG.choice(["a fine long film", "a dull film", "acting"], ROWS),
)


@pytest.mark.parametrize(
    ("spec", "encoded"),
    [
        (None, 2 * ROWS),
        (FeatureSpec("target ~ . + one:two"), (1 + 2 * 5) * ROWS),
    ],
    ids=["each column by itself", "crossed"],
)
def test_rows_are_encoded_again_for_crosses_alone(spec, encoded, monkeypatch):
    table = TABLE.assign(target=Y + (TABLE["one"] == "a") * (TABLE["two"] == "x") * 2)
    y = table["target"].to_numpy()
    table = table if spec is not None else table.drop(columns="target")
    model = regressor(feature_spec=spec).fit(table, y)
    wanted = of_whole_tables(model, table, y, TABLE.columns)
    rows, encode = [], FeatureSpec._encode_table
    monkeypatch.setattr(
        FeatureSpec, "_encode_table", lambda spec, t: rows.append(len(t)) or encode(spec, t)
    )
    found = model.report(table, y, random_state=0).columns["importance"]
    np.testing.assert_allclose(found[wanted.index], wanted, atol=1e-5)
    assert 0 < sum(rows) <= encoded


def test_a_transformer_may_mix_the_columns_of_its_step():
    table = X[["major", "minor", "noise"]]
    y = (table["major"] / np.linalg.norm(table, axis=1)).to_numpy()
    spec = FeatureSpec(normalizer=Normalizer())
    model = regressor(feature_spec=spec).fit(table, y)
    wanted = of_whole_tables(model, table, y, table.columns)
    found = model.report(table, y, random_state=0).columns["importance"]
    np.testing.assert_allclose(found[wanted.index], wanted, atol=1e-5)


def test_time_between_two_columns_is_of_both():
    days = RNG.integers(0, 100, ROWS)
    table = TABLE[["day", "major"]].assign(before=TABLE["day"] - pd.to_timedelta(days, "D"))
    y = days / 10 + table["major"].to_numpy()
    spec = FeatureSpec().step_elapsed_time_column("day", since="before")
    model = regressor(feature_spec=spec.step_numeric_column("major")).fit(table, y)
    wanted = of_whole_tables(model, table, y, table.columns)
    found = model.report(table, y, random_state=0).columns["importance"]
    np.testing.assert_allclose(found[wanted.index], wanted, atol=1e-5)
    assert (wanted != 0).all()


def test_rows_that_shuffling_leaves_as_they_are_are_predicted_once(model, monkeypatch):
    predicted, outputs = [], Tabular._encoded_outputs

    def counted(blend, inputs):
        predicted.append(next(iter(inputs.values())).shape[0])
        return outputs(blend, inputs)

    monkeypatch.setattr(Tabular, "_encoded_outputs", counted)
    table = X.assign(major=X["major"] > 0, minor=1.0, noise=0.5).astype({"major": float})
    importance = model.report(table, Y, random_state=0).columns["importance"]
    # Of two values, each row has its own and the other.
    assert max(predicted) <= ROWS
    assert sum(predicted) <= 2 * ROWS
    assert importance["major"] > 0
    assert importance["minor"] == importance["noise"] == 0


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_arrays_have_their_columns_too(form):
    rows = form(X[["noise", "minor", "major"]].to_numpy())
    columns = regressor(**ALONE).fit(rows, Y).report(rows, Y, random_state=0).columns
    assert columns.index[0] == "x2"
    assert set(columns.index) == {"x0", "x1", "x2"}


def test_the_target_may_stand_in_the_table():
    table = X.assign(target=Y)[["target", "noise", "major"]]
    model = regressor(feature_spec=FeatureSpec("target ~ ."), **ALONE).fit(table)
    assert model.report(table, random_state=0).columns.index.tolist() == ["major", "noise"]


def test_without_rows_columns_keep_their_order(model):
    columns = model.report().columns
    assert columns.index.tolist() == X.columns.tolist()
    assert "importance" not in columns
    with pytest.raises(ValueError, match="give both"):
        model.report(y=Y)
    with pytest.raises(ValueError, match="requires y"):
        model.report(X)


def test_a_loaded_model_reports_the_same(model, report, tmp_path):
    model.save(tmp_path / "model")
    loaded = load_model(tmp_path / "model").report(X, Y, random_state=0)
    pd.testing.assert_frame_equal(loaded.columns, report.columns)
    pd.testing.assert_frame_equal(loaded.scores, report.scores)
    assert loaded.histories == report.histories


def test_it_prints_as_tables(report):
    text, page = str(report), report._repr_html_()
    for name in (*report.columns.index, *report.scores.index):
        assert name in text
        assert f"<th>{name}</th>" in page
    assert "nan" not in text.lower()
    assert "5, 5" in text


def test_four_panels(report):
    axes = report.plot().axes_
    assert list(axes) == ["scores", "weights", "curves", "importances"]
    scores, weights, curves, importances = axes.values()
    reached = report.scores["r2"].drop("constant")
    # What is far below the constant is cut, and its number tells how far.
    cut = reached.clip(lower=-reached.max())
    assert ends_of(scores) == pytest.approx(cut.to_dict())
    assert [text.get_text() for text in scores.texts] == [f"{value:.3f}" for value in reached]
    assert ends_of(weights) == pytest.approx(report.scores["weight"][:2].to_dict())
    assert ends_of(importances) == pytest.approx(report.columns["importance"].dropna().to_dict())
    assert [text.get_text() for text in scores.get_legend().get_texts()] == [
        "constant, 0.000",
        "linear",
    ]
    assert scores.get_xlabel() == "R², from that of the constant on"
    assert importances.get_xlabel() == "decrease of R² when shuffled"
    assert (curves.get_xlabel(), curves.get_ylabel()) == ("epoch", "loss on rows held out")


def ends_of(axes):
    """Where each bar ends, by its name."""
    names = [label.get_text() for label in axes.get_yticklabels()]
    bars = [bar.get_x() + bar.get_width() for bar in axes.patches]
    return dict(zip(names, bars, strict=True))


def test_curves_have_a_ring_at_the_epoch_that_is_kept(report):
    ax = report.curves()
    lines = [line for line in ax.lines if len(line.get_xdata()) > 1]
    rings = [line for line in ax.lines if len(line.get_xdata()) == 1]
    members = [member for history in report.histories.values() for member in history.members]
    assert len(lines) == len(rings) == len(members) == 4
    for member, line, ring in zip(members, lines, rings, strict=True):
        assert line.get_ydata().tolist() == member["val_loss"]
        kept = member.epoch[-1] if member.best_epoch is None else member.best_epoch
        assert ring.get_xdata()[0] == kept + 1
        assert ring.get_ydata()[0] == member["val_loss"][kept]


def test_without_importances_there_are_three_panels(model):
    assert list(model.report().plot().axes_) == ["scores", "weights", "curves"]


def test_many_long_names_stay_apart(report):
    names = [f"the_length_of_the_petals_of_flower_{i}_in_millimetres" for i in range(60)]
    columns = pd.DataFrame({"importance": np.arange(60)[::-1], "importance_std": 0.0}, names)
    many = type(report)(columns, report.scores, report.histories)
    ax = many.plot().axes_["importances"]
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert len(set(labels)) == 15
    assert max(map(len, labels)) < 35
    assert "…7…" in labels[7]
    assert ax.get_title() == "columns, the first 15 of 60"
    assert len(many.plot(top=3).axes_["importances"].patches) == 3
