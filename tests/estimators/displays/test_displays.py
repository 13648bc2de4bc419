"""Plots of images say what they show: names, colours, bars."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from estimators.displays import (
    ClassProbabilityDisplay,
    ImageGridDisplay,
    ImagePredictionDisplay,
)

plt = pytest.importorskip("matplotlib.pyplot")

IMAGES = np.arange(6 * 4 * 4, dtype=np.uint8).reshape(6, 4, 4)
LABELS = np.array([0, 1, 2, 0, 1, 2])
NAMES = ("Bag", "Coat", "Shirt")
GREEN, RED, BLUE, GREY = "#008800", "#bb0000", "#1f77b4", "#888888"


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
    assert [axis.get_xlabel() for axis in shown] == [NAMES[label] for label in LABELS]
    np.testing.assert_array_equal([axis.images[0].get_array() for axis in shown], IMAGES)


def test_the_first_images_go_into_given_axes():
    figure, axes = plt.subplots(1, 2)
    display = ImageGridDisplay.from_images(IMAGES, LABELS, ax=axes)
    assert display.figure_ is figure
    assert [axis.get_xlabel() for axis in axes] == ["0", "1"]


def test_all_images_of_a_grid_share_one_range():
    dark_and_bright = np.stack([np.full((4, 4), 10), np.full((4, 4), 200)])
    display = ImageGridDisplay.from_images(dark_and_bright, rows=1, columns=2)
    assert [axis.images[0].get_clim() for axis in display.axes_.flat] == [(10, 200)] * 2


@pytest.mark.filterwarnings("error")
def test_colours_are_bytes_or_shares():
    colors = np.stack([IMAGES] * 3, axis=-1)
    for X in (colors, colors.astype(float), colors / 255):
        shown = ImageGridDisplay.from_images(X, rows=1, columns=6).axes_[0, 5].images[0]
        np.testing.assert_allclose(shown.to_rgba(shown.get_array())[..., :3], colors[5] / 255)


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
    again = ImagePredictionDisplay.from_predictions(
        IMAGES, LABELS, np.ones(6, int), class_names=NAMES, rows=2, columns=3
    )
    assert (again.titles, again.title_colors) == (display.titles, display.title_colors)


def test_long_names_do_not_run_into_one_another():
    names = ["Ankle boot", "T-shirt/top", "Pullover of the wool of a very old sheep"]
    display = ImagePredictionDisplay.from_predictions(IMAGES, LABELS, LABELS, class_names=names)
    shown = [axis.get_title() for axis in display.axes_.flat[:3]]
    assert shown[:2] == ["Ankle boot\n(Ankle boot)", "T-shirt/top\n(T-shirt/top)"]
    assert max(len(line) for line in shown[2].splitlines()) <= 22


@pytest.mark.parametrize("form", ["images", "rows"])
def test_names_follow_the_classes_of_any_classifier(form):
    digits = load_digits(n_class=3)
    words = np.array(["zero", "one", "two"])[digits.target]
    model = LogisticRegression(max_iter=1000).fit(digits.data, words)  # classes_: one, two, zero
    X, shape = (digits.images, None) if form == "images" else (digits.data, (8, 8))
    names = ["Eins", "Zwei", "Null"]
    display = ImagePredictionDisplay.from_estimator(
        model, X, words, class_names=names, image_shape=shape, rows=1, columns=3
    )
    assert display.titles == ["Null (Null)", "Eins (Eins)", "Zwei (Zwei)"]
    bars = ClassProbabilityDisplay.from_estimator(model, X[1], words[1], class_names=names)
    assert bars.class_names == names
    assert bars.true_class == 0


@pytest.mark.parametrize(
    ("y", "colors"),
    [(None, [GREY, BLUE, GREY]), (1, [GREY, GREEN, GREY]), ([2], [GREY, RED, GREEN])],
)
def test_bars_of_one_image(y, colors):
    X = np.zeros((10, 2))
    model = DummyClassifier(strategy="prior").fit(X, [0, 0, 1, 1, 1, 1, 1, 2, 2, 2])
    display = ClassProbabilityDisplay.from_estimator(model, X[:1], y, class_names=NAMES)
    assert [bar.get_height() for bar in display.ax_.patches] == [0.2, 0.5, 0.3]
    assert [to_hex(bar.get_facecolor()) for bar in display.ax_.patches] == colors
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == list(NAMES)
    again = ClassProbabilityDisplay.from_predictions([0.2, 0.5, 0.3], y, class_names=NAMES)
    assert [to_hex(bar.get_facecolor()) for bar in again.ax_.patches] == colors


@pytest.mark.parametrize("X", [IMAGES[0], IMAGES[:1], np.stack([IMAGES[0]] * 3, axis=-1)])
def test_one_image_needs_no_batch(X):
    class Uniform:
        """Takes images of any shape, several of them."""

        classes_ = np.arange(3)

        def predict_proba(self, X):
            assert X.shape[:3] == (1, 4, 4)
            return np.full((len(X), 3), 1 / 3)

    assert ClassProbabilityDisplay.from_estimator(Uniform(), X).class_names == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("plot", "words"),
    [
        (lambda: ImageGridDisplay.from_images(IMAGES[0, 0]), "shape"),
        (lambda: ImageGridDisplay.from_images(IMAGES.reshape(6, 16)), "image_shape"),
        (lambda: ImageGridDisplay.from_images(IMAGES, LABELS, class_names=NAMES[:2]), "2 names"),
        (lambda: ImagePredictionDisplay.from_predictions(IMAGES, LABELS, [1]), "1 predictions"),
        (lambda: ImageGridDisplay.from_images(IMAGES[:0]), "pixels"),
        (lambda: ImageGridDisplay.from_images(np.zeros((2, 4, 4, 5))), "1, 3 or 4 channels"),
        (lambda: ImageGridDisplay.from_images(IMAGES, [1]), "6 images and 1 labels"),
        (lambda: ImageGridDisplay(IMAGES, ["Bag"]).plot(), "6 images and 1 titles"),
        (
            lambda: ClassProbabilityDisplay.from_predictions([0.3, 0.7], class_names=NAMES),
            "3 names for 2 classes",
        ),
        (lambda: ClassProbabilityDisplay.from_predictions([[0.3, 0.7]] * 2), "2 images; pass"),
        (lambda: ClassProbabilityDisplay.from_predictions([0.3, 0.7], [0, 1]), "2 true labels"),
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
            "7.*none of the classes",
        ),
    ],
)
def test_what_cannot_be_shown(plot, words):
    with pytest.raises(ValueError, match=words):
        plot()
