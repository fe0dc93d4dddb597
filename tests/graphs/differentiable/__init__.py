"""Gradients of bars against differences."""
