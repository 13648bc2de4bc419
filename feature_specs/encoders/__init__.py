"""What a fitted column knows: how its values become float32 columns or int32 codes.

In come the columns of a table, or tensors of a graph; each encoder turns both into the same bits.
"""
