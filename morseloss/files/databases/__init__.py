"""Databases of minima and transition states, as programs for molecules keep them."""
