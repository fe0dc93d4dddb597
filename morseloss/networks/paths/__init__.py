"""Paths between networks, how high they climb, and which pairs are worth one."""
