"""matplotlib, which is imported when a plot is drawn, and the colours of right and wrong."""

from estimators.engine.pyplot import pyplot

__all__ = ["RIGHT", "WRONG", "pyplot"]

RIGHT, WRONG = "#008800", "#bb0000"
