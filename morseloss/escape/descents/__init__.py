"""Descent without noise: the map of a step, its basins, gates, orbits and least rates."""
