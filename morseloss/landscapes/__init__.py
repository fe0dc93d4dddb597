"""Landscapes: functions on R^d for batches of points, and their critical points as data."""
