"""Graphs, complexes, diagrams and polynomials in files: lossless, and readable by hand.

Floats are written so that they read back equal to the last bit; a file appears whole or not at all;
what is no such file is refused with its name, what was expected, what came and what to do.
"""

from morseloss.files.complexes import load_complex, save_complex
from morseloss.files.databases.grown import load_database, save_database
from morseloss.files.diagrams import load_diagram, save_diagram
from morseloss.files.graphs import load_graph, save_graph
from morseloss.files.polynomials import load_polynomial

__all__ = [
    "load_complex",
    "load_database",
    "load_diagram",
    "load_graph",
    "load_polynomial",
    "save_complex",
    "save_database",
    "save_diagram",
    "save_graph",
]
