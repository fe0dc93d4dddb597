"""Graphs, diagrams and polynomials in files: lossless to the last bit, and readable by hand.

Floats are written so that they read back equal; a file appears whole or not at all; what is no such
file is refused with its name, what was expected, what came and what to do.
"""

from morseloss.files.diagrams import load_diagram, save_diagram
from morseloss.files.graphs import load_graph, save_graph
from morseloss.files.polynomials import load_polynomial

__all__ = ["load_diagram", "load_graph", "load_polynomial", "save_diagram", "save_graph"]
