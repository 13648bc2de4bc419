"""Texts whose first word says which class they are of."""

import numpy as np

from estimators import TextClassifier

TEXTS = [f"{tone} {noun} {rest}".strip() for tone in ("fine", "dull") for noun in ("film", "plot")
         for rest in ("", "indeed", "and long, too")] * 12  # fmt: skip
TAGS = np.array([text.split()[0] == "fine" for text in TEXTS]).astype(int)
BRIEF = {"epochs": 3, "learning_rate": 0.05, "sequence_length": 8, "random_state": 0}
QUERIES = ["fine film", "dull", "", "unheard of words", "film and plot"]


def fitted(X=TEXTS, y=TAGS, kind=TextClassifier, **parameters):
    return kind(**(BRIEF | parameters)).fit(X, y)


TONES = {"fine": [1.0, 0.0], "dull": [-1.0, 0.5], "film": [0.0, 0.1], "superb": [2.0, 0.0]}
