"""Estimators in files: saved, restored, exported, and checkpointed while they train.

In come fitted estimators, and files that may be damaged or a stranger's; out come whole ones.
"""
