"""Bars followed from member to member."""
