"""Pictures of landscapes, graphs and diagrams: every function takes axes and gives them back.

The one idea: `ax` in, `ax` out; nothing is shown and no global setting is touched. matplotlib is
imported when the first picture is drawn. What differs, differs in marker or line too, so that every
picture can be read in grey.
"""

from morseloss.plot.along import along
from morseloss.plot.arrhenius import arrhenius, exponents
from morseloss.plot.diagrams.bars import barcode
from morseloss.plot.diagrams.diagram import diagram
from morseloss.plot.diagrams.disconnectivity import disconnectivity_graph
from morseloss.plot.diagrams.graph import graph
from morseloss.plot.diagrams.matching import matching
from morseloss.plot.diagrams.merge_tree import merge_tree
from morseloss.plot.diagrams.uncertainty import uncertainty
from morseloss.plot.diagrams.vineyard import vineyard
from morseloss.plot.escape import bifurcation, escape_law, escape_steps, orbits
from morseloss.plot.kramers import kramers
from morseloss.plot.maps.landscape import landscape
from morseloss.plot.maps.level_surface import level_surface
from morseloss.plot.maps.morse_smale import morse_smale
from morseloss.plot.maps.plane import plane
from morseloss.plot.maps.surface import surface
from morseloss.plot.prices import budgets, prices
from morseloss.plot.profiles import heights
from morseloss.plot.slopes import slopes

__all__ = [
    "along",
    "arrhenius",
    "barcode",
    "bifurcation",
    "budgets",
    "diagram",
    "disconnectivity_graph",
    "escape_law",
    "escape_steps",
    "exponents",
    "graph",
    "heights",
    "kramers",
    "landscape",
    "level_surface",
    "matching",
    "merge_tree",
    "morse_smale",
    "orbits",
    "plane",
    "prices",
    "slopes",
    "surface",
    "uncertainty",
    "vineyard",
]
