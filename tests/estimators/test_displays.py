"""Plots of images say what they show: names, colours, bars."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from sklearn.dummy import DummyClassifier

from estimators.displays import (
    ClassProbabilityDisplay,
    ImageGridDisplay,
    ImagePredictionDisplay,
)

plt = pytest.importorskip("matplotlib.pyplot")

IMAGES = np.arange(6 * 4 * 4, dtype=np.uint8).reshape(6, 4, 4)
LABELS = np.array([0, 1, 2, 0, 1, 2])
NAMES = ("Bag", "Coat", "Shirt")
GREEN, RED, GREY = "#008800", "#bb0000", "#888888"


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("X", "image_shape"),
    [(IMAGES, None), (IMAGES[..., None], None), (IMAGES.reshape(6, 16), (4, 4))],
)
def test_a_grid_shows_images_and_names(X, image_shape):
    display = ImageGridDisplay.from_images(
        X, LABELS, class_names=NAMES, image_shape=image_shape, rows=2, columns=4
    )
    shown = [axis for axis in display.axes_.flat if axis.get_visible()]
    assert [axis.get_title() for axis in shown] == [NAMES[label] for label in LABELS]
    np.testing.assert_array_equal([axis.images[0].get_array() for axis in shown], IMAGES)


def test_colour_images_keep_their_channels():
    display = ImageGridDisplay.from_images(np.stack([IMAGES] * 3, axis=-1), rows=1, columns=1)
    assert display.axes_[0, 0].images[0].get_array().shape == (4, 4, 3)


def test_predictions_are_green_where_right_and_red_where_wrong():
    model = DummyClassifier(strategy="constant", constant=1).fit(IMAGES.reshape(6, 16), LABELS)
    display = ImagePredictionDisplay.from_estimator(
        model, IMAGES, LABELS, class_names=NAMES, rows=2, columns=3
    )
    titles = [axis.title for axis in display.axes_.flat]
    assert [title.get_text() for title in titles] == [f"Coat ({NAMES[i]})" for i in LABELS]
    assert [to_hex(title.get_color()) for title in titles] == [RED, GREEN, RED] * 2


@pytest.mark.parametrize(
    ("y", "colors"), [(None, [GREY] * 3), (1, [GREY, GREEN, GREY]), ([2], [GREY, RED, GREEN])]
)
def test_bars_of_one_image(y, colors):
    X = np.zeros((10, 2))
    model = DummyClassifier(strategy="prior").fit(X, [0, 0, 1, 1, 1, 1, 1, 2, 2, 2])
    display = ClassProbabilityDisplay.from_estimator(model, X[:1], y, class_names=NAMES)
    assert [bar.get_height() for bar in display.ax_.patches] == [0.2, 0.5, 0.3]
    assert [to_hex(bar.get_facecolor()) for bar in display.ax_.patches] == colors
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == list(NAMES)


@pytest.mark.parametrize(
    ("plot", "words"),
    [
        (lambda: ImageGridDisplay.from_images(IMAGES[0, 0]), "shape"),
        (lambda: ImageGridDisplay.from_images(IMAGES.reshape(6, 16)), "image_shape"),
        (lambda: ImageGridDisplay.from_images(IMAGES, LABELS, class_names=NAMES[:2]), "2 names"),
        (lambda: ImagePredictionDisplay.from_predictions(IMAGES, LABELS, [1]), "1 predictions"),
        (
            lambda: ClassProbabilityDisplay.from_estimator(
                DummyClassifier().fit(IMAGES.reshape(6, 16), LABELS), IMAGES
            ),
            "6 images; pass a single one",
        ),
        (
            lambda: ClassProbabilityDisplay.from_estimator(
                DummyClassifier().fit(IMAGES.reshape(6, 16), LABELS), IMAGES[:1], 7
            ),
            "7.*no class",
        ),
    ],
)
def test_what_cannot_be_shown(plot, words):
    with pytest.raises(ValueError, match=words):
        plot()
