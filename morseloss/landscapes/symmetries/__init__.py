"""Symmetries of landscapes: groups that act on points, and the landscape up to them."""
