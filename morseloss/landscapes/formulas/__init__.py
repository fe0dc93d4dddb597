"""Formulas: polynomials read from strings, sympy and numpy, written as text; functions derived."""
