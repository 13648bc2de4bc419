"""A tour of feature specs: every kind of step on one table, one spec for three estimators.

The customers are Telco's. A few columns are made from theirs, row by row, for the kinds of cell
that the table lacks: lists, weights, dates and vectors.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from estimators import DNNClassifier, DNNLinearCombinedClassifier, LinearClassifier
from estimators.datasets import load_churn
from examples.support import print_result, read_options, save_plot
from feature_specs import FeatureSpec, all_datetime, contains, derived, one_of, starts_with

ADD_ONS = ("online_security", "online_backup", "device_protection", "tech_support")
STREAMING = ("streaming_tv", "streaming_movies")
# What a service adds to the monthly charge, in dollars: least squares of the table, rounded.
PRICES = dict.fromkeys(ADD_ONS, 5.0) | dict.fromkeys(STREAMING, 10.0)
# What is known of a line before any training: speed (Mbit/s, log10) and age of the technology.
LINES = {"No": [0.0, 0.0], "DSL": [1.4, 1.0], "Fiber optic": [2.7, -1.0]}


def add_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with columns of the kinds it lacks, the same on every run."""
    row = np.arange(len(table))
    home = (row[:, None] * [0.7548776662, 0.5698402910] % 1 * 30).round(2)  # invented, in km
    zones = (home // 2).astype(int)
    subscribed = [
        [name for name, answer in zip(PRICES, answers, strict=True) if answer == "Yes"]
        for answers in table[list(PRICES)].itertuples(index=False)
    ]
    months = np.datetime64("2019-10", "M") - table["tenure"].to_numpy("timedelta64[M]")
    made = {
        "services": subscribed,
        "add_ons": subscribed,
        "add_on_prices": [[PRICES[name] / 10 for name in names] for names in subscribed],
        "bundle": ["+".join(n.split("_")[1] for n in names) or "none" for names in subscribed],
        "joined": months.astype("datetime64[D]") + row % 28,
        "home": list(home),
        "zone": [f"{north:02d}-{east:02d}" for north, east in zones],
        "household": table["partner"] + 2 * table["dependents"],
        "price_rise": table["monthly_charges"] - table["total_charges"] / table["tenure"],
    }
    return table.assign(**made)


def tour(payment_methods: Path) -> FeatureSpec:
    """Return a spec with every kind of step."""
    return (
        # Every column but one, and a cross; the target is left of the ~.
        FeatureSpec("churn ~ . - female + internet_service:tech_support")
        # Numbers, scaled or not, with gaps that are filled and marked.
        .step_numeric_column("tenure", normalizer="standard")
        .step_numeric_column("monthly_charges", normalizer="quantile")
        .step_numeric_column(
            "total_charges", normalizer="log1p", default_value="median", add_indicator=True
        )
        .step_numeric_column("price_rise", normalizer="robust", default_value=0.0)
        .step_numeric_column(one_of("senior_citizen", "paperless_billing", "phone_service"))
        .step_numeric_column("home", shape=2, normalizer="min_max", name="home")
        .step_datetime_column(all_datetime(), parts=("year", "month", "dayofweek"))
        # Categories: listed, learnt, read from a file, hashed, numbered, weighted, lists of them.
        .step_categorical_column_with_vocabulary_list(
            "contract", vocabulary_list=["Month-to-month", "One year", "Two year"]
        )
        .step_categorical_column_with_vocabulary_list(
            ["internet_service", "tech_support", *STREAMING]
        )
        .step_categorical_column_with_vocabulary_list("bundle", min_frequency=0.01)
        .step_categorical_column_with_vocabulary_list("services")
        .step_categorical_column_with_vocabulary_file("payment_method", payment_methods)
        .step_categorical_column_with_hash_bucket("zone", hash_bucket_size=20)
        .step_categorical_column_with_identity("household", num_buckets=4)
        .step_weighted_categorical_column("add_ons", "add_on_prices")
        # Intervals, given and learnt, and combinations.
        .step_bucketized_column("monthly_charges", boundaries=[25, 50, 75, 100])
        .step_bucketized_column("tenure", num_bins=8)
        .step_crossed_column(["contract", "bucketized_tenure"], hash_bucket_size=100)
        .step_crossed_column(["payment_method", "bucketized_monthly_charges"])
        # How categories enter a network.
        .step_indicator_column(one_of("contract", "household", "payment_method", "add_ons"))
        .step_indicator_column("internet_service")
        .step_embedding_column("internet_service", weights=LINES, trainable=False)
        .step_embedding_column(one_of("bundle", "zone"), dimension="auto")
        .step_embedding_column("services", dimension=4, combiner="sqrtn")
        .step_embedding_column(derived(starts_with("crossed")), dimension=4)
        .step_shared_embeddings_column(contains("streaming"), dimension=2)
        # These intervals were only wanted for the cross, which stays.
        .step_remove_column("bucketized_monthly_charges")
    )


def compare_with_serving(spec: FeatureSpec, table: pd.DataFrame) -> bool:
    """Return whether the model for raw columns gives every bit that ``encode`` gives."""
    encoded = spec.encode(table)
    served = spec.preprocessing_model()(spec.raw_inputs(table))
    return set(served) == set(encoded) and all(
        np.asarray(served[name]).tobytes() == array.tobytes() for name, array in encoded.items()
    )


def main() -> None:
    options = read_options(__doc__)
    table = add_columns(load_churn())
    if options.quick:
        table = table.head(600)
    train, test = train_test_split(
        table, test_size=0.2, stratify=table["churn"], random_state=options.seed
    )
    made = table.columns[table.columns.get_loc("churn") + 1 :]
    print(f"{len(train)} training rows, {len(test)} test rows; made from the others:")
    print(table[made].head(3).T.to_string(header=False, max_colwidth=60), end="\n\n")

    with tempfile.TemporaryDirectory() as folder:
        vocabulary = Path(folder) / "payment_methods.txt"
        vocabulary.write_text("\n".join(sorted(set(train["payment_method"]))), encoding="utf-8")
        spec = tour(vocabulary).fit(train)
    print(spec, end="\n\n")

    print("encoded:")
    for name, array in spec.encode(test).items():
        print(f"  {name:50} {array.dtype!s:8} {array.shape}")
    print(f"as one array of numbers: {spec.transform(test).shape}")
    same = compare_with_serving(spec, test)
    print(f"preprocessing_model gives {'the same bits' if same else 'OTHER BITS'}", end="\n\n")

    training = {"epochs": 60, "random_state": options.seed}
    if options.quick:
        training |= {"epochs": 3, "jit_compile": False}
    # The document's network: numbers as they are, no decay.
    deep = {
        "numeric_embedding": None,
        "hidden_units": (64, 32),
        "dropout": 0.3,
        "weight_decay": 0.0,
    }
    stopping = {"validation_fraction": 0.2, "early_stopping": 8}
    models = {
        "LinearClassifier": LinearClassifier(spec, l2=0.001, **training),
        "DNNClassifier": DNNClassifier(spec, **deep, **stopping, **training),
        "DNNLinearCombinedClassifier": DNNLinearCombinedClassifier(
            spec, **{f"dnn_{name}": value for name, value in deep.items()}, **stopping, **training
        ),
    }
    scores = {}
    for name, model in models.items():
        evaluation = model.fit(train).evaluate(test)
        scores[name] = evaluation["accuracy"], evaluation["auc"]
        print(f"{name:28} accuracy {scores[name][0]:.4f}  AUC {scores[name][1]:.4f}")
    baseline = evaluation["accuracy_baseline"]
    print(f"{'the most frequent class':28} accuracy {baseline:.4f}")

    linear = models["LinearClassifier"]
    coefficients = pd.Series(linear.coef_[0], linear.feature_spec_.get_feature_names_out())
    largest = coefficients[coefficients.abs().nlargest(10).index[::-1]]
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 4.5), layout="constrained")
    places = np.arange(len(scores))
    for shift, metric, values in zip(
        (-0.2, 0.2), ("accuracy", "AUC"), zip(*scores.values(), strict=True), strict=True
    ):
        bars = left.bar(places + shift, values, width=0.4, label=metric)
        left.bar_label(bars, fmt="%.3f", fontsize=8)
    left.axhline(baseline, color="0.5", linestyle=":", label="most frequent class")
    left.set_xticks(places, ["linear", "deep", "wide and deep"])
    left.set(ylim=(0.5, 1), title="one spec, three estimators (test)")
    left.legend(loc="upper left", ncols=3, fontsize=8)
    colors = np.where(largest > 0, "tab:red", "tab:blue")
    right.barh(largest.index, largest, color=colors)
    right.axvline(0, color="0.5", linewidth=0.8)
    right.set(title="largest coefficients", xlabel="stays (blue), leaves (red)")
    save_plot(figure, "feature_spec_tour")
    print_result("accuracy", max(accuracy for accuracy, _ in scores.values()))


if __name__ == "__main__":
    main()
