"""Losses that callers give: what targets they are for, one value a row, whole when copied."""
