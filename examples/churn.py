"""Customer churn: a deep network, wide and deep together, a pipeline and a grid search.

The document's customers are those of a supermarket (accuracy 0.7757 at a baseline of 0.6032); its
table is not public. ``prepare_dunnhumby_churn`` makes it from the files a person downloads; here
the Telco customers stand in, at a baseline of 0.73.
"""

from __future__ import annotations

import time

import matplotlib.pyplot as plt
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from estimators import DNNLinearCombinedClassifier
from examples.churn_table import deep_network, train_and_test
from examples.support import print_result, read_options, save_plot
from feature_specs import all_nominal, all_numeric, derived, starts_with

DOCUMENT_ACCURACY = 0.77573


def main() -> None:
    options = read_options(__doc__)
    train, test = train_and_test(options)
    deep = deep_network(options).fit(train)
    print("DNNClassifier")
    evaluation = deep.evaluate(test)
    for name, value in evaluation.items():
        print(f"  {name} = {value:g}")

    crossed = (
        deep.feature_spec.step_bucketized_column("tenure", num_bins=8)
        .step_crossed_column(["contract", "internet_service"], hash_bucket_size=100)
        .step_crossed_column(["contract", "bucketized_tenure"], hash_bucket_size=200)
    )
    wide_and_deep = DNNLinearCombinedClassifier(
        crossed,
        linear_columns=derived(starts_with("crossed")) + all_nominal(),
        dnn_columns=all_numeric() + all_nominal(),
        dnn_numeric_embedding=None,
        dnn_hidden_units=(64, 32),
        dnn_weight_decay=0.0,
        dnn_dropout=0.2,
        epochs=deep.epochs,
        validation_fraction=0.2,
        early_stopping=5,
        random_state=options.seed,
    ).fit(train)
    combined = wide_and_deep.evaluate(test)
    print(f"wide and deep: accuracy {combined['accuracy']:.4f}, AUC {combined['auc']:.4f}")

    pipeline = Pipeline([("network", deep)])
    began = time.perf_counter()
    grid = {"network__hidden_units": [(32,), (64, 32)], "network__dropout": [0.1, 0.3]}
    folds = 3
    if options.quick:
        grid, folds = {"network__hidden_units": [(32,), (16,)], "network__dropout": [0.1]}, 2
    search = GridSearchCV(
        pipeline.set_params(network__epochs=deep.epochs, network__early_stopping=False),
        grid,
        scoring="roc_auc",
        cv=folds,
    ).fit(train, train["churn"])
    seconds = time.perf_counter() - began
    best = {name.removeprefix("network__"): value for name, value in search.best_params_.items()}
    fits = folds * len(search.cv_results_["params"])
    print(f"grid search: {fits} fits in {seconds:.1f} s, best {best}, AUC {search.best_score_:.4f}")

    figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    deep.history_.plot(ax=axes)
    save_plot(figure, "churn")
    print_result("accuracy", evaluation["accuracy"], DOCUMENT_ACCURACY)


if __name__ == "__main__":
    main()
