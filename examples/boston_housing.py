"""Boston Housing: house prices from 13 columns, with a feature spec and a network of two layers.

The document trains for 500 epochs (test error $2,903) and then with early stopping ($3,034).
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone

from estimators import DNNRegressor
from estimators.datasets import load_boston_housing
from examples.support import print_result, read_options, save_plot
from feature_specs import FeatureSpec, all_numeric

DOCUMENT_MAE = 2.90354
DOCUMENT_MAE_EARLY_STOPPING = 3.03421


def main() -> None:
    options = read_options(__doc__)
    train, test = load_boston_housing()
    print(f"{len(train)} training rows, {len(test)} test rows")
    print(train.head(3).to_string(), end="\n\n")

    spec = FeatureSpec("label ~ .").step_numeric_column(all_numeric(), normalizer="standard")
    print(spec.fit(train), end="\n\n")

    model = DNNRegressor(
        feature_spec=spec,
        numeric_embedding=None,
        hidden_units=(64, 64),
        optimizer="rmsprop",
        learning_rate=0.001,
        batch_size=32,
        epochs=20 if options.quick else 500,
        early_stopping=False,
        validation_fraction=0.2,
        random_state=options.seed,
        verbose=1,
    ).fit(train)
    model.summary()
    mae = model.evaluate(test)["mean_absolute_error"]
    document = f"(document ${1000 * DOCUMENT_MAE:,.0f})"
    print(f"{model.n_iter_} epochs: test MAE ${1000 * mae:,.0f} {document}")

    stopped = clone(model).set_params(early_stopping=20, verbose=0).fit(train)
    stopped_mae = stopped.evaluate(test)["mean_absolute_error"]
    print(
        f"stopped after {stopped.n_iter_} epochs, best {stopped.history_.best_epoch + 1}: "
        f"test MAE ${1000 * stopped_mae:,.0f} "
        f"(document ${1000 * DOCUMENT_MAE_EARLY_STOPPING:,.0f})"
    )
    print(f"first predictions: {np.round(stopped.predict(test)[:5], 1)}")
    print(f"         in truth: {test['label'].to_numpy()[:5]}")

    figure, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
    model.history_.plot(ax=axes[0])
    stopped.history_.plot(ax=axes[1])
    for row, title in zip(
        axes, (f"{model.n_iter_} epochs", "early stopping, patience 20"), strict=True
    ):
        row[0].set_ylim(0, 60)
        row[1].set_ylim(0, 6)
        row[0].set_title(title)
    save_plot(figure, "boston_housing")
    print_result("mae", mae, DOCUMENT_MAE)


if __name__ == "__main__":
    main()
