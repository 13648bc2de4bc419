"""Scripts as runs: the flags they declare, one run of one script, many runs of many flags.

In come a script or a function and values of flags; out come runs that have ended.
"""
