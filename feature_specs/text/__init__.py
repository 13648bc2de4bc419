"""Texts: split into words and numbered, or turned into vectors by a pretrained model.

In come columns of strings and tables of word vectors; out go codes, weights and Keras layers.
"""
