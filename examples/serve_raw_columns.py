"""Serving: a network for customer churn is exported, and another process answers JSON rows with it.

That process, ``serving/answer.py``, has TensorFlow and nothing else: the columns' encoding is part
of the exported model, so that it takes rows as they are, with missing values and categories that
no training row had.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from examples.churn_table import deep_network, train_and_test
from examples.support import OUTPUT, print_result, read_options, save_plot

ANSWER = Path(__file__).parent / "serving" / "answer.py"
FOLDER = OUTPUT / "serve_raw_columns"


def main() -> None:
    options = read_options(__doc__)
    train, test = train_and_test(options)
    model = deep_network(options).fit(train)

    OUTPUT.mkdir(exist_ok=True)
    began = time.perf_counter()
    model.export(FOLDER, overwrite=True)
    print(f"exported in {time.perf_counter() - began:.1f} s")

    rows = json.loads(test.drop(columns="churn").to_json(orient="records"))
    rows[1]["total_charges"] = None
    rows[2]["payment_method"] = "a cheque from an aunt"
    del rows[3]["contract"], rows[3]["tenure"]
    answers = ask(rows)
    for row, answer in zip(rows[:4], answers, strict=False):
        shown = {
            name: row.get(name, "left out")
            for name in ("tenure", "contract", "payment_method", "total_charges")
        }
        print(json.dumps(shown))
        print(f"  {answer['class']}, churn: {answer['probabilities']['Yes']:.3f}")

    asked = pd.DataFrame(rows).astype({"tenure": float, "total_charges": float})
    expected = model.predict_proba(asked)
    labels = list(map(str, model.classes_))
    found = np.array([[answer["probabilities"][label] for label in labels] for answer in answers])
    apart = np.abs(found - expected).max()
    same = sum(a["class"] == str(c) for a, c in zip(answers, model.predict(asked), strict=True))
    print(f"{same} of {len(rows)} classes as predicted here, probabilities within {apart:.1g}")

    milliseconds = np.array([answer["milliseconds"] for answer in answers])
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.hist(milliseconds, bins=50, range=(0, np.quantile(milliseconds, 0.99)))
    axes.set(xlabel="milliseconds a row", ylabel="rows", title="JSON in, JSON out")
    save_plot(figure, "serve_raw_columns")
    print_result("milliseconds", np.median(milliseconds))


def ask(rows: list[dict]) -> list[dict]:
    """Return what another process, to which this library is not there, answers."""
    run = subprocess.run(
        [sys.executable, ANSWER, FOLDER],
        input="\n".join(map(json.dumps, rows)),
        capture_output=True,
        check=True,
        encoding="utf-8",
        cwd=FOLDER,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


if __name__ == "__main__":
    main()
