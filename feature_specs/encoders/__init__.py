"""What a fitted column knows: how its values become float32 columns or int32 codes.

Each encoder does it twice, for tables on the host and for tensors in a graph, with the same bits.
"""
