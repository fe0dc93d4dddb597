"""How gradient descent leaves a local minimum: the escape learning rate, and what decides it.

The one idea: on the line a gradient step is a map of an interval, and it leaves the basin where an
orbit of this map reaches a gate. All is computed for batches of landscapes, rates and starts.
"""

from morseloss.escape.attractor import Attractors, attractors
from morseloss.escape.basin import Basins, basins
from morseloss.escape.descent import descend
from morseloss.escape.family import Family, barcode_of, one_point, two_point
from morseloss.escape.fault import Fault
from morseloss.escape.gate import Gate
from morseloss.escape.law import LinearLaw, linear_law
from morseloss.escape.orbit import orbit
from morseloss.escape.rate import LeastRates, least_rate
from morseloss.escape.regime import Descents, Regime
from morseloss.escape.threshold import Thresholds, threshold

__all__ = [
    "Attractors",
    "Basins",
    "Descents",
    "Family",
    "Fault",
    "Gate",
    "LeastRates",
    "LinearLaw",
    "Regime",
    "Thresholds",
    "attractors",
    "barcode_of",
    "basins",
    "descend",
    "least_rate",
    "linear_law",
    "one_point",
    "orbit",
    "threshold",
    "two_point",
]
