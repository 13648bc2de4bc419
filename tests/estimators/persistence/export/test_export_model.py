"""Where a model is exported to, and what is in the way."""

import pytest
import tensorflow as tf
from fitted_cases import fitted
from sklearn.exceptions import NotFittedError

from estimators import DNNClassifier
from estimators.persistence.export.export_model import _WRITERS, export_model
from estimators.persistence.export.serving import Serving


def test_an_unfitted_estimator(tmp_path):
    with pytest.raises(NotFittedError):
        export_model(DNNClassifier(), tmp_path / "model")


@pytest.mark.parametrize(("format", "said"), [("savedmodel", "did you mean"), (3, "there are")])
def test_an_unknown_format(format, said, tmp_path):
    with pytest.raises(ValueError, match=f"Unknown format {format!r}; {said} 'saved_model'"):
        export_model(fitted("regression")[0], tmp_path / "model", format)


@pytest.mark.parametrize("format", ["saved_model", "litert"])
def test_an_existing_model_is_replaced_when_asked(format, tmp_path):
    model, *_ = fitted("regression")
    export_model(model, tmp_path / "model", format)
    with pytest.raises(FileExistsError, match="pass overwrite=True or another path"):
        export_model(model, tmp_path / "model", format)
    export_model(model, tmp_path / "model", format, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("name", "begins"), [("a.onnx", "onnx"), ("a.tflite", "litert"), ("a.model", "saved_model")]
)
def test_the_end_of_a_path_tells_the_format(name, begins, tmp_path, monkeypatch):
    written = []
    for format in _WRITERS:
        monkeypatch.setitem(_WRITERS, format, lambda *_, format=format: written.append(format))
    fitted("regression")[0].export(tmp_path / name)
    export_model(fitted("regression")[0], tmp_path / name, "saved_model")
    assert written == [begins, "saved_model"]


def test_what_is_no_model_is_never_replaced(tmp_path):
    (tmp_path / "holidays.jpg").touch()
    with pytest.raises(FileExistsError, match="no folder of a SavedModel"):
        export_model(fitted("regression")[0], tmp_path, overwrite=True)
    with pytest.raises(FileExistsError, match="is no file"):
        export_model(fitted("regression")[0], tmp_path, "litert", overwrite=True)
    with pytest.raises(FileNotFoundError, match="create it first"):
        export_model(fitted("regression")[0], tmp_path / "no" / "model")


def test_an_empty_folder_is_filled(tmp_path):
    export_model(fitted("regression")[0], tmp_path)
    assert "predict" in tf.saved_model.load(str(tmp_path)).signatures


def test_a_failure_leaves_the_old_model_whole(monkeypatch, tmp_path):
    model, *_ = fitted("regression")
    export_model(model, tmp_path / "model")
    before = sorted(path for path in tmp_path.rglob("*"))

    class Half:
        def write_out(self, path, **how):
            path.mkdir()
            (path / "saved_model.pb").write_bytes(b"half")
            raise OSError("No space left on device")

    monkeypatch.setattr(Serving, "archive", lambda serving: Half())
    with pytest.raises(OSError, match="No space left"):
        export_model(model, tmp_path / "model", overwrite=True)
    assert sorted(path for path in tmp_path.rglob("*")) == before
    tf.saved_model.load(str(tmp_path / "model"))
