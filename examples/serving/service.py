"""A service that says how probable each class is, of a record as it comes in JSON.

MODEL=churn.model uvicorn examples.serving.service:app
"""

from __future__ import annotations

import os
from typing import Any

from fastapi import FastAPI, HTTPException

from estimators import load_model

model = load_model(os.environ["MODEL"])
classes = list(map(str, model.classes_))
answer = model.serving_function("predict_proba")
app = FastAPI()


# Not async: FastAPI gives each request a thread, and threads share a batch.
@app.post("/predict_proba")
def predict_proba(record: dict[str, Any]) -> dict[str, float]:
    """Return the probability of every class."""
    try:
        probabilities = answer(record)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    return dict(zip(classes, probabilities.tolist(), strict=True))
