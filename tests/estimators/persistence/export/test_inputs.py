"""What an exported model takes: names of inputs, and one dtype for each."""

import pytest
import tensorflow as tf
from export_cases import QUICK
from fitted_cases import IMAGES, TABLE, THREE, VALUES, fitted

from estimators import DNNLinearCombinedRegressor
from estimators.persistence.export.export_model import export_model
from estimators.persistence.export.inputs import input_names, intake_of
from feature_specs import FeatureSpec


def test_one_column_read_in_two_ways(tmp_path):
    linear = FeatureSpec().step_categorical_column_with_vocabulary_list("note")
    dnn = FeatureSpec().step_categorical_column_with_hash_bucket("note", 5)
    model = DNNLinearCombinedRegressor(linear_feature_spec=linear, dnn_feature_spec=dnn, **QUICK)
    table = TABLE[["note"]]
    assert set(intake_of(model.fit(table, VALUES)._specs_, "float64").signature) == {"note"}
    numbers = table.assign(note=THREE)
    model._specs_["dnn:"] = dnn.fit(numbers)
    with pytest.raises(ValueError, match="'note' is read as string and as int64"):
        export_model(model, tmp_path / "model")


@pytest.mark.parametrize(
    "columns", [["a b", "a_b", "a-b"], ["_", "__", "1", "lambda", "self"], ["", " ", "é", "x.y"]]
)
def test_names_of_inputs_are_names_and_differ(columns):
    names = input_names(columns).values()
    assert len(set(names)) == len(columns)
    assert all(name.isidentifier() and name[0].isalpha() for name in names)


def test_images_come_in_the_dtype_of_the_fit():
    signature = intake_of(fitted("images")[0]._specs_, "float64").signature
    assert signature["images"] == tf.TensorSpec((None, *IMAGES.shape[1:], 1), tf.uint8, "images")
