"""Formulas: polynomials read from strings, from sympy and numpy, and written as text."""
