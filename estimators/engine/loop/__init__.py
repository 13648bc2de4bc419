"""The epochs of a training: their order, validation, the stopping rule, whoever watches.

In comes a compiled trainer with its rows; out go weights and a history.
"""
