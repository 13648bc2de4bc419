"""A fitted model of each of the two sets of texts."""

import pytest
import text_reviews
import text_tones


@pytest.fixture(scope="module")
def model():
    return text_reviews.new().fit(text_reviews.X, text_reviews.Y)


@pytest.fixture(scope="module")
def toned_model():
    return text_tones.fitted()
