"""How much each column of a table adds to a prediction, by integrated gradients.

In come fitted estimators whose networks see columns by feature specs; out come explanations.
"""
