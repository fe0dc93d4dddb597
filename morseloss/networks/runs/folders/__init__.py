"""Folders that grow, are shared out among machines, and come together again."""
