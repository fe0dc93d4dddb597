"""How descent leaves a local minimum: by too large a learning rate, or by noise.

The one idea: a step of descent is a map of the line, with noise a random one, and all is computed
for batches. Without noise it leaves where an orbit reaches a gate, with noise when it stands lower.
"""

from morseloss.escape.descents.attractor import Attractors, attractors
from morseloss.escape.descents.basin import Basins, basins
from morseloss.escape.descents.descent import descend, orbit
from morseloss.escape.descents.gate import Gate
from morseloss.escape.descents.rate import LeastRates, least_rate
from morseloss.escape.descents.regime import Descents, Regime
from morseloss.escape.descents.threshold import Thresholds, threshold
from morseloss.escape.family import Family, barcode_of, one_point, two_point
from morseloss.escape.fault import Fault
from morseloss.escape.linear_law import LinearLaw, linear_law
from morseloss.escape.noise.kramers import (
    KramersLine,
    action,
    barrier,
    kramers_line,
    log_kramers_steps,
)
from morseloss.escape.noise.langevin import log_chain_steps, log_diffusion_steps
from morseloss.escape.noise.noisy_descent import BatchDescent, GaussianDescent
from morseloss.escape.noise.passage import EscapeTimes, escape_times
from morseloss.escape.noise.valley import Valley, valley

__all__ = [
    "Attractors",
    "Basins",
    "BatchDescent",
    "Descents",
    "EscapeTimes",
    "Family",
    "Fault",
    "Gate",
    "GaussianDescent",
    "KramersLine",
    "LeastRates",
    "LinearLaw",
    "Regime",
    "Thresholds",
    "Valley",
    "action",
    "attractors",
    "barcode_of",
    "barrier",
    "basins",
    "descend",
    "escape_times",
    "kramers_line",
    "least_rate",
    "linear_law",
    "log_chain_steps",
    "log_diffusion_steps",
    "log_kramers_steps",
    "one_point",
    "orbit",
    "threshold",
    "two_point",
    "valley",
]
