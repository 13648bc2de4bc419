"""Estimators in files: saved, restored, exported, and checkpointed while they train."""
