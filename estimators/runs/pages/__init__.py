"""Pages about runs: one run, a comparison of several, an index of all.

In come run directories; out come single HTML files that need neither a server nor a network.
"""
