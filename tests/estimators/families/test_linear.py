"""Linear models end at the optimum of their penalty, and choose one as scikit-learn would."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Ridge, RidgeCV
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV

from estimators import LinearClassifier, LinearRegressor, load_model
from estimators.families.networks.chosen_penalty import design_matrix
from feature_specs import FeatureSpec

TARGETS = {
    "attrition": "Attrition",
    "breast_cancer": "target",
    "credit_data": "Status",
    "mlc_churn": "churn",
    "wa_churn": "churn",
    "digits": "target",
    "hpc_data": "class",
    "ames": "Sale_Price",
    "boston": "MEDV",
    "car_prices": "Price",
    "concrete": "compressive_strength",
    "diabetes": "target",
    "diamonds": "price",
    "hotel_rates": "avg_price_per_room",
}
# A full batch has no noise to end in; XLA would take longer to compile than to train.
TO_THE_OPTIMUM = {"batch_size": 2_048, "epochs": 500, "jit_compile": False, "random_state": 0}
VALUES = load_diabetes(return_X_y=True)
CLASSES = load_breast_cancer(return_X_y=True)
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(60, 30))


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
@pytest.mark.parametrize("name", TARGETS)
def test_ends_at_the_optimum_of_its_penalty_on_every_table(published, name):
    table = pd.read_parquet(published(f"{name}.parquet")).sample(600, random_state=0)[:600]
    target = table.pop(TARGETS[name])
    train, test = slice(0, 400), slice(400, None)
    is_class = target.dtype.kind != "f"
    y = target.astype(str).to_numpy(object) if is_class else target.to_numpy()
    l2 = (0.5 if is_class else 1.0) / 400
    ours = (LinearClassifier if is_class else LinearRegressor)(l2=l2, **TO_THE_OPTIMUM)
    ours.fit(table[train], y[train])
    X = design_matrix(ours.feature_spec_, table)
    theirs = LogisticRegression(C=1.0, max_iter=10_000) if is_class else Ridge(alpha=1.0)
    theirs.fit(X[train], y[train])
    assert_allclose(
        _error(ours, table[test], y[test]), _error(theirs, X[test], y[test]), rtol=0.005
    )


def _error(model, X, y):
    if hasattr(model, "predict_proba"):
        return log_loss(y, model.predict_proba(X), labels=model.classes_)
    return np.sqrt(np.mean((model.predict(X) - y) ** 2))
