"""What networks of the families are made of, and the texts and pixels that they take in.

Each file describes the parameters that it reads; Keras is imported when a network is built.
"""
