"""Figures of every mart, recomputed from the raw files in another way."""
