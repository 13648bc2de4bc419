"""The contract with scikit-learn: parameters, `fit`, `predict`, `evaluate`, what a fit leaves.

In come tables and targets as callers have them; out go rows and a plan for the engine.
"""
