"""A file brings no path along that a later fit would act on, unless the caller trusts it."""

import os
import warnings
from pathlib import Path

import pytest
from fitted_cases import QUICK, X

from estimators import Checkpoints, DNNClassifier, load_model
from estimators.persistence.archive import ModelFileError
from feature_specs import FeatureSpec

Y = X[:, 0] > 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model_dir", "fit"),
        ("model_dir", Checkpoints("fit", keep=2)),
        ("log_dir", Path("fit")),
        ("warm_start_from", "fit"),
    ],
)
def test_a_folder_beside_the_model_stays_in_the_file(name, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "saved").mkdir()
    model = DNNClassifier(**QUICK, **{name: value})
    model.save("saved/model")
    with pytest.warns(UserWarning, match=rf"{name}='fit' stayed in .* trusted=\['fit'\]") as told:
        stranger = load_model("saved/model")
    assert [warning.filename for warning in told] == [__file__]
    stranger.fit(X, Y)
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for trusted in (["fit"], True):
            assert load_model("saved/model", trusted=trusted).get_params()[name] == value


def test_a_checkpoint_keeps_the_folder_that_it_lies_in(tmp_path):
    model = DNNClassifier(model_dir=tmp_path / "fit", **QUICK).fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_model(tmp_path / "fit").model_dir == model.model_dir
    os.rename(tmp_path / "fit", tmp_path / "moved")
    with pytest.warns(UserWarning, match="model_dir"):
        assert load_model(tmp_path / "moved").model_dir is None


def test_what_a_model_is_made_of_must_be_trusted(tmp_path):
    (tmp_path / "words").write_text("a\nb\n")
    spec = FeatureSpec().step_categorical_column_with_vocabulary_file("c", tmp_path / "words")
    DNNClassifier(spec).save(tmp_path / "model")
    with pytest.raises(ModelFileError, match="vocabulary_file=.*lies outside of it"):
        load_model(tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=[str(tmp_path / "words")])
    assert again.feature_spec.steps[0][1].vocabulary_file == tmp_path / "words"
