"""The directory of one run: its lock, its JSON documents and lines, and `Run`, which reads it.

In come values and lines to be kept; out comes what the files say, half written or whole.
"""
