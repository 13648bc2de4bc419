"""Linear regression by gradient descent: how intercept and slope find their values.

The document descends for 80 steps on all rows at once and ends at 0.8006 + 1.2983 x.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from estimators import LinearRegressor
from estimators.datasets import make_linear
from examples.support import print_result, read_options, save_plot
from feature_specs import FeatureSpec, all_numeric

DOCUMENT_SLOPE = 1.2983


def main() -> None:
    options = read_options(__doc__)
    table = make_linear(5_000 if options.quick else 50_000, random_state=options.seed)
    X, y = table[["x"]], table["y"].to_numpy()
    model = LinearRegressor(
        FeatureSpec().step_numeric_column(all_numeric(), normalizer=None),
        optimizer="sgd",
        learning_rate=0.6,
        batch_size=len(y),
        standardize_target=False,
        warm_start=True,
        random_state=options.seed,
    )
    path = [(0, 0.0, 0.0)]
    for step in range(10, 81, 10):
        model.set_params(epochs=10).fit(X, y)
        path.append((step, model.intercept_, float(model.coef_[0])))
    for step, intercept, slope in path:
        print(f"step {step:2d}: intercept={intercept:.4f}, slope={slope:.4f}")

    exact = np.polyfit(np.ravel(X), y, 1)
    print(f"least squares: intercept={exact[1]:.4f}, slope={exact[0]:.4f}")
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    shown = slice(0, 2000)
    left.scatter(np.ravel(X)[shown], y[shown], s=2, color="0.7")
    ends = np.array([0.0, 1.0])
    for step, intercept, slope in path[::2]:
        left.plot(ends, intercept + slope * ends, label=f"step {step}")
    left.set(xlabel="x", ylabel="y")
    left.legend()
    steps, intercepts, slopes = zip(*path, strict=True)
    right.plot(steps, intercepts, "o-", label="intercept")
    right.plot(steps, slopes, "o-", label="slope")
    right.set(xlabel="step")
    right.legend()
    save_plot(figure, "linear_regression")
    print_result("slope", path[-1][2], DOCUMENT_SLOPE)


if __name__ == "__main__":
    main()
