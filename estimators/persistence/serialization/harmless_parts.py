"""What of scikit-learn skops does not know to be harmless, and is: parts that hold numbers."""

from __future__ import annotations

from functools import cache

_PARTS = (
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.metrics._scorer._MultimetricScorer",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.utils._bunch.Bunch",
)


@cache
def harmless_parts() -> frozenset[str]:
    """Return the names of classes and functions that a file may ask for by itself.

    None acts outside the model, whatever arguments it is given: splitters, scorers with the
    measures they take, and what selects features by such. Trees of scikit-learn are not among them:
    their nodes are addresses that nobody checks.
    """
    from sklearn import feature_selection, metrics, model_selection

    selecting = ("chi2", "f_classif", "f_regression", "r_regression")
    selecting += ("mutual_info_classif", "mutual_info_regression")
    splitters = [
        getattr(model_selection, name)
        for name in model_selection.__all__
        if name.endswith(("Fold", "Split", "Out"))
    ]
    scorers = [metrics.get_scorer(name) for name in metrics.get_scorer_names()]
    found = [
        *(getattr(feature_selection, name) for name in selecting),
        *splitters,
        *map(type, scorers),
        *(scorer._score_func for scorer in scorers),
    ]
    return frozenset([*_PARTS, *(f"{part.__module__}.{part.__qualname__}" for part in found)])
