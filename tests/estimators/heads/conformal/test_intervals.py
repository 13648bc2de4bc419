"""Intervals: MAPIE's over the same members, and what they cover."""

import numpy as np
import pytest
from held_out_members import Values, head_of, held_out, values
from sklearn.base import BaseEstimator
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeRegressor

X, Y = load_diabetes(return_X_y=True)
X, NEW, Y, NEW_Y = X[:300], X[300:], Y[:300], Y[300:]
FOLDS = list(KFold(5, shuffle=True, random_state=0).split(X))
TREE = DecisionTreeRegressor(max_depth=3, random_state=0)


@pytest.mark.parametrize("coverage", [0.6, 0.9, 0.95])
@pytest.mark.parametrize("model", [LinearRegression(), TREE])
@pytest.mark.parametrize("is_signed", [False, True])
def test_intervals_of_folds_are_those_of_mapie(model, coverage, is_signed):
    from mapie.conformity_scores import AbsoluteConformityScore
    from mapie.regression import CrossConformalRegressor

    peer = CrossConformalRegressor(
        model,
        confidence_level=coverage,
        cv=KFold(5, shuffle=True, random_state=0),
        method="plus",
        conformity_score=AbsoluteConformityScore(sym=not is_signed),
    )
    expected = peer.fit_conformalize(X, Y).predict_interval(NEW)[1][..., 0]
    loss = "quantile" if is_signed else "squared_error"
    found = values(X, Y, FOLDS, model, loss=loss).predict_interval(NEW, coverage, "plus")
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("coverage", [0.6, 0.9])
def test_intervals_of_one_network_are_those_of_mapie(coverage):
    from mapie.regression import SplitConformalRegressor

    model = RandomForestRegressor(5, random_state=0).fit(X[:200], Y[:200])
    peer = SplitConformalRegressor(model, confidence_level=coverage, prefit=True)
    expected = peer.conformalize(X[200:], Y[200:]).predict_interval(NEW)[1][..., 0]
    splits = [(np.arange(200), np.arange(200, 300))]
    model = RandomForestRegressor(5, random_state=0)
    found = values(X, Y, splits, model).predict_interval(NEW, coverage)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_intervals_of_bootstraps_are_those_of_mapie():
    from mapie.regression import JackknifeAfterBootstrapRegressor
    from mapie.subsample import Subsample

    bootstraps = Subsample(n_resamplings=25, random_state=0)
    peer = JackknifeAfterBootstrapRegressor(TREE, confidence_level=0.9, resampling=bootstraps)
    expected = peer.fit_conformalize(X, Y).predict_interval(NEW)[1][..., 0]
    ours = values(X, Y, list(bootstraps.split(X)), TREE)
    assert len(ours.held_out_.patterns) > 100
    # Averages of members are float32.
    np.testing.assert_allclose(ours.predict_interval(NEW, method="plus"), expected, rtol=1e-5)


@pytest.mark.parametrize("count", [4, 5])
@pytest.mark.parametrize("loss", ["squared_error", "quantile"])
def test_the_median_is_that_of_each_fold_by_itself(count, loss):
    folds = list(KFold(count, shuffle=True, random_state=0).split(X))
    each = [values(X, Y, [fold], loss=loss).predict_interval(NEW) for fold in folds]
    found = values(X, Y, folds, loss=loss).predict_interval(NEW, method="median")
    np.testing.assert_allclose(found, np.median(each, axis=0), rtol=1e-12)
    np.testing.assert_array_equal(
        values(X, Y, folds[:1], loss=loss).predict_interval(NEW, method="median"), each[0]
    )


def test_folds_too_small_for_a_median_are_taken_together():
    model = values(X[:40], Y[:40], list(KFold(5).split(X[:40])))
    found = [model.predict_interval(NEW, method=method) for method in ("median", "plus")]
    np.testing.assert_array_equal(*found)
    # Of five folds two are too small; their ends are infinite, the medians are not.
    splits = [(np.arange(100), np.arange(a, b)) for a, b in ((100, 105), (105, 113), (113, 300))]
    some = values(X, Y, [*splits[:1], splits[2], (np.arange(113, 300), np.arange(100))])
    ends = some.predict_interval(NEW, method="median")
    assert np.isfinite(ends).all()
    assert (np.diff(ends) > 0).all()


def smooth(X, rng):
    return X[:, 0] + 0.5 * rng.normal(size=len(X))


def heavy(X, rng):
    return X[:, 0] + rng.standard_t(1.5, size=len(X))


def tied(X, rng):
    return np.round(X[:, 0] + rng.normal(size=len(X)))


class Line(BaseEstimator):
    def fit(self, X, y):
        self.coef_ = np.linalg.lstsq(np.c_[X, np.ones(len(X))], y)[0]
        return self

    def predict(self, X):
        return np.c_[X, np.ones(len(X))] @ self.coef_


