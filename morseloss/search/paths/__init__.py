"""Paths between pairs of points: curves, methods side by side, and heights."""
