"""Landscapes on closed boxes: faces, walls, and walls that are soft."""
