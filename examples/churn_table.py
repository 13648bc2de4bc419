"""The Telco customers in two parts, and the document's network on their columns."""

from __future__ import annotations

import argparse

import pandas as pd
from sklearn.model_selection import train_test_split

from estimators import DNNClassifier
from estimators.datasets import load_churn
from feature_specs import FeatureSpec, all_nominal, all_numeric


def train_and_test(options: argparse.Namespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return four fifths of the customers and the others, as many leaving in both."""
    table = load_churn()
    if options.quick:
        # Of fewer than 128 rows no network is compiled by XLA.
        table = table.head(150)
    return train_test_split(
        table, test_size=0.2, stratify=table["churn"], random_state=options.seed
    )


def deep_network(options: argparse.Namespace) -> DNNClassifier:
    """Return the document's network, not yet fitted."""
    spec = (
        FeatureSpec("churn ~ .")
        .step_numeric_column(all_numeric(), normalizer="standard")
        .step_categorical_column_with_vocabulary_list(all_nominal())
        .step_indicator_column(all_nominal())
    )
    return DNNClassifier(
        spec,
        numeric_embedding=None,
        hidden_units=(256, 128, 64, 32),
        dropout=0.2,
        weight_decay=0.0,
        epochs=3 if options.quick else 20,
        batch_size=128,
        validation_fraction=0.2,
        early_stopping=5,
        random_state=options.seed,
    )
