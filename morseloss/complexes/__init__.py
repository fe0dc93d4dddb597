"""Morse complexes: critical points of every index, and the flow lines between them."""
