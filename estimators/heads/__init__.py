"""What a task asks of the last layer: target encoding, loss, link, predictions and metrics.

In comes a target; nothing here knows columns or how a network is built.
"""
