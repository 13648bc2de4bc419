"""The runs of a folder: as a table, one found among them, copied, put away, exported.

In come folders of run directories; out come tables, runs, and files for other programs.
"""
