"""The families of networks: linear, deep, wide and deep, texts, images, and your own.

A family says how its network is built; every one of them comes for values and for classes.
"""
