"""Graphs of minima: found, built from passes or paths, and read for their barcode."""