class Nearest(BaseEstimator):
    def fit(self, X, y):
        self.X_, self.y_ = X, y
        return self

    def predict(self, X):
        return self.y_[((X[:, None] - self.X_) ** 2).sum(axis=2).argmin(axis=1)]


class KnownLine(BaseEstimator):
    def fit(self, X, y):
        return self

    def predict(self, X):
        return X[:, 0]


@pytest.mark.parametrize(
    ("draw", "model", "loss"),
    [
        (smooth, Line(), "squared_error"),
        (heavy, Line(), "squared_error"),
        (tied, Line(), "squared_error"),
        (smooth, Line(), "quantile"),
        (smooth, Nearest(), "squared_error"),
        (heavy, Nearest(), "quantile"),
    ],
)
@pytest.mark.parametrize("method", ["plus", "median"])
def test_folds_cover_what_was_asked(draw, model, loss, method):
    rng, covered = np.random.default_rng(0), []
    folds = list(KFold(5).split(np.empty(60)))
    for _ in range(60):
        rows = rng.normal(size=(100, 2))
        y = draw(rows, rng)
        members = values(rows[:60], y[:60], folds, model, loss=loss)
        ends = members.predict_interval(rows[60:], 0.8, method)
        covered.append(((ends[:, 0] <= y[60:]) & (y[60:] <= ends[:, 1])).mean())
    error = 3 * np.std(covered) / np.sqrt(len(covered))
    assert np.mean(covered) >= 1 - 2 * 0.2
    assert np.mean(covered) >= 0.8 - error
    if isinstance(model, Line) and draw is not tied:
        # ceil(.8 * 61) of 61 places, or of each 12; members of fewer rows miss by more.
        assert np.mean(covered) <= (49 / 61 if method == "plus" else 11 / 13) + 0.03 + error


def test_one_network_covers_what_was_asked_exactly():
    rng, covered = np.random.default_rng(0), []
    network, head = (lambda rows: rows), head_of(np.zeros(2))
    for _ in range(500):
        rows = rng.normal(size=(62, 1))
        y = rows[:, 0] + rng.normal(size=62)
        aside = np.arange(62)[:, None] < 22
        model = Values(head, [network], held_out(head, [network], rows, y, aside))
        ends = model.predict_interval(rows[22:], 0.9)
        covered.append(((ends[:, 0] <= y[22:]) & (y[22:] <= ends[:, 1])).mean())
    # ceil(.9 * 23) = 21 of 23 places.
    assert abs(np.mean(covered) - 21 / 23) < 4 * np.std(covered) / np.sqrt(len(covered))


@pytest.mark.parametrize("loss", ["squared_error", "poisson", "quantile"])
def test_the_interval_of_a_row_does_not_depend_on_the_others(loss):
    model = values(X, Y, FOLDS, TREE, loss=loss)
    found = model.predict_interval(NEW)
    order = np.random.default_rng(0).permutation(len(NEW))
    np.testing.assert_array_equal(model.predict_interval(NEW[order]), found[order])
    alone = [model.predict_interval(NEW[row : row + 1])[0] for row in range(10)]
    np.testing.assert_array_equal(alone, found[:10])


def test_counts_have_intervals_that_widen_with_the_mean():
    rng = np.random.default_rng(0)
    rows = rng.uniform(0.2, 20, (1000, 1))
    y = rng.poisson(rows[:, 0]).astype(float)
    splits = [(np.arange(10), np.arange(10, 500))]
    model = values(rows[:500], y[:500], splits, KnownLine(), loss="poisson")
    ends = model.predict_interval(rows[500:])
    width, means = np.diff(ends)[:, 0], rows[500:, 0]
    assert (ends >= 0).all()
    assert width[means > 15].min() > 2 * width[means < 2].max()
    inside = (ends[:, 0] <= y[500:]) & (y[500:] <= ends[:, 1])
    for kind in (means < 7, means > 13):
        assert 0.8 < inside[kind].mean() < 0.99


def test_intervals_beside_a_quantile_lie_to_its_longer_side():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 1))
    y = rows[:, 0] + rng.exponential(size=4000)
    splits = [(np.arange(10), np.arange(10, 2000))]
    ends = values(rows, y, splits, KnownLine(), loss="quantile").predict_interval(rows[2000:])
    below, above = (ends - rows[2000:]).mean(axis=0)
    # The 5 % and 95 % quantiles of the exponential distribution.
    np.testing.assert_allclose([below, above], [-np.log(0.95), -np.log(0.05)], atol=0.2)


