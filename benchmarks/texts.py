"""Texts to the codes of their words: 25,000 reviews, as they come to the first epoch.

python -m benchmarks.texts [--quick] [--repeats N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import string
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.harness.markdown import duration, machine_lines, table

HERE = Path(__file__).resolve().parent
MAX_TOKENS, LENGTH = 10_000, 256
PUNCTUATION = string.punctuation
HEAD = """\
# Texts to codes

25,000 reviews of films (IMDB) become codes of their words, shape (25,000, 256): lower case, no
punctuation, cut at white space, the 10,000 most frequent words, learnt from the same texts.
`TextClassifier` does this before its first epoch. Python splits at spaces beyond ASCII, too, which
the last column shows.
The contestants take turns in one process, the first turn is not counted (it imports), and the
figures are medians.
"""


def ours(texts: Sequence[str]) -> np.ndarray:
    """The step for columns of texts."""
    import pandas as pd

    from feature_specs import FeatureSpec

    spec = FeatureSpec().step_text_column("text", max_tokens=MAX_TOKENS, sequence_length=LENGTH)
    frame = pd.DataFrame({"text": texts})
    return spec.fit(frame).encode(frame)["text"]


def keras_layer(texts: Sequence[str]) -> np.ndarray:
    """``TextVectorization``, adapted and called."""
    import keras
    import tensorflow as tf

    layer = keras.layers.TextVectorization(MAX_TOKENS, output_sequence_length=LENGTH)
    layer.adapt(tf.constant(texts))
    return layer(tf.constant(texts)).numpy()


def tokenizers_library(texts: Sequence[str]) -> np.ndarray:
    """Hugging Face's ``tokenizers``, on all cores."""
    import tokenizers as hf

    tokenizer = hf.Tokenizer(hf.models.WordLevel(unk_token="[UNK]"))
    pattern = hf.Regex("[" + "".join(f"\\{sign}" for sign in PUNCTUATION) + "]")
    steps = [hf.normalizers.Lowercase(), hf.normalizers.Replace(pattern, "")]
    tokenizer.normalizer = hf.normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = hf.pre_tokenizers.WhitespaceSplit()
    trainer = hf.trainers.WordLevelTrainer(
        vocab_size=MAX_TOKENS, special_tokens=["[PAD]", "[UNK]"], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.enable_truncation(LENGTH)
    tokenizer.enable_padding(length=LENGTH)
    encoded = tokenizer.encode_batch_fast(texts)
    return np.array([text.ids for text in encoded], np.int32)


def pandas_methods(texts: Sequence[str]) -> np.ndarray:
    """Methods of ``Series.str``, and factorisation."""
    import pandas as pd

    plain = pd.Series(texts).str.lower().str.translate(_WITHOUT_PUNCTUATION)
    words = plain.str.split()
    places, distinct = pd.factorize(words.explode().to_numpy())
    counts = np.bincount(places[places >= 0], minlength=len(distinct))
    codes = np.ones(len(distinct) + 1, np.int32)
    codes[np.argsort(-counts, kind="stable")[: MAX_TOKENS - 2]] = range(2, MAX_TOKENS)
    return _padded(codes[places], words.str.len().to_numpy())


def plain_python(texts: Sequence[str]) -> np.ndarray:
    """``str.split`` and a ``Counter``."""
    words = [text.lower().translate(_WITHOUT_PUNCTUATION).split() for text in texts]
    counts: Counter[str] = Counter()
    for of_text in words:
        counts.update(of_text)
    frequent = counts.most_common(MAX_TOKENS - 2)
    code = {word: i for i, (word, _) in enumerate(frequent, 2)}
    flat = np.array([code.get(word, 1) for of_text in words for word in of_text], np.int32)
    return _padded(flat, np.array([len(of_text) for of_text in words]))


CONTESTANTS: dict[str, Callable[[Sequence[str]], np.ndarray]] = {
    "ours, `step_text_column`": ours,
    "Keras, `TextVectorization`": keras_layer,
    "`tokenizers`": tokenizers_library,
    "pandas, `Series.str`": pandas_methods,
    "`str.split` and a `Counter`": plain_python,
}
_WITHOUT_PUNCTUATION = str.maketrans("", "", PUNCTUATION)


def _padded(flat: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    ends = np.cumsum(lengths)
    codes = np.zeros((len(lengths), LENGTH), np.int32)
    for row, (start, end) in enumerate(zip(ends - lengths, ends, strict=True)):
        kept = flat[start:end][:LENGTH]
        codes[row, : len(kept)] = kept
    return codes


def counts_of(codes: np.ndarray) -> list[int]:
    """How often each word stands there, whatever its code: ties are numbered in any order."""
    return sorted(np.bincount(codes.ravel(), minlength=MAX_TOKENS).tolist())


def main() -> None:
    """Time all contestants and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.texts")
    parser.add_argument("--repeats", type=int, default=5, help="turns that count (default 5)")
    parser.add_argument("--quick", action="store_true", help="500 reviews, one turn")
    options = parser.parse_args()
    from estimators.datasets import load_imdb_reviews

    load_average = os.getloadavg()[0]
    parts = [X for X, _ in load_imdb_reviews(return_X_y=True)]
    texts = [str(text) for part in parts for text in part][: 500 if options.quick else 25_000]
    seconds: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    counts, notes = {}, {}
    for turn in range(1 + (1 if options.quick else options.repeats)):
        for name, encode in CONTESTANTS.items():
            started = time.perf_counter()
            try:
                counts[name] = counts_of(encode(texts))
            except ImportError as error:
                notes[name] = f"not measured ({error})"
                continue
            if turn:
                seconds[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(times) for name, times in seconds.items() if times}
    fastest = min(medians.values())
    rows = [
        [name, duration(median), f"{median / fastest:.2f}", _agreement(counts[name], counts)]
        for name, median in medians.items()
    ] + [[name, note, "-", "-"] for name, note in notes.items()]
    command = "--quick" if options.quick else f"--repeats {options.repeats}"
    packages = ("tensorflow", "keras", "pandas", "tokenizers")
    machine = machine_lines(f"medians of {options.repeats} turns", load_average, packages)
    head = ["", "learning words and encoding", "times the fastest", "words"]
    text = "\n".join(
        [HEAD, f"Written by `python -m benchmarks.texts {command}`; not edited by hand.\n",
         *machine, "", table(head, rows)]
    )  # fmt: skip
    path = (HERE / "output" / "quick" if options.quick else HERE) / "TEXTS.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(f"{text}\nwritten to {path}")


def _agreement(own: list[int], all_counts: dict[str, list[int]]) -> str:
    wanted = all_counts["ours, `step_text_column`"]
    differing = sum(abs(a - b) for a, b in zip(own, wanted, strict=True))
    return f"{differing / sum(wanted):.4%} other counts"


if __name__ == "__main__":
    main()
