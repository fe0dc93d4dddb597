"""Loss barcodes of neural networks: training losses as landscapes over the parameters.

The one idea: a network is a vector, so minima and paths of many networks are one batch.
"""

from morseloss.networks.alignment import align
from morseloss.networks.archive import Archive
from morseloss.networks.chain import symmetry_of
from morseloss.networks.checkpoints import read_checkpoints
from morseloss.networks.convergence import converge
from morseloss.networks.embedding import Embedded, deepened, widened
from morseloss.networks.heights import network_heights
from morseloss.networks.initial import initial
from morseloss.networks.landscape import Batches, NetworkLandscape
from morseloss.networks.lbfgs import LBFGS
from morseloss.networks.links import Links, Training, link
from morseloss.networks.lowering import Lowering, lowering
from morseloss.networks.optimisers import Adam, Momentum
from morseloss.networks.pairs import Spanned, all_pairs, spanning_pairs
from morseloss.networks.paths import SweptCurve
from morseloss.networks.run import Run
from morseloss.networks.schedules import Constant, Cosine, Cyclical, Ramp
from morseloss.networks.slopes import SlopeRecord, Slopes, tangential_and_normal
from morseloss.networks.spread import Spread
from morseloss.networks.store import StoreError
from morseloss.networks.symmetry import Axis, Group, Symmetry
from morseloss.networks.trained import Trained
from morseloss.networks.training import train
from morseloss.networks.uncertainty import (
    Uncertainty,
    best_of,
    repeated,
    resampled,
    subgraph,
    uncertainty,
)

__all__ = [
    "LBFGS",
    "Adam",
    "Archive",
    "Axis",
    "Batches",
    "Constant",
    "Cosine",
    "Cyclical",
    "Embedded",
    "Group",
    "Links",
    "Lowering",
    "Momentum",
    "NetworkLandscape",
    "Ramp",
    "Run",
    "SlopeRecord",
    "Slopes",
    "Spanned",
    "Spread",
    "StoreError",
    "SweptCurve",
    "Symmetry",
    "Trained",
    "Training",
    "Uncertainty",
    "align",
    "all_pairs",
    "best_of",
    "converge",
    "deepened",
    "initial",
    "link",
    "lowering",
    "network_heights",
    "read_checkpoints",
    "repeated",
    "resampled",
    "spanning_pairs",
    "subgraph",
    "symmetry_of",
    "tangential_and_normal",
    "train",
    "uncertainty",
    "widened",
]