def test_several_outputs_are_each_their_own():
    both = np.stack([Y, -3 * Y**2], axis=1)
    model = values(X, both, FOLDS)
    found = model.predict_interval(NEW)
    assert found.shape == (len(NEW), 2, 2)
    for column in range(2):
        alone = values(X, both[:, column], FOLDS).predict_interval(NEW)
        np.testing.assert_allclose(found[:, column], alone, rtol=1e-6)
    mean, spread = model.predict(NEW, return_std=True)
    assert mean.shape == spread.shape == (len(NEW), 2)


def test_weights_of_any_size_and_rows_of_little_weight():
    plain = values(X, Y, FOLDS).predict_interval(NEW)
    seven = values(X, Y, FOLDS, weight=np.full(300, 7.0)).predict_interval(NEW)
    np.testing.assert_array_equal(plain, seven)
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2000, 1))
    noise = np.where(rows[:, 0] > 0, 1.0, 10.0) * rng.normal(size=2000)
    weight = np.where(rows[:, 0] > 0, 1.0, 1e-6)
    splits = [(np.arange(10), np.arange(10, 2000))]
    model = values(rows, rows[:, 0] + noise, splits, KnownLine(), weight=weight)
    width = np.diff(model.predict_interval(rows[:1]))
    np.testing.assert_allclose(width, 2 * 1.645, rtol=0.1)  # normal quantile of the first kind


def test_std_is_that_of_the_members():
    model = values(X, Y, FOLDS)
    mean, spread = model.predict(NEW, return_std=True)
    each = [member(NEW)[:, 0] for member in model.members_]
    np.testing.assert_array_equal(mean, model.predict(NEW))
    np.testing.assert_allclose(spread, np.std(each, axis=0), rtol=1e-12)


def test_out_of_fold_predictions_are_of_members_that_did_not_see_the_row():
    weight = np.random.default_rng(0).uniform(0.5, 2, 300)
    model = values(X, Y, FOLDS[:4], weight=weight)
    expected = np.full(300, np.nan)
    for seen, aside in FOLDS[:4]:
        expected[aside] = LinearRegression().fit(X[seen], Y[seen]).predict(X[aside])
    np.testing.assert_array_equal(model.oof_prediction_, expected)
    known = ~np.isnan(expected)
    score = r2_score(Y[known], expected[known], sample_weight=weight[known])
    assert model.oof_score_ == pytest.approx(score, rel=1e-12)


@pytest.mark.parametrize("coverage", [0, 1, 1.5, -0.1, np.nan, "0.9", None, True, [0.9]])
def test_a_coverage_that_is_none(coverage):
    with pytest.raises(ValueError, match="^coverage must be a number above 0 and below 1, such"):
        values(X, Y, FOLDS).predict_interval(NEW, coverage)


def test_a_method_that_is_none():
    with pytest.raises(ValueError, match="^method must be one of 'plus', 'median', got 'base'"):
        values(X, Y, FOLDS).predict_interval(NEW, method="base")


def test_nothing_was_held_out():
    model = Values(head_of(Y), [lambda X: X[:, :1]])
    with pytest.raises(ValueError, match="^predict_interval needs rows .* fit with members= or"):
        model.predict_interval(NEW)
    assert not hasattr(model, "oof_prediction_")
    with pytest.raises(AttributeError, match="fit with members= or validation_fraction="):
        _ = model.oof_score_
    with pytest.raises(ValueError, match="^return_std=True needs several members"):
        model.predict(NEW, return_std=True)


@pytest.mark.parametrize(
    ("loss", "coverage", "needed"),
    [("squared_error", 0.9, 9), ("quantile", 0.9, 19), ("poisson", 0.5, 1), ("poisson", 0.99, 99)],
)
def test_too_few_rows_for_the_coverage(loss, coverage, needed):
    for count in (needed - 1, needed):
        if count == 0:
            continue
        model = values(X, Y, [(np.arange(100), np.arange(100, 100 + count))], loss=loss)
        if count == needed:
            assert np.isfinite(model.predict_interval(NEW, coverage)).all()
            continue
        with pytest.warns(
            UserWarning, match=f"takes {needed} held-out rows and there are {count}:"
        ) as told:
            ends = model.predict_interval(NEW, coverage)
        assert told[0].filename == __file__
        assert (ends == [0 if loss == "poisson" else -np.inf, np.inf]).all()


def test_members_that_disagree_leave_no_end_before_the_other():
    network = [lambda X: np.zeros((len(X), 1)), lambda X: np.ones((len(X), 1))]
    y = np.array([0.0] * 10 + [1.0] * 10)
    head, unseen = head_of(y), np.eye(2, dtype=bool).repeat(10, axis=0)
    model = Values(head, network, held_out(head, network, np.zeros((20, 1)), y, unseen))
    assert (np.diff(model.predict_interval(np.zeros((1, 1)), 0.3)) >= 0).all()
