"""Images: the contract, the network that the parameters describe, and what is refused."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from estimators import DNNClassifier, ImageClassifier, ImageRegressor

DIGITS = load_digits()
IMAGES = (DIGITS.images * 15).astype(np.uint8)
LABELS = DIGITS.target
SMALL = {"filters": (4,), "kernel_size": 3, "hidden_units": (8,), "epochs": 2, "random_state": 0}


def fitted(X=IMAGES[:200], y=LABELS[:200], kind=ImageClassifier, **parameters):
    return kind(**(SMALL | parameters)).fit(X, y)


@pytest.fixture(scope="module")
def model():
    return fitted()


def layers_of(model):
    return [type(layer).__name__ for layer in model.network_.layers if layer.name != "logits"]


@pytest.mark.parametrize(
    "form",
    [
        lambda images: images[..., None],
        lambda images: images.astype(np.int64),
        lambda images: images.tolist(),
        lambda images: images.astype(float),
    ],
    ids=["channel", "int64", "list", "whole floats"],
)
def test_forms_of_the_same_images_predict_the_same_bits(model, form):
    expected = model.predict_proba(IMAGES[:40])
    np.testing.assert_array_equal(model.predict_proba(form(IMAGES[:40])), expected)


def test_flat_rows_are_images(model):
    flat = fitted(IMAGES[:200].reshape(200, -1), image_shape=(8, -1))
    np.testing.assert_array_equal(
        flat.predict_proba(IMAGES[:40].reshape(40, -1)), model.predict_proba(IMAGES[:40])
    )
    assert flat.n_features_in_ == 64


def test_floats_up_to_one_and_whole_numbers_are_one_scale():
    floats = fitted((IMAGES[:200] / 255).astype(np.float32))
    np.testing.assert_array_equal(
        floats.predict_proba(IMAGES[:40]),
        floats.predict_proba((IMAGES[:40] / 255).astype(np.float32)),
    )


def test_images_stay_small_in_memory(model):
    encoded = model.feature_spec_.encode(IMAGES[:, :, :, None])["images"]
    assert encoded.dtype == np.uint8
    assert np.shares_memory(encoded, IMAGES)


def test_the_network_is_the_one_described():
    model = fitted(
        filters=(4, 6),
        kernel_size=(3, 1),
        pool_size=(2, 1),
        padding="valid",
        activation=("tanh", "relu", "elu"),
        dropout=(0.25, 0.0, 0.4),
        hidden_units=(8,),
        batch_norm=True,
    )
    block = ["Conv2D", "BatchNormalization", "Activation"]
    hidden = ["Flatten", "Dense", "BatchNormalization", "Activation", "HashedDropout"]
    first = [*block, "MaxPooling2D", "Dropout"]
    assert layers_of(model) == ["InputLayer", "Rescaling", *first, *block, *hidden]
    convolutions = [x for x in model.network_.layers if isinstance(x, keras.layers.Conv2D)]
    assert [x.kernel.shape for x in convolutions] == [(3, 3, 1, 4), (1, 1, 4, 6)]
    activations = [x for x in model.network_.layers if isinstance(x, keras.layers.Activation)]
    assert [x.activation.__name__ for x in activations] == ["tanh", "relu", "elu"]
    assert convolutions[1].output.shape == (None, 3, 3, 6)


def test_the_network_agrees_with_predict(model):
    logits = keras.ops.convert_to_numpy(model.network_({"images": IMAGES[:40, ..., None]}))
    np.testing.assert_allclose(model.decision_function(IMAGES[:40]), logits, rtol=1e-4, atol=1e-5)


def test_the_same_seed_gives_the_same_bits():
    augment = [keras.layers.RandomTranslation(0.1, 0.1), keras.layers.RandomRotation(0.1)]
    parameters = {"augment": augment, "dropout": 0.25, "batch_norm": True}
    first, again = (fitted(**parameters).predict_proba(IMAGES) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = fitted(**parameters, random_state=1).predict_proba(IMAGES)
    assert not np.array_equal(first, other)


def test_augmentation_changes_training_alone():
    plain, augmented = (
        fitted(epochs=1, augment=augment) for augment in (None, keras.layers.RandomFlip())
    )
    assert not np.array_equal(plain.predict_proba(IMAGES), augmented.predict_proba(IMAGES))
    twice = [augmented.predict_proba(IMAGES[:40]) for _ in range(2)]
    np.testing.assert_array_equal(*twice)


def test_copies_predict_the_same_bits(model):
    expected = model.predict_proba(IMAGES)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(IMAGES), expected)
    refitted = clone(model).fit(IMAGES[:200], LABELS[:200])
    np.testing.assert_array_equal(refitted.predict_proba(IMAGES), expected)


def test_a_grid_search_over_filters_and_dropout():
    search = GridSearchCV(
        make_pipeline(FunctionTransformer(), ImageClassifier(**SMALL, image_shape=(8, 8))),
        {"imageclassifier__filters": [(4,), (6,)], "imageclassifier__dropout": [0.0, 0.25]},
        cv=2,
        error_score="raise",
    ).fit(IMAGES[:200].reshape(200, -1), LABELS[:200])
    assert len(search.cv_results_["params"]) == 4
    assert search.predict(IMAGES[:3].reshape(3, -1)).shape == (3,)


def test_it_learns():
    half = len(IMAGES) // 2
    parameters = {"filters": (16,), "hidden_units": (32,), "epochs": 10, "learning_rate": 0.005}
    model = fitted(IMAGES[:half], LABELS[:half], **parameters)
    assert model.score(IMAGES[half:], LABELS[half:]) > 0.9
    means = IMAGES[:half].mean((1, 2))
    regressor = fitted(IMAGES[:half], means, ImageRegressor, **parameters)
    assert regressor.score(IMAGES[half:], IMAGES[half:].mean((1, 2))) > 0.5


def test_deep_networks_take_images():
    model = DNNClassifier(hidden_units=(8,), epochs=2, random_state=0)
    flat = clone(model).fit(IMAGES.reshape(len(IMAGES), -1), LABELS)
    np.testing.assert_array_equal(
        model.fit(IMAGES, LABELS).predict_proba(IMAGES), flat.predict_proba(IMAGES.reshape(-1, 64))
    )


COLOURED = np.stack([IMAGES[:200]] * 3, axis=-1)
OBJECTS = np.array([*IMAGES[:200].tolist(), None], dtype=object)


@pytest.mark.parametrize(
    ("X", "parameters", "words"),
    [
        (IMAGES[:200].reshape(200, -1), {}, "flat rows need image_shape"),
        (IMAGES[:200].reshape(200, -1), {"image_shape": (7, 8)}, "64 pixels.*(7, 8)"),
        (IMAGES[:200], {"image_shape": (4, 16)}, r"\(8, 8\) where image_shape"),
        (IMAGES[:200] * np.int64(2), {}, "480, beyond 255"),
        (IMAGES[:200] * 2.0, {}, "480, beyond 255"),
        (OBJECTS[:200], {}, "array of object"),
        (IMAGES[:200].astype(str), {}, "array of <U"),
        (np.where(IMAGES[:200] > 200, np.nan, 0.5), {}, "NaN"),
        (IMAGES[:200, None, None], {}, "shape"),
        (IMAGES[:0], {}, "0 sample"),
        (IMAGES[:200], {"filters": (4, 4, 4, 4), "padding": "valid"}, "block 1.*too small"),
        (IMAGES[:200], {"dropout": (0.1, 0.2, 0.3)}, "dropout has 3 entries for 2 layers"),
        (IMAGES[:200], {"kernel_size": (3, 3)}, "kernel_size has 2 entries for 1 layers"),
        (IMAGES[:200], {"padding": "none"}, "padding"),
        (IMAGES[:200], {"filters": (0,)}, "filters"),
        (IMAGES[:200], {"kernel_size": (-1,)}, "kernel_size holds -1"),
        (IMAGES[:200], {"pool_size": (0,)}, "pool_size holds 0"),
        (IMAGES[:200], {"dropout": (0.1, 1.5)}, "dropout holds 1.5"),
    ],
)
def test_what_cannot_be_fitted(X, parameters, words):
    model = ImageClassifier(**(SMALL | parameters))
    with pytest.raises(ValueError, match=words):
        model.fit(X, LABELS[: len(X)])
    assert not hasattr(model, "network_")


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (IMAGES[:3, :7], r"\(7, 8, 1\).*fit had \(8, 8, 1\)"),
        (COLOURED[:3], r"\(8, 8, 3\).*fit had \(8, 8, 1\)"),
        (IMAGES[:3].reshape(3, -1), "image_shape"),
        (IMAGES[:3] / 255, "whole numbers"),
    ],
)
def test_what_cannot_be_predicted(model, X, words):
    with pytest.raises(ValueError, match=words):
        model.predict(X)
