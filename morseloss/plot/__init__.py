"""Pictures of landscapes, graphs and diagrams: every function takes axes and gives them back.

The one idea: `ax` in, `ax` out; nothing is shown and no global setting is touched. matplotlib is
imported when the first picture is drawn. What differs, differs in marker or line too, so that every
picture can be read in grey.
"""

from morseloss.plot.bars import barcode
from morseloss.plot.landscapes import landscape
from morseloss.plot.network import graph
from morseloss.plot.plane import diagram
from morseloss.plot.profiles import heights
from morseloss.plot.tree import merge_tree

__all__ = ["barcode", "diagram", "graph", "heights", "landscape", "merge_tree"]
