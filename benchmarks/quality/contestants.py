"""Who takes part, with default settings.

What is set is the seed, how categories are told, and one thread where a package does not read that
from the environment.

A contestant is a function of the seed and the table's task that returns an unfitted model. It is
called in a process of its own; what it imports is not counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = "hgb"


@dataclass(frozen=True)
class Contestant:
    """A column of the table: what makes its model, and the package that it comes from."""

    title: str
    make: Callable[[int, bool], Any]  # seed, classes -> a model
    package: str | None = None  # None: ours

    def key(self) -> str | None:
        """Return what its figures depend on, or None where the package is missing."""
        if self.package is None:
            return f"sources {_sources()}"
        try:
            return f"{self.package} {version(self.package)}"
        except PackageNotFoundError:
            return None


def _sources() -> str:
    digest = hashlib.sha256()
    for package in ("estimators", "feature_specs"):
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            digest.update(str(path.relative_to(REPOSITORY)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def hgb(seed: int, classes: bool):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    model = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return model(random_state=seed, categorical_features="from_dtype")


def lightgbm(seed: int, classes: bool):
    from lightgbm import LGBMClassifier, LGBMRegressor

    model = LGBMClassifier if classes else LGBMRegressor
    return model(random_state=seed, n_jobs=1, verbose=-1)


class Adapted:
    """A model whose table or labels are put in another form on the way in."""

    def __init__(self, model: Any, features=lambda X: X, labels=None):
        self.model, self.features, self.labels = model, features, labels

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Adapted:
        self.model.fit(self.features(X), y if self.labels is None else self.labels.fit_transform(y))
        self.classes_ = getattr(self.labels or self.model, "classes_", None)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return self.model.predict(self.features(X))

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        return self.model.predict_proba(self.features(X))


def catboost(seed: int, classes: bool):
    from catboost import CatBoostClassifier, CatBoostRegressor

    class Model(Adapted):
        def fit(self, X, y):
            self.model.set_params(cat_features=list(X.select_dtypes("category")))
            return super().fit(X, y)

    model = CatBoostClassifier if classes else CatBoostRegressor
    return Model(model(random_seed=seed, verbose=0, allow_writing_files=False), texts)


def texts(X: pd.DataFrame) -> pd.DataFrame:
    """Return the table with texts for categories, "nan" where one is missing."""
    X = X.copy()
    for name in X.select_dtypes("category"):
        X[name] = X[name].astype(object).where(X[name].notna(), "nan").astype(str)
    return X


def xgboost(seed: int, classes: bool):
    from sklearn.preprocessing import LabelEncoder
    from xgboost import XGBClassifier, XGBRegressor

    model = XGBClassifier if classes else XGBRegressor
    return Adapted(
        model(random_state=seed, n_jobs=1, enable_categorical=True),
        labels=LabelEncoder() if classes else None,
    )


def mlp(seed: int, classes: bool):
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    return _after_encoding((MLPClassifier if classes else MLPRegressor)(random_state=seed))


def linear_sklearn(seed: int, classes: bool):
    from sklearn.linear_model import LogisticRegression, Ridge

    return _after_encoding(LogisticRegression(max_iter=1_000) if classes else Ridge())


def _after_encoding(model):
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (
            make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
            make_column_selector(dtype_include="number"),
        ),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_include="category"),
        ),
    )
    return make_pipeline(columns, model)


def ours(family: str, **parameters: Any) -> Callable[[int, bool], Any]:
    def make(seed: int, classes: bool):
        import tensorflow  # noqa: F401  the first fit would import it, and imports are not counted

        import estimators

        model = getattr(estimators, f"{family}{'Classifier' if classes else 'Regressor'}")
        return model(random_state=seed, **parameters)

    return make


def realmlp(seed: int, classes: bool):
    from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

    model = RealMLP_TD_Classifier if classes else RealMLP_TD_Regressor
    return model(random_state=seed, device="cpu", verbosity=0)


def tabm(seed: int, classes: bool):
    from pytabkit import TabM_D_Classifier, TabM_D_Regressor

    model = TabM_D_Classifier if classes else TabM_D_Regressor
    return model(random_state=seed, device="cpu", verbosity=0)


CONTESTANTS = {
    REFERENCE: Contestant("HGB", hgb, "scikit-learn"),
    "lightgbm": Contestant("LightGBM", lightgbm, "lightgbm"),
    "catboost": Contestant("CatBoost", catboost, "catboost"),
    "xgboost": Contestant("XGBoost", xgboost, "xgboost"),
    "mlp": Contestant("sklearn MLP", mlp, "scikit-learn"),
    "ridge": Contestant("ridge, logistic", linear_sklearn, "scikit-learn"),
    "realmlp": Contestant("RealMLP-TD", realmlp, "pytabkit"),
    "tabm": Contestant("TabM-D", tabm, "pytabkit"),
    "linear": Contestant("`Linear*`", ours("Linear")),
    "dnn": Contestant("`DNN*`", ours("DNN")),
    "wide_deep": Contestant("`DNNLinearCombined*`", ours("DNNLinearCombined")),
    "dnn_5": Contestant("`DNN*`, 5 members", ours("DNN", members=5)),
    "wide_deep_5": Contestant(
        "`DNNLinearCombined*`, 5 members", ours("DNNLinearCombined", members=5)
    ),
    "network_5": Contestant("`TabularNetwork*`, 5 members", ours("TabularNetwork", members=5)),
    "neighbors_5": Contestant("`NeighborNetwork*`, 5 members", ours("NeighborNetwork", members=5)),
    "tabular_fast": Contestant("`Tabular*`, fast", ours("Tabular", quality="fast")),
    "tabular": Contestant("`Tabular*`", ours("Tabular")),
    "tabular_best": Contestant("`Tabular*`, best", ours("Tabular", quality="best")),
}
