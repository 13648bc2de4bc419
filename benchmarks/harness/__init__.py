"""How measurements are made and written down: works, processes of their own, medians, tables.

In come contestants and works; out come Markdown files beside the benchmarks.
"""
