"""Intervals and sets of predictions that cover a chosen share of new rows.

In come outputs of networks and rows that those networks have not seen; nothing here trains.
"""
