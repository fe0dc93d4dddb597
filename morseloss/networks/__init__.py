"""Loss barcodes of neural networks: training losses as landscapes over the parameters.

The one idea: a network is a vector, so minima and paths of many networks are one batch.
"""

from morseloss.networks.along.along import Along, along, error_rate
from morseloss.networks.along.barriers import Barriers, barriers
from morseloss.networks.along.curvature import Curvature, curvature
from morseloss.networks.along.places import lines
from morseloss.networks.along.plane import Plane, plane
from morseloss.networks.births.births import Birth, Births, births
from morseloss.networks.births.resolution import Bar, Resolution, resolution
from morseloss.networks.loss.engine import ChannelsLast, Dense, Looped, Mapped
from morseloss.networks.loss.network_landscape import Batches, NetworkLandscape
from morseloss.networks.passes.bridges import bridge
from morseloss.networks.passes.certified import certify_passes, polish
from morseloss.networks.passes.chains import Chains
from morseloss.networks.passes.falls import Falls, fall
from morseloss.networks.passes.growth import Growth, grow
from morseloss.networks.passes.mode_newton import ModeNewton
from morseloss.networks.passes.tops import Tops, tops, tops_of_ways
from morseloss.networks.paths.budget import BudgetLaw, budget_law, price
from morseloss.networks.paths.links import Links, Training, link
from morseloss.networks.paths.lowering import Lowering, lowering
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.paths.pairs import Spanned, all_pairs, spanning_pairs
from morseloss.networks.paths.relay import Relay, relay
from morseloss.networks.paths.relayed import Relayed, Settling
from morseloss.networks.paths.slopes import SlopeRecord, Slopes, tangential_and_normal
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.relays.budget_ladder import (
    Ladder,
    Price,
    ladder,
    ladder_of,
    lengths_with_stations,
)
from morseloss.networks.relays.comparison import Compared, Comparison, Null, compared
from morseloss.networks.relays.kept import Way, ways_of
from morseloss.networks.relays.nulls import closed_null, copies_null
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.checkpoints import read_checkpoints
from morseloss.networks.runs.folders.merging import Merged, merge_runs
from morseloss.networks.runs.folders.outstanding import Lacking, Outstanding, outstanding
from morseloss.networks.runs.folders.shares import shard
from morseloss.networks.runs.folders.stored_profiles import StoredProfiles, stored_profiles
from morseloss.networks.runs.rescue import Rescued
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import StoreError
from morseloss.networks.symmetry.alignment import align
from morseloss.networks.symmetry.embedding import Embedded, deepened, widened
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.matching.criteria import ActivationMatching, WeightMatching
from morseloss.networks.symmetry.symmetry import Axis, Group, Mixing, Scaling, Symmetry
from morseloss.networks.symmetry.turning import Turning, turned
from morseloss.networks.symmetry.unit_groups import Gain
from morseloss.networks.symmetry.universe import universe
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.course import Descent
from morseloss.networks.training.initial import initial
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.optimisers import Adam, Momentum
from morseloss.networks.training.rounded import Rounded
from morseloss.networks.training.rounding import Rounding
from morseloss.networks.training.schedules import Constant, Cosine, Cyclical, Ramp
from morseloss.networks.training.trained import Trained
from morseloss.networks.training.training import train
from morseloss.networks.uncertainty import (
    Spread,
    Uncertainty,
    best_of,
    repeated,
    resampled,
    subgraph,
    uncertainty,
)

__all__ = [
    "LBFGS",
    "ActivationMatching",
    "Adam",
    "Along",
    "Archive",
    "Axis",
    "Bar",
    "Barriers",
    "Batches",
    "Birth",
    "Births",
    "BudgetLaw",
    "Chains",
    "ChannelsLast",
    "Compared",
    "Comparison",
    "Constant",
    "Cosine",
    "Curvature",
    "Cyclical",
    "Dense",
    "Descent",
    "Embedded",
    "Falls",
    "Gain",
    "Group",
    "Growth",
    "Lacking",
    "Ladder",
    "Links",
    "Looped",
    "Lowering",
    "Mapped",
    "Merged",
    "Mixing",
    "ModeNewton",
    "Momentum",
    "NetworkLandscape",
    "Null",
    "Outstanding",
    "Plane",
    "Price",
    "Ramp",
    "Relay",
    "Relayed",
    "Rescued",
    "Resolution",
    "Rounded",
    "Rounding",
    "Run",
    "Scaling",
    "Settling",
    "SlopeRecord",
    "Slopes",
    "Spanned",
    "Spread",
    "StoreError",
    "StoredProfiles",
    "SweptCurve",
    "Symmetry",
    "Tops",
    "Trained",
    "Training",
    "Turning",
    "Uncertainty",
    "Way",
    "WeightMatching",
    "align",
    "all_pairs",
    "along",
    "barriers",
    "best_of",
    "births",
    "bridge",
    "budget_law",
    "certify_passes",
    "closed_null",
    "compared",
    "converge",
    "copies_null",
    "curvature",
    "deepened",
    "error_rate",
    "fall",
    "grow",
    "initial",
    "ladder",
    "ladder_of",
    "lengths_with_stations",
    "lines",
    "link",
    "lowering",
    "merge_runs",
    "network_heights",
    "outstanding",
    "plane",
    "polish",
    "price",
    "read_checkpoints",
    "relay",
    "repeated",
    "resampled",
    "resolution",
    "shard",
    "spanning_pairs",
    "stored_profiles",
    "subgraph",
    "symmetry_of",
    "tangential_and_normal",
    "tops",
    "tops_of_ways",
    "train",
    "turned",
    "uncertainty",
    "universe",
    "ways_of",
    "widened",
]
