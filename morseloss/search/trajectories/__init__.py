"""Gradient trajectories, followed closely enough to know where they end."""
