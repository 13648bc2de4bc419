"""What of feature_specs runs without TensorFlow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "feature_specs"
# Where Keras and TensorFlow are imported at once; elsewhere, within the functions that need them.
WITH_KERAS = {
    "scalers/layers.py",
    "scalers/portable_math.py",
    "text/layers.py",
    "text/sentence_models.py",
    "networks/layers.py",
    "networks/chosen_features.py",
    "networks/dense.py",
    "networks/column_dense.py",
    "networks/monotonic_activation.py",
    "networks/monotonic_dense.py",
    "networks/monotonic_features.py",
    "networks/cosines.py",
    "networks/pieces.py",
    "networks/linear.py",
    "networks/preprocessing.py",
    "networks/sparse_layers.py",
}
FILES = [path for path in HOUSE.rglob("*.py") if path != HOUSE / "__init__.py"]


def name_of(path):
    return ".".join(path.relative_to(HOUSE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in FILES}


@pytest.mark.parametrize("module", MODULES)
def test_keras_waits_for_the_function_that_needs_it(module):
    path = MODULES[module]
    heavy = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            heavy |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            heavy.add(node.module.split(".")[0])
    assert bool(heavy & {"keras", "tensorflow"}) == (str(path.relative_to(HOUSE)) in WITH_KERAS)


WITHOUT_TENSORFLOW = """
import sys
import numpy as np
import pandas as pd
import feature_specs
from feature_specs import FeatureSpec, scalers
from feature_specs.networks.representations import Bag, Embedding, Indicator, TextVectors

table = pd.DataFrame({
    "x": [1.0, np.nan, 3.0, 4.0],
    "z": [1, 2, 3, 4],
    "flag": [True, False, True, True],
    "t": ["a", "b", None, "a"],
    "c": pd.Categorical(["u", "v", "u", None]),
    "tags": [["a"], [], ["b", "a"], None],
    "w": [0.5, 1.0, 2.0, 0.0],
    "d": pd.to_datetime(["2024-01-01", None, "2025-06-01", "2025-07-01"]),
    "v": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]],
    "label": [0, 1, 0, 1],
})
with open(sys.argv[1], "w") as file:
    file.write("a\\nb\\n")
spec = (
    FeatureSpec("label ~ . + t:c")
    .step_numeric_column("x", normalizer="standard")
    .step_numeric_column("z", normalizer=np.log1p)
    .step_numeric_column("v", shape=2, normalizer="min_max")
    .step_datetime_column("d", holidays=["2024-01-01"])
    .step_elapsed_time_column("d", since="2024-02-29")
    .step_categorical_column_with_vocabulary_list(["t", "tags"], num_oov_buckets=2)
    .step_categorical_column_with_vocabulary_file("c", sys.argv[1])
    .step_categorical_column_with_hash_bucket("flag", 5)
    .step_categorical_column_with_identity("z", 9)
    .step_weighted_categorical_column("t", "w")
    .step_bucketized_column("x", num_bins=2)
    .step_crossed_column(["t", "bucketized_x"], 10)
    .step_indicator_column("c")
    .step_embedding_column("t", 2, initializer="uniform")
    .step_shared_embeddings_column(["t", "tags"], 2)
    .step_remove_column("flag")
)
kinds = {step.kind for _, step in spec.steps}
public = [getattr(feature_specs, name) for name in feature_specs.__all__]
assert kinds | {"step", "text"} == {item.kind for item in public if hasattr(item, "kind")}
for spec in (spec, FeatureSpec("label ~ ."), *(
    FeatureSpec().step_numeric_column(["x", "w"], normalizer=name)
    for name in ("identity", "standard", "min_max", "robust", "max_abs", "log1p", "quantile")
)):
    repr(spec), spec._repr_html_()
    spec.fit(table, sample_weight=[1, 2, 3, 4])
    spec.encode(table.assign(t="new"))
    assert spec.transform(table).shape[1] == len(spec.get_feature_names_out())
    repr(spec), spec._repr_html_(), spec.feature_infos(), spec.split_target(table)
    spec.raw_inputs(table)
# The step itself is light; only reading texts is not.
repr(FeatureSpec().step_text_column("t", pretrained={"a": [1.0, 2.0]}))
loaded = {"tensorflow", "keras"} & set(sys.modules)
assert not loaded, loaded
"""


def test_tables_without_texts_need_no_tensorflow(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW, tmp_path / "words"],
        capture_output=True,
        text=True,
        cwd=HOUSE.parent,
    )
    assert ran.returncode == 0, ran.stderr
