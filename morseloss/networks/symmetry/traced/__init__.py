"""Reads symmetries off the operations that a module runs through."""
