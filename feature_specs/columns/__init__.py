"""Columns of a table: a formula or a selector names them, and a table hands out their `values`.

In come pandas, polars and Arrow tables, dictionaries and arrays; out go checked arrays.
"""
