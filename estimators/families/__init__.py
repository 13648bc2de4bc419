"""The families of networks: linear, deep, wide and deep, texts, images, and your own.

A family says of which parts in `networks` its network is built; every one of them comes for values
and for classes.
"""
