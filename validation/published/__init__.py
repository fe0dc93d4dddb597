"""Barriers that others have published, measured again: one table a claim."""
