"""What a blend is made of: kinds of models, which of them a quality means, their common fit.

A fitted feature spec and rows come in; models fitted on the same folds and their weights go out.
"""
