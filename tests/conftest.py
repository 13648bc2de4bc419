"""What every test shares: quiet TensorFlow, plots without a screen, Hypothesis without a clock."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")

from hypothesis import settings  # noqa: E402

# A first example may compile a network; that says nothing about the code under test.
settings.register_profile("keras-estimators", deadline=None)
settings.load_profile("keras-estimators")
