"""Fitted objects as JSON and arrays, and back, without running what a file says.

In come the attributes of an estimator; which classes a file may name is decided here.
"""
