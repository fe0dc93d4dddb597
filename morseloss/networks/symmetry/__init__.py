"""Copies of a network with the same loss, the nearest of them, and larger networks."""
