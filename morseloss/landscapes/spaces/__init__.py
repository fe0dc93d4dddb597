"""Spaces on which landscapes live: which points are one, and how far two of them are apart."""
