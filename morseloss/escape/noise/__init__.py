"""Descent with noise: what a step does, walks, and exact mean escape times."""
