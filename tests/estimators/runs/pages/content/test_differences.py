"""Differences are complete, marked by words, and found in bounded time."""

import random
import time

import pytest

from estimators.runs.pages.content.differences import compare_texts


def rebuilt(difference, kinds):
    text = [line.html.striptags() for line in difference.lines if line.kind in kinds]
    return [line.replace("&lt;", "<") for line in text]


def test_both_texts_can_be_read_from_the_difference():
    rng = random.Random(0)
    for _ in range(50):
        old = [rng.choice("abcdef") * rng.randint(1, 3) for _ in range(rng.randint(0, 8))]
        new = [rng.choice("abcdef") * rng.randint(1, 3) for _ in range(rng.randint(0, 8))]
        found = compare_texts("\n".join(old), "\n".join(new))
        if not found or any(line.kind == "gap" for line in found.lines):
            continue
        assert rebuilt(found, {"same", "removed"}) == old
        assert rebuilt(found, {"same", "added"}) == new
        assert found.removed - found.added == len(old) - len(new)


def test_versions_of_a_line_stand_together_with_their_words_marked():
    found = compare_texts("a = 1\nx = fit(64)\ny", "b\nx = fit(32)\ny")
    assert [(line.kind, str(line.html)) for line in found.lines if line.kind != "same"] == [
        ("removed", "a = 1"),
        ("added", "b"),
        ("removed", "x = fit(<del>64</del>)"),
        ("added", "x = fit(<ins>32</ins>)"),
    ]


def test_unchanged_lines_far_away_are_counted():
    old = [f"line {i}" for i in range(100)]
    new = [*old[:50], "new", *old[50:]]
    found = compare_texts("\n".join(old), "\n".join(new))
    gaps = [str(line.html) for line in found.lines if line.kind == "gap"]
    assert gaps == ["47 unchanged lines", "47 unchanged lines"]
    assert (found.added, found.removed) == (1, 0)


def test_markup_in_a_text_stays_text():
    (line,) = [x for x in compare_texts("", "<b>&</b>").lines if x.kind == "added"]
    assert line.html == "&lt;b&gt;&amp;&lt;/b&gt;"


def test_ends_of_lines_are_a_difference():
    assert compare_texts("a\n", "a\r\n").note == "Only the ends of lines differ."
    assert not compare_texts("a\n", "a\n")


def _rewritten(rng):
    words = [rng.choice(["loss", "fit", "x", "y", "("]) for _ in range(3_000 * 8)]
    return "\n".join(" ".join(words[i : i + 8]) for i in range(0, len(words), 8))


def _repeated(rng):
    return "\n".join(f"step {rng.randint(0, 60)}" for _ in range(8_000))


def _long(rng):
    return "\n".join(" ".join(rng.choices("abc", k=5_000)) for _ in range(100))


@pytest.mark.parametrize("text", [_rewritten, _repeated, _long])
def test_whole_rewrites_take_a_moment(text):
    rng = random.Random(0)
    old, new = text(rng), text(rng)
    started = time.perf_counter()
    found = compare_texts(old, new)
    assert time.perf_counter() - started < 4
    assert found
    assert len(found.lines) <= 3_000


def test_texts_of_endless_length_are_not_compared():
    found = compare_texts("a\n" * 30_000, "b\n" * 30_000)
    assert found.note == "Too long to compare line by line: 30,000 lines against 30,000."
