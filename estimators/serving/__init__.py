"""Answers for single rows as they come, from any number of threads."""
