"""How good default models are: the same tables and splits for everybody, and errors side by side.

In come tables and contestants; out come a file of JSON lines that a later run goes on with, and
QUALITY.md beside this folder.
"""
