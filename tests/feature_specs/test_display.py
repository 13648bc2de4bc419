"""How a spec shows itself."""

from __future__ import annotations

import pandas as pd
from sklearn.pipeline import make_pipeline

from feature_specs import FeatureSpec, all_nominal, all_numeric


def spec():
    return (
        FeatureSpec("label ~ .")
        .step_numeric_column(all_numeric(), normalizer="standard")
        .step_categorical_column_with_vocabulary_list(all_nominal())
        .step_embedding_column("city", 2)
    )


def table():
    return pd.DataFrame(
        {"age": [1.0, None, 3.0], "city": ["<Bonn>", "Rome", "Oslo"], "label": [0, 1, 0]}
    )


def test_unfitted_specs_show_their_steps():
    assert repr(spec()).splitlines() == [
        "FeatureSpec('label ~ .'), not fitted",
        "  numeric: NumericColumn(columns=all_numeric(), normalizer='standard')",
        "  categorical: CategoricalColumn(columns=all_nominal())",
        "  embedding: EmbeddingColumn(columns='city', dimension=2)",
    ]
    assert "the columns decide" in repr(FeatureSpec())


def test_fitted_specs_show_their_features():
    shown = repr(spec().fit(table()))
    assert "fitted on 2 columns" in shown
    assert "missing marked: age" in shown
    assert "3 categories (<Bonn>, Oslo, Rome), embedding 2" in shown


def test_long_lists_are_cut():
    wide = pd.DataFrame({f"x{i}": [1.0, 2.0] for i in range(500)})
    assert len(repr(FeatureSpec().fit(wide))) < 500


def test_html_shows_the_same_and_escapes():
    fitted = spec().fit(table())
    html = fitted._repr_html_()
    assert "all_numeric()" in html
    assert "&lt;Bonn&gt;" in html
    assert "<Bonn>" not in html


def test_html_inside_a_pipeline():
    assert "FeatureSpec" in make_pipeline(spec())._repr_html_()


def test_every_state_can_be_shown():
    everything = pd.DataFrame(
        {
            "v": [[1.0, 2.0], [3.0, 4.0]],
            "d": pd.to_datetime(["2024-01-01", "2025-01-01"]),
            "t": [["a"], ["b", "a"]],
            "c": ["x", "y"],
            "n": [1, 2],
        }
    )
    fitted = (
        FeatureSpec()
        .step_numeric_column("v", shape=2)
        .step_datetime_column("d")
        .step_categorical_column_with_hash_bucket(["t", "c"], 5)
        .step_categorical_column_with_identity("n", 3)
        .step_bucketized_column("n", boundaries=[1.5])
        .step_crossed_column(["c", "bucketized_n"], 9)
        .fit(everything)
    )
    assert len(repr(fitted).splitlines()) == 1 + 6 + 1 + 7
    assert fitted._repr_html_()
