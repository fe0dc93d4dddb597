"""Descending discs: flow lines from points of index 2 to points of index 1."""
