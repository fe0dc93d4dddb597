"""Joining minima: which pairs are neighbours, and the passes between them."""
